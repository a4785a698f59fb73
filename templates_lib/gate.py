"""What a template must pass before it is published: every face is drawn in every language, with every character."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from jinja2 import TemplateError

from comms.people.models import LANGUAGES
from templates_lib import pdf_worker, pictures, preview, samples
from templates_lib.models import InvitationTemplate
from templates_lib.render import glyphs
from templates_lib.render.document import RenderRefused
from templates_lib.render.html import print_html
from templates_lib.render.mjml import MAX_BYTES, mail_html
from templates_lib.render.text import plain_text
from templates_lib.slots import problems


def objections(template: InvitationTemplate) -> list[Any]:
    """Why the template cannot be published, in plain words; empty when it can. Makes one PDF per language."""
    if not any(template.body):
        return [_("The template is empty. Add a heading and a text.")]
    if not any(child.block_type == "footer" for child in template.body):
        return [_("Add the footer: it says why a member gets the message and how to refuse it.")]
    found: list[Any] = []
    for language, name in LANGUAGES:
        found += [f"{name}: {objection}" for objection in _in_language(template, language)]
    return list(dict.fromkeys(found))


def _in_language(template: InvitationTemplate, language: str) -> list[Any]:
    slots = template.slots(language)
    values = samples.values(slots, template.defaults(language), language)
    found = [problem.message for problem in problems(slots, values, language) if problem.code != "required"]
    try:
        document = preview.sample_document(template, language)
        weight = len(mail_html(document).encode())
        strange = glyphs.uncovered(plain_text(document), document.brand.typeface)
        pdf_worker.make_pdf(print_html(document), pictures.contents(document.pictures))
    except (RenderRefused, TemplateError) as error:
        return [*found, _("It cannot be drawn: %(reason)s") % {"reason": error}]
    except pdf_worker.PdfFailed as error:
        return [*found, error.reason]
    if weight > MAX_BYTES:
        found.append(_("The mail is too heavy: %(kilobytes)d kB, at most 100.") % {"kilobytes": weight // 1000})
    if strange:
        characters = ", ".join(f"{char} ({glyphs.name(char)})" for char in strange[:3])
        found.append(_("The typeface cannot print: %(characters)s.") % {"characters": characters})
    return found
