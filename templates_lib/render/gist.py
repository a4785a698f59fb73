"""The gist of a message: what a poster, a picture for social media or a text message has room for.

One print for all: a member's name is left out, “your branch” is the sender's. Everything is cut to a sensible length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from templates_lib.render import merge
from templates_lib.render.document import Block, Document, Image, Moment, Place, Sender
from templates_lib.render.text import fragment

GREETING = 4  # a paragraph of fewer words is a greeting, no introduction


@dataclass(frozen=True, slots=True)
class Gist:
    """Plain lines, "" for what the message does not say. `day` has its weekday and year, `time` the end too."""

    kind: str
    heading: str
    when: str  # the word over day and time, in the message's language
    day: str
    time: str
    where: str  # the word over place and address
    place: str
    address: str
    introduction: str
    picture: Image | None
    contact: Sender | None


def gist(document: Document) -> Gist:
    heading, facts = _of(document, "heading"), document.first("facts")
    values, words = (facts.values, facts.labels) if facts else ({}, {})
    day, time = _moments(values.get("when"), values.get("until"))
    place: Place = values.get("where") or Place("")
    unit = {"unit": document.sender.unit}

    def line(text: Any, limit: int) -> str:
        return cut(merge.fill(str(text or ""), unit, context="text").strip(), limit)

    return Gist(
        kind=line(heading.get("kind"), 50),
        heading=line(_heading(document), 120),
        when=line(words.get("when"), 30),
        day=day,
        time=time,
        where=line(words.get("where"), 30),
        place=line(place.name or place.address, 80),
        address=line(place.address if place.name else "", 100),
        introduction=cut(_introduction(document), 240),
        picture=_picture(document),
        contact=_contact(document),
    )


def cut(text: str, limit: int) -> str:
    """The text, or its beginning up to a whole word and "…"."""
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0][: limit - 1].rstrip(" ,.:;–-") + "…"


def _of(document: Document, kind: str) -> Any:
    block = document.first(kind)
    return block.values if block else {}


def _heading(document: Document) -> str:
    headings = (block.heading for block in document.blocks)
    return next((heading for heading in headings if heading), document.subject or document.brand.name)


def _moments(at: Moment | None, until: Moment | None) -> tuple[str, str]:
    """(day, time): an end on the same day as “18.00–20.30”, one on another day in words."""
    if at is None:
        return "", ""
    if until is None:
        return at.day, at.time
    if until.day == at.day:
        return at.day, f"{at.time}–{until.clock}"
    return at.day, f"{at.time} – {until.day} {until.time}"


def _introduction(document: Document) -> str:
    """The first paragraph that is more than a greeting."""
    for block in document.blocks:
        if block.kind == "rich_text" and block.values["text"]:
            text = fragment(merge.fill(block.values["text"], {"unit": document.sender.unit}))  # type: ignore[arg-type]
            paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text))
            return next((one for one in paragraphs if len(one.split()) >= GREETING), "")
    return ""


def _picture(document: Document) -> Image | None:
    """The large picture, else the first one between the texts; a speaker's portrait is none."""
    blocks: list[Block] = sorted(
        (block for block in document.blocks if block.kind in {"hero", "image"}), key=lambda block: block.kind != "hero"
    )
    return next((value for block in blocks for value in block.values.values() if isinstance(value, Image)), None)


def _contact(document: Document) -> Sender | None:
    """Whom the contact card names; a message without one puts nobody's telephone on a wall."""
    person = _of(document, "contact").get("person")
    return person if person and person.name else None
