"""Questions to the index of either database: a node in, rows out. The one place with SQL of its own.

Rows come by the newest entry first, in the order of their ids: which of many are taken must not hang on anybody else's
pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection

from cms.search.nodes import Node, any_of, clauses, for_postgres, for_sqlite, leaf
from comms.people.models import LANGUAGES
from comms.sql import look_again


class Row(NamedTuple):
    """A candidate. `tier` says where all terms were: 0 the title, 1 title and summary, 2 anywhere; `title` and
    `summary` only of the first two.
    """

    pk: int
    tier: int
    title: str
    summary: str
    kind: str
    language: str
    level: int
    dated: date
    valid_until: date | None
    shelf: int | None


EVERYTHING = any_of([leaf(f"_t{code}") for code, _name in LANGUAGES])
ROWS = """
SELECT e.page_id, found.tier, CASE WHEN found.tier < 2 THEN e.title ELSE '' END,
       CASE WHEN found.tier < 2 THEN e.summary ELSE '' END, e.kind, e.language, e.level, e.dated, e.valid_until,
       e.shelf_id
FROM ({found}) AS found
JOIN cms_entry e ON e.page_id = found.entry_id
"""


def rows(asked: Sequence[tuple[str, int, Node | None, int]]) -> list[Row]:
    """What was asked of columns: (column, tier, node, at most how many). An entry counts in its lowest tier."""
    if not asked:
        return []
    union = " UNION ALL ".join(
        f"SELECT entry_id, {tier} AS tier FROM ({_newest(column, node, most)}) AS found_{n}"  # noqa: S608
        for n, (column, tier, node, most) in enumerate(asked)
    )
    with connection.cursor() as cursor:
        found = f"SELECT entry_id, min(tier) AS tier FROM ({union}) AS each_ GROUP BY entry_id"  # noqa: S608
        written = [one for column, _tier, node, _most in asked for one in _written(column, node)]
        cursor.execute(ROWS.format(found=found), written)
        return list(map(Row._make, cursor.fetchall()))


def rows_of(ids: Iterable[int]) -> list[Row]:
    """The rows of these entries, with their summaries."""
    chosen = ", ".join(str(int(pk)) for pk in ids)
    if not chosen:
        return []
    found = f"SELECT page_id AS entry_id, 1 AS tier FROM cms_entry WHERE page_id IN ({chosen})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(ROWS.format(found=found))
        return list(map(Row._make, cursor.fetchall()))


def which(nodes: Sequence[Node | None], *, most: int) -> list[tuple[int, int]]:
    """(entry, n) for each entry whose text answers the n-th node; of each node so many at most."""
    union = " UNION ALL ".join(
        f"SELECT entry_id, {n} FROM ({_newest('body', node, most)}) AS found_{n}"  # noqa: S608
        for n, node in enumerate(nodes)
    )
    with connection.cursor() as cursor:
        cursor.execute(union, [one for node in nodes for one in _written("body", node)])
        return cursor.fetchall()


def exists(column: str, node: Node | None, *, but: Iterable[int] = ()) -> bool:
    """Whether there is an entry, other than those of these ids. Sorted, for else PostgreSQL goes from row to row,
    unpacking each, in the hope of meeting one.
    """
    found = _select(column, node)
    left_out = "".join(f" AND entry_id <> {int(pk)}" for pk in but)
    one = f"SELECT entry_id FROM ({found}) AS found WHERE 1 = 1{left_out} ORDER BY entry_id DESC LIMIT 1"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(one, _written(column, node))
        return cursor.fetchone() is not None


def _newest(column: str, node: Node | None, most: int) -> str:
    return f"{_select(column, node)} ORDER BY entry_id DESC LIMIT {most}"


def _select(column: str, node: Node | None) -> str:
    """`OFFSET 0` keeps PostgreSQL from walking the primary key and unpacking every row's words on the way."""
    if connection.vendor == "postgresql":
        conditions = " AND ".join(f"{column} @@ %s::tsquery" for _clause in clauses(node or EVERYTHING))
        found = f"SELECT entry_id FROM cms_entrytext WHERE {conditions} OFFSET 0"  # noqa: S608
        return f"SELECT entry_id FROM ({found}) AS matching"  # noqa: S608
    return "SELECT rowid AS entry_id FROM cms_words WHERE cms_words MATCH %s"


def _written(column: str, node: Node | None) -> list[str]:
    """The parameters of `_select`."""
    node = node or EVERYTHING
    if connection.vendor == "postgresql":
        return [for_postgres(clause) for clause in clauses(node)]
    return [f"{column} : ({for_sqlite(node)})"]


def tidy() -> None:
    """After much was written: what the planner knows, and one tree in place of many."""
    look_again("cms_entry", "cms_entry_units", "cms_entrytext", "cms_word")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO cms_words (cms_words) VALUES ('optimize')")
