"""The members of one mandate by name: narrowed, counted, and a page at a time (demands J1, MS10, MS13).

Pages are found by their first or last member, never by an offset: page 4,000 costs as much as page 2, and nobody is
shown twice or passed over when somebody joins meanwhile.
"""

from __future__ import annotations

import hashlib
import struct
from contextlib import nullcontext
from dataclasses import dataclass

from django.core.cache import caches
from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan

from comms.people import sizes
from comms.people.models import Member, Placement, Unit
from comms.people.placements import says, visible
from comms.people.scope import Asked, MemberQuerySet, Scope, live
from comms.people.tokens import BadToken, seal, unseal
from comms.sql import in_one_process

PAGE = 50  # rows
EXACT = 5_000  # a count up to here is asked for each time; a larger one is remembered
REMEMBERED = 300  # seconds
SORTED = 3_000  # members of whom a page is found soonest by sorting them all
GATHERED = 60_000  # members whose placements are soonest gathered before going through the names
NAMED = 2_000  # units of a scope that are named one by one
PURPOSE = "members-page"

Units = list[int] | None  # see `units_of`
NAME = ("last_name", "first_name", "id")
NAMES = [F(name) for name in NAME]
ID = struct.Struct(">Q")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What narrows a list; `Wanted()` is the whole mandate.

    `below` is the path of a unit: one job must be there or below it. `position` is a part of that job's title,
    `employment` a value of `Placement.Employment`. Each of `words` must begin the number or be in a name.
    """

    below: str = ""
    position: str = ""
    employment: str = ""
    words: str = ""

    @property
    def names_a_job(self) -> bool:
        return bool(self.below or self.position or self.employment)


@dataclass(frozen=True, slots=True)
class Page:
    """Ids of members in the order of the list; tokens of the pages beside it, "" where there is none."""

    ids: list[int]
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a list answers: how many the mandate has, how many of them match, and one page of these."""

    total: int
    matching: int
    page: Page


def find(scope: Scope, wanted: Wanted, *, after: str = "", before: str = "") -> Found:
    """`after` and `before` are tokens of pages."""
    units = units_of(scope)
    total = count(scope, Wanted(), units=units)
    matching = total if wanted == Wanted() else count(scope, wanted, units=units)
    found = page(scope, wanted, units=units, total=total, expected=matching, after=after, before=before)
    return Found(total, matching, found)


def everybody(scope: Scope, wanted: Wanted) -> MemberQuerySet:
    """All who match, in the order of the list."""
    return _members(scope, wanted, units_of(scope)).by_name()


def count(scope: Scope, wanted: Wanted, *, units: Units) -> int:
    """How many. A large number may be five minutes old, that of a whole mandate a day (`comms.people.sizes`)."""
    key = "members:" + hashlib.sha256(repr((scope, wanted)).encode()).hexdigest()
    known = caches["memory"].get(key)
    if known is None:
        known = _whole(scope, units) if wanted == Wanted() else _members(scope, wanted, units).count()
        if known > EXACT:
            caches["memory"].set(key, known, REMEMBERED)
    return known


def _whole(scope: Scope, units: Units) -> int:
    counted = sizes.known(scope)
    return sizes.everybody(scope, units=units) if counted is None else counted


def page(
    scope: Scope, wanted: Wanted, *, units: Units, total: int, expected: int, after: str = "", before: str = ""
) -> Page:
    """The page after or before a place (tokens from another page), else the first. `total` is how many the mandate
    has, `expected` how many of them match.

    A token that is not ours, or names somebody who is gone, leads to the first page.
    """
    rows = _members(scope, wanted, units, asked=_how(total, expected)).by_name()
    far = bool(after or before) and expected > SORTED  # near the end of a list PostgreSQL calls for helpers
    with in_one_process() if far else nullcontext():
        return _found(rows, after=after, before=before)


def _found(rows: MemberQuerySet, *, after: str, before: str) -> Page:
    if place := _place(after):
        if found := _ids(rows.filter(TupleGreaterThan(NAMES, place))):
            return Page(found[:PAGE], before=token(found[0]), after=token(found[PAGE - 1]) if found[PAGE:] else "")
    elif (place := _place(before)) and (found := _ids(rows.filter(TupleLessThan(NAMES, place)).reverse())):
        shown = found[:PAGE][::-1]
        return Page(shown, before=token(shown[0]) if found[PAGE:] else "", after=token(shown[-1]))
    found = _ids(rows)
    return Page(found[:PAGE], after=token(found[PAGE - 1]) if found[PAGE:] else "")


def _ids(rows: MemberQuerySet) -> list[int]:
    """Only the ids, and one more than a page: an index answers that alone."""
    return list(rows.values_list("pk", flat=True)[: PAGE + 1])


def _how(total: int, expected: int) -> Asked | None:
    """The way to a page soonest. A set that does not fit into the database's memory is searched anew for each name."""
    if expected <= SORTED:
        return None
    return Asked.NAMES_AGAINST_SET if total <= GATHERED else Asked.MEMBER_BY_MEMBER


def _members(scope: Scope, wanted: Wanted, units: Units, *, asked: Asked | None = None) -> MemberQuerySet:
    rows: MemberQuerySet = Member.objects.within(scope, asked=asked, units=units)
    if wanted.names_a_job:
        rows = rows.filter((asked or Asked.PLACEMENTS_FIRST).condition(_jobs(scope, wanted)))
    for word in wanted.words.split():
        rows = rows.filter(says("last_name", word) | says("first_name", word) | Q(number__startswith=word))
    return rows


def units_of(scope: Scope) -> Units:
    """The units of the scope one by one, from whose ids PostgreSQL knows by its statistics how many members they have
    (from a path it guesses far too few, and sorts a whole region); None for staff and for very many.
    """
    if scope.staff:
        return None
    units = list(Unit.objects.filter(scope.unit_paths("path")).order_by().values_list("pk", flat=True)[: NAMED + 1])
    return units if len(units) <= NAMED else None


def _jobs(scope: Scope, wanted: Wanted) -> QuerySet[Placement]:
    """The placements that fit: all that is asked for must hold of one and the same job."""
    jobs = Placement.objects.filter(live(scope.on), visible(scope), unit__path__startswith=wanted.below)
    if wanted.position:
        jobs = jobs.filter(says("position", wanted.position))
    return jobs.filter(employment=wanted.employment) if wanted.employment else jobs


def token(member: int) -> str:
    """A place in the list without the name that is there, for the URL; sealed, so that nobody tries other ids."""
    return seal(PURPOSE, ID.pack(member))


def _place(token: str) -> tuple[str, str, int] | None:
    """Where the member of the token stands now."""
    try:
        (member,) = ID.unpack(unseal(PURPOSE, token))
    except (BadToken, struct.error):
        return None
    return Member.unscoped.filter(pk=member, erased_at__isnull=True).values_list(*NAME).first()
