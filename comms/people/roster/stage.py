"""The understood rows of one file, on disk until they are compared: memory does not grow with the file.

A private temporary SQLite database: it has no name in the file system and is gone when closed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from comms.people.roster.cleaning import Job, Problem, RowRefused


@dataclass
class Entry:
    """What the file says about one member, all their rows together.

    `places` maps unit refs to jobs. `partial`: one of the rows was refused, so silence means nothing; with no
    `fields` every row was, and the member is only known to be in the file.
    """

    number: str
    row: int
    fields: dict[str, str] = field(default_factory=dict)
    places: dict[int, Job] = field(default_factory=dict)
    partial: bool = False


class Stage:
    """Entries by member number, problems in the order of the file."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA cache_size = -8000")  # kilobytes; the rest is on disk
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("CREATE TABLE entry (number TEXT PRIMARY KEY, row INTEGER, body TEXT) WITHOUT ROWID")
        self._db.execute("CREATE TABLE problem (row, field, reason, suggestion, imported)")
        self._db.execute("BEGIN")

    def close(self) -> None:
        self._db.close()

    def put(self, entry: Entry) -> None:
        """Adds a member's row; what earlier rows said wins where both say something.

        Raises `RowRefused` when an earlier row gave the number to somebody else.
        """
        body = _pack(entry)
        done = self._db.execute("INSERT OR IGNORE INTO entry VALUES (?, ?, ?)", (entry.number, entry.row, body))
        if done.rowcount:
            return
        earlier = next(iter(self.find([entry.number])))
        conflict = bool(_name(entry) and _name(earlier)) and _name(entry) != _name(earlier)
        merged = earlier if conflict else _merge(earlier, entry)
        merged.partial |= conflict
        self._db.execute("UPDATE entry SET body = ? WHERE number = ?", (_pack(merged), entry.number))
        if conflict:
            raise RowRefused("number", _("Row %d has the same member number and another name.") % earlier.row)

    def complain(self, problem: Problem) -> None:
        self._db.execute("INSERT INTO problem VALUES (?, ?, ?, ?, ?)", problem)

    def find(self, numbers: Iterable[str]) -> list[Entry]:
        numbers = list(numbers)
        marks = ", ".join("?" * len(numbers))
        return [_unpack(*r) for r in self._db.execute(f"SELECT * FROM entry WHERE number IN ({marks})", numbers)]  # noqa: S608

    def chunks(self, size: int) -> Iterator[list[Entry]]:
        """All entries, `size` at a time, by number."""
        last = ""
        query = "SELECT * FROM entry WHERE number > ? ORDER BY number LIMIT ?"
        while entries := [_unpack(*row) for row in self._db.execute(query, (last, size))]:
            last = entries[-1].number
            yield entries

    def problems(self, *, imported: bool | None = None, limit: int = -1) -> Iterator[Problem]:
        """In the order of the file; `imported` chooses those whose row was, or was not, imported all the same."""
        query = "SELECT * FROM problem WHERE ?1 IS NULL OR imported = ?1 LIMIT ?2"
        for row, column, reason, suggestion, rest in self._db.execute(query, (imported, limit)):
            yield Problem(row, column, reason, suggestion, bool(rest))


def _name(entry: Entry) -> str:
    return f"{entry.fields.get('first_name', '')} {entry.fields.get('last_name', '')}".casefold().strip()


def _merge(earlier: Entry, later: Entry) -> Entry:
    fields = later.fields | {name: value for name, value in earlier.fields.items() if value or name not in later.fields}
    if fields.get("email"):
        fields["email_problem"] = ""
    partial = earlier.partial or later.partial
    places = earlier.places | {unit: job for unit, job in later.places.items() if unit not in earlier.places}
    return Entry(earlier.number, earlier.row, fields, places, partial)


def _pack(entry: Entry) -> str:
    return json.dumps([entry.fields, [[ref, *job] for ref, job in entry.places.items()], entry.partial])


def _unpack(number: str, row: int, body: str) -> Entry:
    fields, places, partial = json.loads(body)
    return Entry(number, row, fields, {ref: Job(*job) for ref, *job in places}, partial)
