"""Titles while somebody types."""

from __future__ import annotations

from cms.access import Reader
from cms.models import BestBetPage, Entry
from cms.search import index, marks
from cms.search.index import Row
from cms.search.nodes import all_of
from cms.search.rank import KIND, OWN, words_of
from cms.search.terms import words_in

MOST = 200  # candidates
SHORTEST = 2  # letters of a beginning


def suggest(reader: Reader, typed: str, *, language: str = "sv", size: int = 6) -> list[Entry]:
    """Entries within the reader's reach whose titles have words that begin like each typed one; before them the pages
    staff have put first for a query that begins so.
    """
    begun = [word.folded for word in words_in(typed)]
    begun = [word for n, word in enumerate(begun) if len(word) >= SHORTEST or n < len(begun) - 1]
    long = [word for word in begun if len(word) >= SHORTEST]
    if not long:
        return []
    node = all_of([*map(marks.begins, long), marks.readable(reader, below=False)])
    rows = sorted(index.rows([("head", 0, node, MOST)]), key=lambda row: _place(row, long, language), reverse=True)
    ids = list(dict.fromkeys([*_bets(" ".join(begun)), *(row.pk for row in rows[:size])]))
    there = Entry.objects.within(reader, below=False).in_bulk(ids)
    return [there[pk] for pk in ids if pk in there][:size]


def _place(row: Row, begun: list[str], language: str) -> tuple[float, int]:
    first = next(iter(words_of(row.title)), None)
    starts = 2.0 if first and first.folded.startswith(begun[0]) else 0.0
    fresh = 0.2 * row.dated.toordinal() / 365
    mine = 0.5 if row.language == language else 0.0
    return starts + OWN.get(row.level, 0.0) + KIND.get(row.kind, 0.0) + fresh + mine, row.pk


def _bets(begun: str) -> list[int]:
    bets = BestBetPage.objects.order_by("bet", "sort_order").values_list("bet__query", "page")
    return [page for query, page in bets if " ".join(w.folded for w in words_in(query)).startswith(begun)]
