"""Many values handed to the database in one parameter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection


def as_table(rows: Sequence[Sequence[object]], *types: str) -> tuple[str, list[Any]]:
    """Rows as a table in SQL, and its parameters: one JSON text.

    Not VALUES with a placeholder per cell, nor an array per column: quoting those costs more than the statement.
    """
    if connection.vendor == "postgresql":
        cells = ", ".join(f"(value->>{n})::{kind}" for n, kind in enumerate(types))
        return f"SELECT {cells} FROM json_array_elements(%s::json)", [json.dumps(rows, default=str)]  # noqa: S608
    cells = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(len(types)))
    return f"SELECT {cells} FROM json_each(%s)", [json.dumps(rows)]  # noqa: S608
