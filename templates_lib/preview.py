"""One face of a template, filled with samples, for staff's eyes; an error is told in place, never a broken page."""

from __future__ import annotations

import base64

from django.conf import settings
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from jinja2 import TemplateError

from templates_lib import brands, build, pdf_worker, pictures, samples
from templates_lib.models import Brand, InvitationTemplate
from templates_lib.render import merge
from templates_lib.render.document import Document, RenderRefused
from templates_lib.render.html import print_html
from templates_lib.render.mjml import mail_html
from templates_lib.render.text import plain_text

DARK = "@media (prefers-color-scheme: dark)"
PAGE = (
    '<!doctype html><html lang="{}"><head><meta charset="utf-8"><title>{}</title><style>{}</style></head>'
    "<body>{}</body></html>"
)
STYLE = mark_safe(  # our own constant
    "body{margin:0;padding:16px;background:#e9e5df;font:16px/1.5 sans-serif;color:#222}"
    "pre{max-width:80ch;margin:auto;padding:16px;background:#fff;white-space:pre-wrap;font:14px/1.5 monospace}"
    "img{display:block;width:100%;max-width:800px;margin:0 auto 16px;box-shadow:0 1px 6px #0003}"
    ".why{max-width:40em;margin:auto;padding:16px;background:#fff;border-left:6px solid #b3261e}"
)


def sample_document(template: InvitationTemplate, language: str) -> Document:
    """The template as it would arrive, with believable values."""
    return build.document(
        template,
        samples.values(template.slots(language), template.defaults(language), language),
        language=language,
        brand=union_brand(),
        sender=samples.sender(language),
        subject=samples.subject(template, language),
        preheader=samples.preheader(language),
    )


def union_brand() -> build.Brand:
    """The brand at the top of the tree, in which staff see their templates."""
    row = Brand.objects.select_related("logo").defer("logo__content").order_by("unit__path").first()
    return brands.merged([row] if row else [])


def face(template: InvitationTemplate, mode: str) -> SafeString:
    """The HTML of a preview mode: mail · dark · text · print, with a language ("mail:nb") or in the union's own."""
    mode, _colon, language = mode.partition(":")
    try:
        return mark_safe(_face(sample_document(template, language or settings.LANGUAGE_CODE), mode))  # noqa: S308  # render escapes what was typed
    except (RenderRefused, TemplateError) as error:
        return _page(format_html('<div class="why"><p>{}</p><p>{}</p></div>', _("This cannot be drawn yet."), error))
    except pdf_worker.PdfFailed as error:
        return _page(
            format_html('<div class="why"><p>{}</p><p>{}</p></div>', _("The PDF cannot be made yet."), error.reason)
        )


def _face(document: Document, mode: str) -> str:
    person = samples.member(document.language)
    if mode == "text":
        return _page(format_html("<pre>{}</pre>", merge.fill(plain_text(document), person, context="text")))
    if mode == "print":
        pdf = pdf_worker.make_pdf(print_html(document), pictures.contents(document.pictures))
        shown = (
            ("data:image/png;base64," + base64.b64encode(page).decode(), number)
            for number, page in enumerate(pdf_worker.page_images(pdf, width=800), start=1)
        )
        return _page(format_html_join("", '<img src="{}" alt="{}">', shown))
    html = merge.fill(mail_html(document), person)
    return html.replace(DARK, "@media all") if mode == "dark" else html


def _page(body: SafeString) -> SafeString:
    return format_html(PAGE, translation.get_language() or "en", _("Preview"), STYLE, body)
