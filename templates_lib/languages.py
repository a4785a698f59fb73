"""Which texts of a template are missing in a language and are shown in another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from wagtail.blocks import ListBlock, RichTextBlock, StructBlock

from comms.people.models import LANGUAGES
from templates_lib.blocks.fields import CODES, in_language
from templates_lib.models import InvitationTemplate

QUESTIONS = ("label", "help", "example")  # asked of a representative, not part of the message
NAMES = dict(LANGUAGES)


def borrowed(template: InvitationTemplate, language: str) -> list[str]:
    """One line a text: “Danish: “Heading” is shown in Swedish.”"""
    said = _("%(language)s: “%(text)s” is shown in %(other)s.")
    return [
        said % {"language": NAMES[language], "text": label, "other": NAMES[other]}
        for label, other in dict.fromkeys(_borrowed(template, language))
    ]


def _borrowed(template: InvitationTemplate, language: str) -> Iterator[tuple[str, str]]:
    if other := _lender(template.subject, language):
        yield str(template._meta.get_field("subject").verbose_name), other
    for child in template.body:
        for name, field in child.block.fields.items():
            texts = (t for part in _parts(field, child.value[name]) for t in part)
            yield from ((str(child.block.label), other) for text in texts if (other := _lender(text, language)))


def _parts(field: StructBlock, value: Any) -> Iterator[Iterator[Mapping[str, Any]]]:
    for name, block in field.child_blocks.items():
        if name not in QUESTIONS:
            yield _texts(block, value[name])


def _texts(block: Any, value: Any) -> Iterator[Mapping[str, Any]]:
    """The texts in every language inside a block's value."""
    if isinstance(block, ListBlock):
        for item in value:
            yield from _texts(block.child_block, item)
    elif isinstance(block, StructBlock) and list(block.child_blocks) == CODES:
        rich = isinstance(block.child_blocks[CODES[0]], RichTextBlock)
        yield {code: getattr(text, "source", text) if rich else text for code, text in value.items()}


def _lender(texts: Mapping[str, Any], language: str) -> str:
    """The code of the language that a text is shown in instead; "" when it need not be."""
    if texts.get(language) or not (shown := in_language(texts, language)):
        return ""
    return next(code for code in CODES if texts.get(code) == shown)
