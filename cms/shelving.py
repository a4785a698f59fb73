"""What stands on which shelf, as far as a reader may see it.

A shelf somebody may not read is not there for them: what they may read on it stands on no shelf, and its name is shown
nowhere.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext_lazy as _

from cms.access import Reader
from cms.models import Entry, LibraryPage
from comms.people.models import Unit

NEWS = 3  # on the front page
FEW = 5
PAGE = 30  # on a shelf
BRANCH = 2  # the level of a branch and of what is below it
ORDER = (Entry.Kind.NEWS, Entry.Kind.ARTICLE, Entry.Kind.DOCUMENT, Entry.Kind.MINUTES)  # on a shelf

NAMES: dict[str, Any] = {
    Entry.Kind.NEWS: _("News"),
    Entry.Kind.ARTICLE: _("Articles"),
    Entry.Kind.DOCUMENT: _("Documents"),
    Entry.Kind.MINUTES: _("Minutes"),
}


@dataclass(frozen=True, slots=True)
class Shelf:
    """A shelf and how many pages the reader finds on it and on the shelves inside."""

    entry: Entry
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading: a kind of page, and for minutes the year and the unit that met."""

    kind: str
    label: Any
    entries: list[Entry] = field(default_factory=list)
    year: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A shelf as it is looked at: the shelves inside, how many of each kind (value, name, number) and of which years,
    what was chosen of those, and a page of what lies on it.
    """

    inner: list[Shelf]
    kinds: list[tuple[str, Any, int]]
    kind: str
    years: list[int]
    year: int | None
    page: Any
    groups: list[Group]

    @property
    def total(self) -> int:
        return sum(number for _kind, _name, number in self.kinds)


@dataclass(frozen=True, slots=True)
class Front:
    """The front page: shelves, news that still holds, what is new of the reader's own, and what was changed lately."""

    shelves: list[Shelf]
    news: list[Entry]
    own: list[Entry]
    changed: list[Entry]


def front(reader: Reader, *, on: datetime.date, below: bool) -> Front:
    """Six queries."""
    entries = Entry.objects.within(reader, below=below)
    holds = Q(valid_until=None) | Q(valid_until__gte=on)
    filed = entries.of_kind(Entry.Kind.MINUTES, Entry.Kind.DOCUMENT).prefetch_related("units")
    news = entries.of_kind(Entry.Kind.NEWS)
    mine = list(filed.filter(own(reader)).newest()[:FEW])
    rest = entries.of_kind(Entry.Kind.ARTICLE, Entry.Kind.DOCUMENT).exclude(pk__in=[one.pk for one in mine])
    return Front(
        shelves=[shelf for shelf in shelves(reader, below=below) if shelf.count],
        news=list(news.filter(holds).newest()[:NEWS]),
        own=mine,
        changed=list(rest.order_by("-changed_at", "-pk")[:FEW]),
    )


def own(reader: Reader) -> Q:
    """What belongs to the reader's own units or the branch of their workplace; to any unit at all for staff."""
    if reader.staff:
        return Q(everybody=False)
    rows = Entry.units.through._default_manager.filter(unit__in=reader.own)
    return Q(everybody=False, level=BRANCH) | Q(pk__in=rows.values("entry"))


def shelves(reader: Reader, *, below: bool, inside: LibraryPage | None = None) -> list[Shelf]:
    """The outermost shelves that the reader may read, or those inside one. Two queries."""
    entries = Entry.objects.within(reader, below=below)
    under = Q(page__path__startswith=inside.path) & ~Q(page=inside) if inside else Q()
    rows = list(entries.of_kind(Entry.Kind.SHELF).filter(under).select_related("page").order_by("page__path"))
    if inside is None:
        rows = [row for row in rows if row.page.depth == 3]  # below the front page; the root is 1
    outermost = [row for row in rows if not any(_inside(row, other) for other in rows)]
    held = _counts(entries.filter(under))
    return [Shelf(row, sum(n for path, n in held if path.startswith(row.page.path))) for row in outermost]


def _inside(row: Entry, other: Entry) -> bool:
    return row.page.path != other.page.path and row.page.path.startswith(other.page.path)


def _counts(entries: QuerySet[Entry]) -> list[tuple[str, int]]:
    """(path of a shelf, how many pages lie right on it)."""
    rows = entries.exclude(kind=Entry.Kind.SHELF).filter(shelf__isnull=False)
    return list(rows.order_by().values_list("shelf__path").annotate(n=Count("pk")))


def crumbs(reader: Reader, page: LibraryPage) -> list[Entry]:
    """The shelves above a page that the reader may read, outermost first. One query."""
    above = [page.path[:end] for end in range(LibraryPage.steplen, len(page.path), LibraryPage.steplen)]
    rows = Entry.objects.within(reader).of_kind(Entry.Kind.SHELF)
    return list(rows.filter(page__path__in=above).order_by("page__path"))


def on_shelf(reader: Reader, shelf: LibraryPage, *, below: bool, inner: Iterable[Shelf]) -> Any:
    """What lies on the shelf and on none of the shelves inside that the reader finds by themselves, in its order: by
    kind, articles by name, minutes by year and unit, the rest newest first.
    """
    rows = Entry.objects.within(reader, below=below).exclude(kind=Entry.Kind.SHELF)
    rows = rows.filter(page__path__startswith=shelf.path)
    for one in inner:
        rows = rows.exclude(page__path__startswith=one.entry.page.path)
    minutes, article = Q(kind=Entry.Kind.MINUTES), Q(kind=Entry.Kind.ARTICLE)
    units = Entry.units.through._default_manager.filter(entry=OuterRef("pk")).order_by("unit__path")
    return rows.annotate(
        rank=Case(*(When(kind=kind, then=Value(n)) for n, kind in enumerate(ORDER)), default=Value(9)),
        year=Case(When(minutes, then=ExtractYear("dated")), default=None),
        met=Case(When(minutes, then=Subquery(units.values("unit__name")[:1])), default=Value("")),
        name=Case(When(article, then=F("title")), default=Value("")),
    ).order_by("rank", F("year").desc(nulls_last=True), "met", "name", "-dated", "pk")


def standing(reader: Reader, shelf: LibraryPage, *, below: bool, kind: str, year: str, page: str) -> Standing:
    """A page of what lies on a shelf, chosen by what stands in the address; nonsense chooses nothing.

    At most seven queries.
    """
    inner = shelves(reader, below=below, inside=shelf)
    rows = on_shelf(reader, shelf, below=below, inner=inner)
    held = _kinds(rows)
    kind = kind if kind in [value for value, _name, _count in held] else ""
    rows = rows.filter(kind=kind) if kind else rows
    known = _years(rows) if kind and kind != Entry.Kind.ARTICLE else []
    chosen = int(year) if year in map(str, known) else None
    rows = rows.filter(dated__year=chosen) if chosen else rows
    turned = Paginator(rows.prefetch_related("units"), PAGE).get_page(page)
    return Standing(inner, held, kind, known, chosen, turned, _groups(turned.object_list))


def _years(rows: Any) -> list[int]:
    """Newest first."""
    return list(rows.order_by("-dated__year").values_list("dated__year", flat=True).distinct())


def _kinds(rows: Any) -> list[tuple[str, Any, int]]:
    held = dict(rows.order_by().values_list("kind").annotate(n=Count("pk")))
    return [(str(kind), NAMES[kind], held[kind]) for kind in ORDER if kind in held]


def _groups(entries: Iterable[Any]) -> list[Group]:
    found = groupby(entries, key=lambda entry: (entry.kind, entry.year, entry.met))
    return [Group(kind, NAMES[kind], list(rows), year, met or "") for (kind, year, met), rows in found]


def has_below(reader: Reader) -> bool:
    """Whether there are units below the reader's own; staff read everything anyway. One query."""
    if reader.staff or not reader.paths:
        return False
    under = Q(pk__in=())
    for path in reader.paths:
        under |= Q(path__startswith=path, depth__gt=len(path) // Unit.steplen)
    return Unit.objects.filter(under).exists()
