"""Slots: what a representative fills in, what a value looks like, and what is wrong with one.

Values are JSON: short_text str · rich_text clean HTML str · date_time "2027-03-12T18:00" local · choice str ·
place {name, address, url} · person {name, role, phone, email} · image {sha256, alt} · link {url, text} ·
lines str, one entry a line, a time in front of it if there is one · shown "yes" or "no": whether an optional block
goes with the message.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from templates_lib.render import glyphs
from templates_lib.render.rich_text import clean_rich_text, safe_url

PARTS = {
    "place": ("name", "address", "url"),
    "person": ("name", "role", "phone", "email"),
    "image": ("sha256", "alt"),
    "link": ("url", "text"),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One question to the representative. `key` is stable: "<block id>.<field>"."""

    key: str
    type: str
    label: str
    help: str = ""
    example: str = ""
    required: bool = False
    max_length: int = 200
    choices: tuple[str, ...] = ()
    block_label: str = ""

    @property
    def block(self) -> str:
        """The id of the block it belongs to."""
        return self.key.rpartition(".")[0]

    @property
    def worded(self) -> bool:
        """Its value is written in a language; times, places, persons and switches are not."""
        return self.type in {"short_text", "rich_text", "lines", "choice", "link", "image"}


def left_out(slots: Sequence[Slot], values: Mapping[str, Any]) -> frozenset[str]:
    """The ids of the optional blocks that do not go with the message."""
    return frozenset(slot.block for slot in slots if slot.type == "shown" and values.get(slot.key) == "no")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend before sending: which slot, a stable code, and words for a person."""

    key: str
    code: str
    message: Any  # lazily translated


def problems(slots: Sequence[Slot], values: Mapping[str, Any], language: str, *, family: str = "Lato") -> list[Problem]:
    """What is wrong with the values, in the order of the slots. `language` is the message's language."""
    gone = left_out(slots, values)
    asked = [slot for slot in slots if slot.block not in gone and slot.type != "shown"]
    return [problem for slot in asked for problem in _problems(slot, values.get(slot.key), family)]


def _problems(slot: Slot, value: Any, family: str) -> Iterator[Problem]:
    if value is not None and not isinstance(value, dict if slot.type in PARTS else str):
        yield Problem(slot.key, "shape", _("“%(label)s” has to be filled in again.") % {"label": slot.label})
        return
    if is_empty(slot, value):
        if slot.required:
            yield Problem(slot.key, "required", _("Fill in “%(label)s”.") % {"label": slot.label})
        return
    text = typed_text(slot, value)
    if (over := len(text) - slot.max_length) > 0 and slot.type in {"short_text", "rich_text", "lines"}:
        yield Problem(slot.key, "too_long", _too_long(slot, over))
    if strange := glyphs.uncovered(text, family):
        yield Problem(slot.key, "character", _strange(slot, strange))
    yield from _BY_TYPE.get(slot.type, _nothing)(slot, value)


def is_empty(slot: Slot, value: Any) -> bool:
    """Nothing was filled in; markup without words counts as nothing."""
    if slot.type == "rich_text":
        return not strip_tags(clean_rich_text(value or "")).strip()
    if slot.type in PARTS:
        main = PARTS[slot.type][0]
        return not str((value or {}).get(main) or "").strip()
    return not str(value or "").strip()


def typed_text(slot: Slot, value: Any) -> str:
    """Every character of the value a reader will see, in one string."""
    if slot.type == "rich_text":
        return strip_tags(clean_rich_text(value)).replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
    if slot.type in PARTS:
        return " ".join(str(value.get(part) or "") for part in PARTS[slot.type] if part not in {"sha256", "url"})
    return str(value)


def _too_long(slot: Slot, over: int) -> Any:
    message = ngettext_lazy(
        "“%(label)s” is %(over)d character too long.", "“%(label)s” is %(over)d characters too long.", "over"
    )
    return message % {"label": slot.label, "over": over}


def _strange(slot: Slot, characters: list[str]) -> Any:
    named = ", ".join(f"{char} ({glyphs.name(char)})" for char in characters[:3])
    message = _("“%(label)s” holds a character that our typeface cannot print: %(characters)s. Write it another way.")
    return message % {"label": slot.label, "characters": named}


def parse_moment(value: Any) -> datetime.datetime | None:
    """The local time of a date_time value, or None for what is none."""
    try:
        moment = datetime.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.replace(tzinfo=None, second=0, microsecond=0)


def _nothing(slot: Slot, value: Any) -> Iterator[Problem]:
    yield from ()


def _date_time(slot: Slot, value: str) -> Iterator[Problem]:
    if parse_moment(value) is None:
        yield Problem(slot.key, "date", _("“%(label)s” is not a date and time.") % {"label": slot.label})


def _choice(slot: Slot, value: str) -> Iterator[Problem]:
    if slot.choices and value not in slot.choices:
        yield Problem(slot.key, "choice", _("Choose one of the answers to “%(label)s”.") % {"label": slot.label})


def _url(slot: Slot, value: Mapping[str, Any]) -> Iterator[Problem]:
    if (url := str(value.get("url") or "").strip()) and not safe_url(url):
        message = _("The address in “%(label)s” cannot be followed. It begins with https://, mailto: or tel:.")
        yield Problem(slot.key, "link", message % {"label": slot.label})


def _link(slot: Slot, value: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _url(slot, value)
    if not str(value.get("text") or "").strip():
        yield Problem(slot.key, "link_text", _("Write what the button says in “%(label)s”.") % {"label": slot.label})


def _person(slot: Slot, value: Mapping[str, Any]) -> Iterator[Problem]:
    email = str(value.get("email") or "").strip()
    if email and not safe_url(f"mailto:{email}"):
        yield Problem(
            slot.key, "email", _("The e-mail address in “%(label)s” is not complete.") % {"label": slot.label}
        )


def _image(slot: Slot, value: Mapping[str, Any]) -> Iterator[Problem]:
    if not str(value.get("alt") or "").strip():
        message = _("Say what the picture in “%(label)s” shows, for those who do not see it.")
        yield Problem(slot.key, "alt", message % {"label": slot.label})


_BY_TYPE: dict[str, Callable[[Slot, Any], Iterator[Problem]]] = {
    "date_time": _date_time,
    "choice": _choice,
    "place": _url,
    "link": _link,
    "person": _person,
    "image": _image,
}
