"""Each face of a document as a page in the preview panel."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from templates_lib import outputs, pdf_worker, pictures, samples
from templates_lib.render import merge
from templates_lib.render.document import Document
from templates_lib.render.html import print_html
from templates_lib.render.mjml import mail_html
from templates_lib.render.sms import segments
from templates_lib.render.text import plain_text

DARK = "@media (prefers-color-scheme: dark)"
PAGE = (
    '<!doctype html><html lang="{}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>{}</title><style>{}</style></head><body>{}</body></html>'
)
STYLE = mark_safe(  # our own constant
    "body{margin:0;padding:16px;background:#e9e5df;font:16px/1.5 sans-serif;color:#222}"
    "pre{max-width:76ch;margin:auto;padding:16px;background:#fff;white-space:pre-wrap;overflow-wrap:anywhere;"
    "font:14px/1.5 monospace}"
    "img{display:block;width:100%;max-width:800px;margin:0 auto 16px;box-shadow:0 1px 6px #0003}"
    ".why{max-width:40em;margin:auto;padding:16px;background:#fff;border-left:6px solid #b3261e;"
    "overflow-wrap:anywhere}"
    ".sms{max-width:22em;margin:24px auto;padding:12px 16px;border-radius:18px;background:#fff;"
    "white-space:pre-wrap;overflow-wrap:anywhere}"
    ".count{max-width:22em;margin:auto;color:#555}"
)
NOTES = mark_safe(  # our own constant
    "margin:0;padding:8px 16px;background:#fff3cd;color:#4a3a00;font:14px/1.4 sans-serif;text-align:left"
)
PAPER = {"print": "invitation", "poster": "poster", "square": "square"}  # face -> the kind of PDF


def page(document: Document, name: str) -> SafeString:
    """A whole page. Raises `RenderRefused`, `TemplateError` or `PdfFailed`."""
    person = samples.member(document.language)
    if name == "text":
        return framed(format_html("<pre>{}</pre>", merge.fill(plain_text(document), person, context="text")))
    if name == "sms":
        return _sms(outputs.prints(document)["sms"])
    if name in PAPER:
        return _paper(document, name)
    html = merge.fill(mail_html(document), person)
    return mark_safe(html.replace(DARK, "@media all") if name == "dark" else html)  # noqa: S308  # render escapes what was typed


def _paper(document: Document, name: str) -> SafeString:
    """The PDF's pages as pictures, as phones do not show PDF in a frame."""
    html = print_html(document) if name == "print" else outputs.prints(document)[_OUTPUT[name]]
    pdf = pdf_worker.make_pdf(html, pictures.contents(document.pictures), kind=PAPER[name])
    shown = (
        ("data:image/png;base64," + base64.b64encode(image).decode(), number)
        for number, image in enumerate(pdf_worker.page_images(pdf, width=800), start=1)
    )
    return framed(format_html_join("", '<img src="{}" alt="{}">', shown))


_OUTPUT = {"poster": "poster_a4", "square": "square"}


def _sms(text: str) -> SafeString:
    cost = segments(text)
    words = ngettext("%(count)d text message", "%(count)d text messages", cost.segments) % {"count": cost.segments}
    more = _("%(characters)d characters") % {"characters": cost.characters}
    return framed(format_html('<div class="sms">{}</div><p class="count">{}, {}</p>', text, words, more))


def framed(body: SafeString) -> SafeString:
    return format_html(PAGE, translation.get_language() or "en", _("Preview"), STYLE, body)


def with_notes(html: SafeString, notes: Sequence[str]) -> SafeString:
    """The page with lines above it that are not part of the message."""
    if not notes:
        return html
    lines = format_html_join("", '<p style="margin:0">{}</p>', ((note,) for note in notes))
    bar = format_html('<div style="{}">{}</div>', NOTES, lines)
    return mark_safe(re.sub(r"<body[^>]*>", lambda found: found[0] + bar, html, count=1))  # noqa: S308  # both are pages of ours
