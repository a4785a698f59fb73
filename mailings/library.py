"""The library as the composer sees it: the pages that fit some words, each with its passages."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from uuid import UUID

from cms.access import Reader
from cms.models import Entry
from cms.passages import KINDS, Passage, passages
from cms.search import search

SHOWN = 10  # pages


@dataclass(frozen=True, slots=True)
class Source:
    """A page with passages to take from; `expired` when staff no longer vouch for it."""

    entry: Entry
    passages: list[Passage]
    expired: bool


def look_up(reader: Reader, words: str, *, language: str, on: datetime.date) -> list[Source]:
    """The pages the reader may take something from, the best first; without words the newest."""
    entries = _found(reader, words.strip(), language=language, on=on)
    by_page: dict[int, list[Passage]] = {}
    for passage in passages(entries):
        by_page.setdefault(passage.entry.pk, []).append(passage)
    sources = [Source(one, by_page[one.pk], one.is_expired(on)) for one in entries if one.pk in by_page]
    return sources[:SHOWN]


def _found(reader: Reader, words: str, *, language: str, on: datetime.date) -> list[Entry]:
    if not words:
        return list(Entry.objects.within(reader, below=False).of_kind(*KINDS).newest()[: 3 * SHOWN])
    hits = search(reader, words, language=language, on=on, size=3 * SHOWN).hits
    return [hit.entry for hit in hits if hit.entry.kind in KINDS]


def passage(reader: Reader, page: UUID, block: str) -> Passage | None:
    """One passage of a page the reader may read."""
    entries = Entry.objects.within(reader).of_kind(*KINDS).filter(public_id=page)
    return next((one for one in passages(entries) if one.block == block), None)
