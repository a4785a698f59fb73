"""What a search is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from cms.models import Entry


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search. `shelf` is its entry's id, `level` as in `Entry.level`; `below` widens it to units below
    the reader's own.
    """

    kind: str = ""
    shelf: int | None = None
    level: int | None = None
    year: int | None = None
    below: bool = False

    def __bool__(self) -> bool:
        """Whether it narrows anything."""
        return bool(self.kind) or any(value is not None for value in (self.shelf, self.level, self.year))


@dataclass(frozen=True, slots=True)
class Facet:
    """A value one may narrow by (of a shelf its public id), and how many of what was found have it; `chosen` when the
    search is narrowed so.
    """

    value: str
    label: str
    count: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """`title` and `snippet` are safe HTML with <mark>; `best` when staff have put it first."""

    entry: Entry
    title: SafeString
    snippet: SafeString
    best: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One page of results. `capped`: there are more than `total`. `whole`: how many of them have all of the query, the
    others have a part of it. `corrected`: what was searched instead, or "".
    """

    hits: Sequence[Hit] = ()
    total: int = 0
    whole: int = 0
    capped: bool = False
    facets: Mapping[str, Sequence[Facet]] = field(default_factory=dict)
    corrected: str = ""
