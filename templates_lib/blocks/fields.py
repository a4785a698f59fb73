"""What a block is made of: fields that staff lock, or leave open as a slot for a representative.

A field's `slot_type` says what a value looks like (see `templates_lib.slots`); its sub-blocks are what staff see.
"""

from __future__ import annotations

import copy
from typing import Any, ClassVar

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from comms.people.models import LANGUAGES
from templates_lib.choosers import ChooserBlock
from templates_lib.slots import Slot

CODES = [code for code, _name in LANGUAGES]


def translated(kind: type[blocks.Block] = blocks.CharBlock, *, child: Any = None, **options: Any) -> blocks.StructBlock:
    """One text per language; what is missing is taken from the first language that has it."""
    children = [(code, kind(required=False, label=name, **(child or {}))) for code, name in LANGUAGES]
    return blocks.StructBlock(children, form_classname="translated", **options)


def in_language(texts: Any, language: str) -> Any:
    """The text of a `translated` value in `language`, or the nearest there is; "" when there is none."""
    found = (texts.get(code) for code in dict.fromkeys([language, *CODES]))
    return next((text for text in found if text), "")


def in_every_language(*, sv: str, nb: str, da: str, en: str) -> dict[str, str]:
    """A `translated` value, for what a block's preview says."""
    return {"sv": sv, "nb": nb, "da": da, "en": en}


class Field(blocks.StructBlock):
    """Locked content or a slot. Subclasses name a `slot_type` and say what staff fill in as content."""

    slot_type: ClassVar[str] = ""
    content: ClassVar[dict[str, blocks.Block]] = {}

    def __init__(self, *, label: Any, max_length: int = 200, **options: Any) -> None:
        self.max_length = max_length
        children = [
            *copy.deepcopy(list(self.content.items())),
            ("slot", blocks.BooleanBlock(required=False, label=_("The representative fills this in"))),
            ("required", blocks.BooleanBlock(required=False, label=_("Must be filled in"))),
            (
                "max_length",
                blocks.IntegerBlock(required=False, min_value=1, max_value=20_000, label=_("Most characters")),
            ),
            ("label", translated(label=_("Question to the representative"))),
            ("help", translated(label=_("Help"))),
            ("example", translated(label=_("Example"))),
        ]
        first = next(iter(self.content), "")
        summary = f"{{{first}}}" if first else " "  # what a closed field shows: its content, never a bare yes or no
        super().__init__(children, label=label, label_format=summary, collapsed=True, **options)

    def default(self, value: Any, language: str) -> Any:
        """What staff wrote, as a slot value (JSON) in `language`."""
        return in_language(value["text"], language)

    def choices(self, value: Any, language: str) -> tuple[str, ...]:
        """The answers to choose from, for a `choice`."""
        return ()

    def limit(self, value: Any) -> int:
        """Most characters: what staff set, or what the block's maker thought sensible."""
        return value["max_length"] or self.max_length

    def asked(self, key: str, value: Any, language: str, *, block_label: Any) -> Slot:
        """The question staff made of this field, worded in `language`."""
        with translation.override(language):
            return Slot(
                key=key,
                type=self.slot_type,
                label=in_language(value["label"], language) or str(self.label),
                help=in_language(value["help"], language),
                example=in_language(value["example"], language),
                required=bool(value["required"]),
                max_length=self.limit(value),
                choices=self.choices(value, language),
                block_label=str(block_label),
            )


class ShortText(Field):
    slot_type = "short_text"
    content = {"text": translated(label=_("Text"))}


class RichText(Field):
    slot_type = "rich_text"
    content = {
        "text": translated(
            blocks.RichTextBlock, child={"features": ["bold", "italic", "ul", "ol", "link"]}, label=_("Text")
        )
    }

    def default(self, value: Any, language: str) -> Any:
        source = in_language({code: getattr(text, "source", text) for code, text in value["text"].items()}, language)
        return str(source)


class DateTime(Field):
    slot_type = "date_time"
    content = {"at": blocks.DateTimeBlock(required=False, label=_("Date and time"))}

    def default(self, value: Any, language: str) -> Any:
        return value["at"].strftime("%Y-%m-%dT%H:%M") if value["at"] else ""


class PlaceField(Field):
    slot_type = "place"
    content = {
        "name": blocks.CharBlock(required=False, label=_("Place")),
        "address": blocks.CharBlock(required=False, label=_("Address")),
        "url": blocks.URLBlock(required=False, label=_("Link to a map or a meeting room online")),
    }

    def default(self, value: Any, language: str) -> Any:
        return {key: value[key] or "" for key in ("name", "address", "url")}


class PersonField(Field):
    """The sender, unless somebody else is named."""

    slot_type = "person"

    def default(self, value: Any, language: str) -> Any:
        return {"name": "", "role": "", "phone": "", "email": ""}


class ImageField(Field):
    """`drawing`: which of our own drawings the block's preview shows in its place (`templates_lib.block_preview`)."""

    slot_type = "image"
    content = {
        "picture": ChooserBlock("templates_lib.Picture", required=False, label=_("Picture")),
        "alt": translated(label=_("What the picture shows")),
    }

    def __init__(self, *, label: Any, drawing: str = "landscape", **options: Any) -> None:
        self.drawing = drawing
        super().__init__(label=label, **options)

    def default(self, value: Any, language: str) -> Any:
        return {"sha256": value["picture"].pk if value["picture"] else "", "alt": in_language(value["alt"], language)}


class LinkField(Field):
    slot_type = "link"
    content = {
        "url": blocks.CharBlock(required=False, label=_("Address"), help_text=_("https://…, mailto:… or tel:…")),
        "text": translated(label=_("Text")),
    }

    def default(self, value: Any, language: str) -> Any:
        return {"url": value["url"] or "", "text": in_language(value["text"], language)}


class ChoiceField(Field):
    """One of the texts staff list; the first is the default."""

    slot_type = "choice"
    content = {"choices": blocks.ListBlock(translated(), label=_("Choices"))}

    def choices(self, value: Any, language: str) -> tuple[str, ...]:
        return tuple(text for choice in value["choices"] if (text := in_language(choice, language)))

    def default(self, value: Any, language: str) -> Any:
        return next(iter(self.choices(value, language)), "")


class LinesField(Field):
    """A list of short entries, one a line; a time may stand in front ("18.30 Val av styrelse")."""

    slot_type = "lines"
    content = {"text": translated(blocks.TextBlock, child={"rows": 4}, label=_("Entries, one a line"))}


class MessageBlock(blocks.StructBlock):
    """A block of a message: its `Field`s, and the fixed words its faces need in the message's language.

    `may_be_optional`: staff can let a representative leave it out.
    """

    words: ClassVar[dict[str, Any]] = {}
    may_be_optional: ClassVar[bool] = True

    def __init__(self, local_blocks: Any = None, **options: Any) -> None:
        optional = blocks.BooleanBlock(required=False, label=_("The representative may leave this part out"))
        own = [("optional", optional)] if self.may_be_optional else []
        super().__init__([*(local_blocks or ()), *own], **options)
        main = "text" if "text" in self.fields else next(iter(self.fields), "")
        self.meta.label_format = f"{{{main}}}" if main else " "  # what a closed block shows

    @property
    def fields(self) -> dict[str, Field]:
        return {name: child for name, child in self.child_blocks.items() if isinstance(child, Field)}

    def is_optional(self, value: Any) -> bool:
        return self.may_be_optional and bool(value.get("optional"))

    def asked(self, child: Any, language: str) -> list[Slot]:
        """The slots of one such block in a template, worded in `language`; `child` is the stream's."""
        slots = []
        if self.is_optional(child.value):
            with translation.override(language):
                label = _("Include “%(part)s”") % {"part": self.label}
                slots.append(Slot(key=f"{child.id}.shown", type="shown", label=str(label), block_label=str(self.label)))
        return slots + [
            field.asked(f"{child.id}.{name}", child.value[name], language, block_label=self.label)
            for name, field in self.fields.items()
            if child.value[name]["slot"]
        ]

    def started(self, child: Any, language: str) -> dict[str, Any]:
        """Slot key -> what staff wrote, in `language`."""
        values: dict[str, Any] = {f"{child.id}.shown": "yes"} if self.is_optional(child.value) else {}
        open_fields = ((name, field) for name, field in self.fields.items() if child.value[name]["slot"])
        return values | {
            f"{child.id}.{name}": field.default(child.value[name], language) for name, field in open_fields
        }

    def get_preview_value(self) -> Any:
        """What the block's `Meta.preview_value` (raw JSON) makes of it, everything else as new."""
        return self.to_python(getattr(self.meta, "preview_value", {}))

    class Meta:
        order = 100
        preview_template = "templates_lib/block_preview.html"
