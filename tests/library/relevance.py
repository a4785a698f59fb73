"""How often the right page is among the first three, ours beside Wagtail's own search.

    python -m tests.library.relevance     # after `manage.py import_articles` has loaded the library it judges

`relevance.toml` holds judged queries: `[[query]] q="…" language="sv" want=["key", …] sort="compound"`; of the pages in
`want` any is right. Prints success@3 and the mean reciprocal rank, for each kind of query and for all.
"""

from __future__ import annotations

import datetime
import os
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

JUDGED = Path(__file__).with_name("relevance.toml")
DEEP = 10  # results that are looked at


@dataclass(frozen=True)
class Query:
    q: str
    language: str
    want: tuple[str, ...]
    sort: str


@dataclass(frozen=True)
class Figures:
    queries: int
    success_at_3: float
    mrr: float
    missed: tuple[str, ...]


def judged(path: Path = JUDGED) -> list[Query]:
    rows = tomllib.loads(path.read_text())["query"]
    return [Query(row["q"], row.get("language", "sv"), tuple(row["want"]), row.get("sort", "")) for row in rows]


def figures(queries: Sequence[Query], find: Callable[[Query], Sequence[int]], pages: Mapping[str, int]) -> Figures:
    """`find` answers ids of pages, the best first; `pages` are ids by key."""
    ranks = {query: _rank(find(query)[:DEEP], {pages[key] for key in query.want}) for query in queries}
    right = [rank for rank in ranks.values() if rank]
    return Figures(
        queries=len(ranks),
        success_at_3=round(sum(rank <= 3 for rank in right) / len(ranks), 3),
        mrr=round(sum(1 / rank for rank in right) / len(ranks), 3),
        missed=tuple(query.q for query, rank in ranks.items() if not rank or rank > 3),
    )


def _rank(found: Sequence[int], wanted: set[int]) -> int:
    """The place of the first right one, from 1; 0 for none."""
    return next((place for place, pk in enumerate(found, start=1) if pk in wanted), 0)


def ours(reader: Any, *, on: datetime.date) -> Callable[[Query], list[int]]:
    from cms.search import search

    return lambda query: [
        hit.entry.pk for hit in search(reader, query.q, language=query.language, on=on, size=DEEP).hits
    ]


def stock(reader: Any) -> Callable[[Query], list[int]]:
    """Wagtail's own search, over what the same reader may read."""
    from cms.models import Entry, LibraryPage

    mine = LibraryPage.objects.filter(pk__in=Entry.objects.within(reader).values("pk"))
    return lambda query: [page.pk for page in mine.search(query.q)[:DEEP]]


def side_by_side(queries: Sequence[Query], pages: Mapping[str, int], reader: Any, *, on: datetime.date) -> str:
    """A table: kind of query, how many, success@3 and MRR of both; below it what ours missed."""
    kinds = sorted({query.sort for query in queries})
    groups = [(kind, [query for query in queries if query.sort == kind]) for kind in kinds] + [("all", list(queries))]
    lines = [f"{'':14}{'n':>4}{'success@3':>11}{'MRR':>7}   {'Wagtail':>9}{'MRR':>7}"]
    for kind, some in groups:
        mine, other = figures(some, ours(reader, on=on), pages), figures(some, stock(reader), pages)
        lines.append(f"{kind:14}{mine.queries:4}{mine.success_at_3:11.3f}{mine.mrr:7.3f}   ")
        lines[-1] += f"{other.success_at_3:9.3f}{other.mrr:7.3f}"
    missed = figures(queries, ours(reader, on=on), pages).missed
    return "\n".join([*lines, *(f"missed: {q}" for q in missed)])


def keys() -> dict[str, int]:
    """Ids of the imported pages by the key of their files."""
    from cms.models import ImportedPage

    return dict(ImportedPage.objects.values_list("key", "page"))


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comms.settings")
    import django

    django.setup()
    from cms.access import Reader

    everything = Reader((), (), (), staff=True)
    sys.stdout.write(side_by_side(judged(), keys(), everything, on=datetime.date(2026, 11, 27)) + "\n")


if __name__ == "__main__":
    main()
