"""One thing that keeps a message from being published."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, as facts; the words are made where a language is known.

    `check` is P1–P11 ("" for the machine's own faults), `code` says which fault of that check, `where` is
    "<block kind>.<field>", "<block kind>" for a fault of its face, "brand.<field>", or "" for the whole message.
    `anchor` is the block's id in the editor. `line` and `column` count from 1; 0 where there is no place.
    `detail` and `more` fill the sentence: the character and its name, a size, an address.
    """

    check: str
    code: str
    where: str = ""
    line: int = 0
    column: int = 0
    detail: str = ""
    more: str = ""
    language: str = ""
    anchor: str = ""

    def at(self, where: str, *, anchor: str = "", language: str = "") -> Finding:
        """The same, with its place in the template, as far as that was not known."""
        return dataclasses.replace(
            self,
            where=self.where or where,
            anchor=self.anchor or anchor,
            language=self.language or language,
        )


def place(text: str, offset: int) -> tuple[int, int]:
    """(line, column) of an offset, both from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
