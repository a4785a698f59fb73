"""The searched row of an entry: its words and its marks."""

from __future__ import annotations

from collections.abc import Collection

from cms.models import Entry, EntryText
from cms.search import marks
from cms.search.words import lexemes, normal

LONGEST = 500_000  # characters of text that are kept for snippets and searched


def row(
    entry: Entry, text: str, *, units: Collection[int], above: Collection[int], shelves: Collection[int]
) -> EntryText:
    """`units` whom it is for, `above` those and all units above them, `shelves` it lies on and below; all are ids."""
    text = normal(text)[:LONGEST]
    said = marks.of_audience(entry.everybody, units, above) | marks.of_facts(
        kind=entry.kind, year=entry.dated.year, shelves=shelves, level=entry.level, language=entry.language
    )
    head = lexemes(f"{entry.title}\n{entry.summary}", entry.language)
    body = head | lexemes(text, entry.language)
    return EntryText(
        entry=entry,
        head=" ".join(sorted(head | said | marks.of_title(entry.title))),
        body=" ".join(sorted(body | said)),
        text=text,
    )
