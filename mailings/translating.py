"""The text step in another language: only what is written in words, the sender's own text beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import linebreaks
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mailings import coverage
from mailings.coverage import WORDED_PART, Version, Wording
from mailings.fields import help_of, line, named
from mailings.forms import TextForm, field_id
from templates_lib.render.rich_text import clean_rich_text

LABELS = {coverage.SUBJECT: _("Subject"), coverage.PREHEADER: _("Preview text")}


@dataclass(frozen=True, slots=True)
class Pair:
    """The sender's text and the field of its translation; None where staff have written the answer themselves."""

    wording: Wording
    label: Any
    field: forms.BoundField | None

    @property
    def place(self) -> str:
        """Its id on the page, where a fix link leads."""
        return field_id(self.wording.key) if self.wording.key not in LABELS else f"pair-{self.wording.key}"

    @property
    def html(self) -> SafeString:
        """The sender's text as HTML: rich text cleaned, of anything else the lines."""
        if self.wording.slot.type == "rich_text":
            return SafeString(clean_rich_text(self.wording.original))
        return SafeString(linebreaks(self.wording.original, autoescape=True))


class TranslationForm(forms.Form):
    """Every text that is not empty in the sender's language, under the names it has in `TextForm`."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, said: Version, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language = said.language
        self.open = [one for one in said.wordings if not one.locked]
        self.asked = {self.name(one): one for one in self.open if not self._chosen(one)}
        for name, one in self.asked.items():
            self.fields[name] = field = self._field(one)
            field.widget.attrs["lang"] = self.language
            self.initial.setdefault(name, one.words)

    @staticmethod
    def _chosen(one: Wording) -> bool:
        """Of an answer that staff wrote in this language too nothing is left to translate."""
        return one.slot.type == "choice" and bool(one.staff)

    @staticmethod
    def name(one: Wording) -> str:
        part = WORDED_PART.get(one.slot.type)
        return f"{one.key}:{part}" if part else one.key

    def _field(self, one: Wording) -> forms.Field:
        if label := LABELS.get(one.key):
            return line(label, limit=1000, **{"data-count": str(TextForm.AIMS[one.key]), "autocomplete": "off"})
        slot = dataclasses.replace(one.slot, type="short_text") if one.slot.type == "choice" else one.slot
        field = named(slot)[self.name(one)]
        if slot.type in WORDED_PART:
            field.label = format_lazy("{}: {}", slot.label, field.label)
        else:
            field.help_text = help_of(slot)
        return field

    def pairs(self) -> Iterator[Pair]:
        for one in self.open:
            name = self.name(one)
            yield Pair(one, LABELS.get(one.key) or one.slot.label, self[name] if name in self.asked else None)

    def changes(self) -> dict[str, Any]:
        """What was sent, as `composing.save` takes it for another language.

        What staff wrote is not kept as the sender's own: it stands only as long as the sender's text is staff's too.
        """
        said = {one.key: self._words(name, one) for name, one in self.asked.items() if name in self.data}
        heads = {key: said.pop(key) for key in LABELS if key in said}
        return {**heads, "values": said}

    def _words(self, name: str, one: Wording) -> str:
        text = self.cleaned_data[name]
        if one.slot.type == "rich_text":
            text = clean_rich_text(text)
        elif one.slot.type == "lines":
            text = "\n".join(text.splitlines())
        return "" if one.staff and coverage.same(one.slot, text, one.staff) else text
