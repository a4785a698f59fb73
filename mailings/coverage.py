"""In which languages a mailing can be sent: decided for the whole message, so that nobody gets a mixture of two.

The why is in docs/decisions/0006-one-language-a-message.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mailings import reading
from mailings.models import Mailing
from templates_lib import slots
from templates_lib.blocks.fields import in_language
from templates_lib.models import InvitationTemplate
from templates_lib.render.merge import clean_line
from templates_lib.slots import Slot

SUBJECT, PREHEADER = "subject", "preheader"
WORDED_PART = {"link": "text", "image": "alt"}  # what of the value is written in a language; the rest is shared
LINE = Slot(key="", type="short_text", label="")


@dataclass(frozen=True, slots=True)
class Wording:
    """One text of the message that is not empty in the sender's language.

    `original` is that text, `own` the sender's translation, `staff` what staff wrote in the other language, as long
    as the sender left in their own what staff wrote there. `locked` ones staff have not opened to anybody.
    """

    slot: Slot
    original: str
    staff: str = ""
    own: str = ""
    locked: bool = False

    @property
    def key(self) -> str:
        return self.slot.key

    @property
    def words(self) -> str:
        return self.own or self.staff


@dataclass(frozen=True, slots=True)
class Version:
    """A mailing in one language, complete or not. `values` are all slot values, as `build.document` takes them."""

    language: str
    subject: str
    preheader: str
    values: Mapping[str, Any]
    wordings: tuple[Wording, ...] = ()  # none in the sender's own language

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys of the texts the sender has still to write, in the order of the page."""
        return tuple(one.key for one in self.wordings if not one.words and not one.locked)

    @property
    def unwritten(self) -> int:
        """How many locked texts staff have not written in this language."""
        return sum(one.locked and not one.words for one in self.wordings)

    @property
    def is_complete(self) -> bool:
        return all(one.words for one in self.wordings)

    @property
    def own(self) -> list[Slot]:
        """The slots whose text the sender has translated; a translated choice is a line like any other."""
        mine = [one.slot for one in self.wordings if one.own and one.key not in (SUBJECT, PREHEADER)]
        return [dataclasses.replace(slot, type="short_text") if slot.type == "choice" else slot for slot in mine]


def best(mailing: Mailing, design: InvitationTemplate, language: str) -> Version:
    """What a member who reads `language` gets: the message in it where it is complete, else in the sender's, whole."""
    wished = version(mailing, design, language)
    return wished if wished.is_complete else version(mailing, design, mailing.language)


def version(mailing: Mailing, design: InvitationTemplate, language: str) -> Version:
    """The mailing in one language; `design` is its template as it was when the draft began."""
    values = {**design.defaults(mailing.language), **mailing.values}
    if language == mailing.language:
        return Version(language, mailing.subject, mailing.preheader, values)
    heads = list(_heads(mailing, design, language))
    texts = list(_texts(mailing, design, language, values))
    said = {one.key: one.words for one in heads}
    written = {one.key: _with_words(one.slot, values.get(one.key), one.words) for one in texts if not one.locked}
    return Version(language, said.get(SUBJECT, ""), said.get(PREHEADER, ""), {**values, **written}, (*heads, *texts))


def _heads(mailing: Mailing, design: InvitationTemplate, language: str) -> Iterator[Wording]:
    own = mailing.translations.get(language, {})
    suggested = clean_line(design.subject.get(mailing.language, ""))
    staff = clean_line(design.subject.get(language, "")) if mailing.subject == suggested else ""
    for key, original, theirs in ((SUBJECT, mailing.subject, staff), (PREHEADER, mailing.preheader, "")):
        if original.strip():
            yield Wording(dataclasses.replace(LINE, key=key), original, theirs, str(own.get(key, "")).strip())


def _texts(mailing: Mailing, design: InvitationTemplate, language: str, values: Mapping[str, Any]) -> Iterator[Wording]:
    own = mailing.translations.get(language, {}).get("values", {})
    gone = slots.left_out(design.slots(mailing.language), values)
    for child in design.body:
        for name, field in child.block.fields.items() if child.id not in gone else ():
            raw = child.value[name]
            slot = field.asked(f"{child.id}.{name}", raw, mailing.language, block_label=child.block.label)
            suggested = field.default(raw, mailing.language)
            value = values.get(slot.key) if raw["slot"] else suggested
            if not slot.worded or slots.is_empty(slot, value) or not (original := words_of(slot, value)).strip():
                continue
            kept = slot.type == "choice" or same(slot, original, words_of(slot, suggested))
            yield Wording(
                dataclasses.replace(slot, example=in_language(raw["example"], language)),
                original,
                _written(raw, slot, original, language) if kept else "",
                _filled(slot, own.get(slot.key)) if raw["slot"] else "",
                locked=not raw["slot"],
            )


def _written(raw: Any, slot: Slot, original: str, language: str) -> str:
    """What staff wrote in exactly this language; of a choice, the answer at the same place in their list."""
    if slot.type == "choice":
        if original not in slot.choices:
            return ""
        offered = [choice for choice in raw["choices"] if in_language(choice, language)]
        texts = offered[slot.choices.index(original)]
    else:
        texts = raw["alt" if slot.type == "image" else "text"]
    text = texts.get(language)
    return _filled(slot, str(getattr(text, "source", text) or ""))


def _filled(slot: Slot, text: Any) -> str:
    """The text, "" when there are no words in it."""
    said = text if isinstance(text, str) else ""
    return said if (reading.words(said) if slot.type == "rich_text" else said.strip()) else ""


def words_of(slot: Slot, value: Any) -> str:
    """The part of a slot's value that is written in a language."""
    if part := WORDED_PART.get(slot.type):
        value = value.get(part) if isinstance(value, Mapping) else ""
    return value if isinstance(value, str) else ""


def _with_words(slot: Slot, value: Any, words: str) -> Any:
    """The value with its words exchanged: address and picture stay."""
    part = WORDED_PART.get(slot.type)
    return {**value, part: words} if part else words


def same(slot: Slot, one: str, other: str) -> bool:
    """Whether two texts of a slot say the same; an editor may have changed the markup around the words."""
    if slot.type == "rich_text":
        return reading.words(one) == reading.words(other) and _targets(one) == _targets(other)
    return one.split() == other.split()


def untouched(slot: Slot, value: Any, suggested: Any) -> bool:
    """Whether a slot still holds what staff wrote there."""
    if isinstance(value, str) and isinstance(suggested, str) and slot.worded:
        return same(slot, value, suggested)
    return bool(value == suggested)


def _targets(html: str) -> list[str]:
    return [target for _shown, target in reading.links_in(html)]
