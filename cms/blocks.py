"""What the text of a page is made of."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from inscriptis import get_text
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

_BULLET = re.compile(r"^\s*(?:\*|\d+\.)\s+", re.MULTILINE)  # of a list; in a snippet it would stand amid a sentence
FEATURES = ["bold", "italic", "ol", "ul", "link"]


class Heading(blocks.CharBlock):
    class Meta:
        icon = "title"
        label = _("Heading")


class Paragraph(blocks.RichTextBlock):
    class Meta:
        icon = "pilcrow"
        label = _("Text")


class Passage(blocks.StructBlock):
    """A paragraph that representatives may take into an invitation; it stays linked to this page."""

    name = blocks.CharBlock(label=_("Name"), max_length=80, help_text=_("What representatives choose it by."))
    text = blocks.RichTextBlock(label=_("Text"), features=FEATURES)

    class Meta:
        icon = "openquote"
        label = _("Text for invitations")


class Note(blocks.StructBlock):
    """Something that must not be missed."""

    text = blocks.RichTextBlock(label=_("Text"), features=FEATURES)

    class Meta:
        icon = "warning"
        label = _("Note")


class Figure(blocks.StructBlock):
    image = ImageBlock(label=_("Picture"))
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=200)

    class Meta:
        icon = "image"
        label = _("Picture")


class Body(blocks.StreamBlock):
    heading = Heading(max_length=120)
    paragraph = Paragraph(features=FEATURES)
    passage = Passage()
    note = Note()
    figure = Figure()

    @staticmethod
    def plain(body: Any) -> str:
        """Its words, a line per block; pictures by their captions."""
        return "\n".join(filter(None, (_words(part.block_type, part.value) for part in body)))


def _words(kind: str, value: Any) -> str:
    if kind == "heading":
        return str(value)
    if kind == "figure":
        return str(value["caption"])
    source = value.source if kind == "paragraph" else value["text"].source
    return _BULLET.sub("", get_text(source)).strip()
