"""What the ORM has no words for: many values in one parameter, and a question answered without helpers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.expressions import RawSQL


def as_table(rows: Sequence[Sequence[object]], *types: str) -> tuple[str, list[Any]]:
    """Rows as a table in SQL, and its parameters: one JSON text.

    Not VALUES with a placeholder per cell, nor an array per column: quoting those costs more than the statement.
    """
    if connection.vendor == "postgresql":
        cells = ", ".join(f"(value->>{n})::{kind}" for n, kind in enumerate(types))
        return f"SELECT {cells} FROM json_array_elements(%s::json)", [json.dumps(rows, default=str)]  # noqa: S608
    cells = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(types)))
    return f"SELECT {cells} FROM json_each(%s)", [json.dumps(rows)]  # noqa: S608


def subquery(values: Iterable[int] | Iterable[str], kind: str) -> RawSQL:
    """Many values in one parameter, for `__in`: Django and psycopg spend more on five hundred of them than the query
    takes, and SQLite takes only so many.
    """
    return RawSQL(*as_table([(value,) for value in values], kind))  # noqa: S611


Statement = tuple[str, Sequence[Any]]  # SQL and its parameters


def in_one_message(*statements: Statement) -> list[tuple[Any, ...]]:
    """Several statements in one transaction; the rows of the last. PostgreSQL gets them together, in place of four ways
    there and back for two: one message is one transaction by itself (PostgreSQL documentation, "Multiple Statements in
    a Simple Query").
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                ";".join(said for said, _ in statements), [one for _, params in statements for one in params]
            )
            while cursor.nextset():
                pass
            return _rows(cursor)
    whole = transaction.atomic() if len(statements) > 1 else nullcontext()
    with whole, connection.cursor() as cursor:
        for said, params in statements:
            cursor.execute(said, params)
        return _rows(cursor)


def _rows(cursor: CursorWrapper) -> list[tuple[Any, ...]]:
    return cursor.fetchall() if cursor.description else []


def look_again(*tables: str) -> None:
    """After much was written: PostgreSQL plans by what it knows of the tables, and learns by itself a minute later."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(map(connection.ops.quote_name, tables))}")


@contextmanager
def in_one_process() -> Iterator[None]:
    """PostgreSQL answers without parallel workers: to start them takes 8 ms, longer than the page of a list they are
    wanted for.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        yield
