"""What narrows a mandate, as it is stored and as SQL. A filter can only ever take people away (threat S2)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from django.db.models import Exists, OuterRef, Q

from comms.people.models import Placement, Unit
from comms.people.placements import says, visible
from comms.people.scope import Scope, live
from mailings.discretion import spares_work
from mailings.models import Mailing, Recipient, RecipientState

MEMBERSHIP_KINDS = (Unit.Kind.UNION, Unit.Kind.REGION, Unit.Kind.BRANCH, Unit.Kind.CLUB)
MISSED = (RecipientState.SKIPPED, RecipientState.FAILED, RecipientState.BOUNCED)  # a mailing did not get to them


class BadFilter(ValueError):
    """The stored filter has a key or a type that is not known: refused, because a misread filter could reach more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What narrows a mandate; `Filter()`, in JSON `{}`, is the whole mandate.

    `units` are ids of units, each with everything below it. About one job: `employers` and `workplaces` are ids of
    units it is at or below, `employment` values of `Placement.Employment`, `positions` whole job titles, `position` a
    part of one in any case. `languages` are codes. `new_since`: the first placement in the mandate began on that day
    or later. `mailed` and `not_mailed` are ids of mailings of the mandate's own unit: those who got one of them, and
    those who got none. None means "all", an empty tuple means nobody (of `not_mailed`: nothing to leave out).
    `spare_work` is not stored with the rest: what becomes of addresses at an employer is the mailing's to say (`of`).
    """

    units: tuple[int, ...] | None = None
    employers: tuple[int, ...] | None = None
    workplaces: tuple[int, ...] | None = None
    employment: tuple[str, ...] | None = None
    positions: tuple[str, ...] | None = None
    position: str = ""
    main_employer_only: bool = False
    languages: tuple[str, ...] | None = None
    new_since: datetime.date | None = None
    mailed: tuple[int, ...] | None = None
    not_mailed: tuple[int, ...] | None = None
    spare_work: bool = False

    @classmethod
    def of(cls, mailing: Mailing) -> Self:
        """A mailing's choice of recipients, and whether it spares addresses at work. Raises `BadFilter`."""
        return replace(cls.from_json(mailing.audience), spare_work=spares_work(mailing))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises `BadFilter`."""
        unknown = data.keys() - {known.name for known in fields(cls) if known.name != "spare_work"}
        if unknown:
            raise BadFilter(f"unknown: {', '.join(sorted(unknown))}")
        ids = ("units", "employers", "workplaces", "mailed", "not_mailed")
        words = ("employment", "positions", "languages")
        lists = {**{name: _several(data, name, int) for name in ids}, **{n: _several(data, n, str) for n in words}}
        return cls(
            position=_one(data, "position", str, ""),
            main_employer_only=_one(data, "main_employer_only", bool, False),
            new_since=_day(data, "new_since"),
            **lists,
        )

    def to_json(self) -> dict[str, Any]:
        """Only what narrows, so that the whole mandate is `{}`."""
        whole = asdict(replace(self, spare_work=False))
        kept = {name: value for name, value in whole.items() if value not in (None, "", False)}
        return {name: _plain(value) for name, value in kept.items()}

    @property
    def is_whole_mandate(self) -> bool:
        return replace(self, spare_work=False) == type(self)()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _several(data: Mapping[str, Any], name: str, kind: type) -> Any:
    values = data.get(name)
    if values is None:
        return None
    if not isinstance(values, list | tuple) or any(type(value) is not kind for value in values):
        raise BadFilter(f"{name} is not a list of {kind.__name__}")
    return tuple(values)


def _one(data: Mapping[str, Any], name: str, kind: type, default: Any) -> Any:
    value = data.get(name, default)
    if type(value) is not kind:
        raise BadFilter(f"{name} is not {kind.__name__}")
    return value


def _day(data: Mapping[str, Any], name: str) -> datetime.date | None:
    if (value := data.get(name)) is None:
        return None
    try:
        return datetime.date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BadFilter(f"{name} is not a day") from error


# --- as SQL ---------------------------------------------------------------------------------------------------------
def conditions(filter: Filter, scope: Scope) -> list[Q | Exists]:
    """What a member of the mandate must fulfil to stay in the audience."""
    found: list[Q | Exists] = list(_job_and_place(filter, scope))
    if filter.languages is not None:
        found.append(Q(language__in=filter.languages))
    if filter.new_since is not None:
        everything = Placement.objects.filter(scope.unit_paths("unit__path"), member=OuterRef("pk"))
        found.append(~Q(Exists(everything.filter(start__lt=filter.new_since))))
    if filter.mailed is not None:
        found.append(_got(filter.mailed, scope))
    if filter.not_mailed:
        found.append(~Q(_got(filter.not_mailed, scope)))
    return found


def _job_and_place(filter: Filter, scope: Scope) -> Iterable[Q | Exists]:
    placements = Placement.objects.filter(live(scope.on), visible(scope), member=OuterRef("pk"))
    job = _job(filter)
    if filter.units is None:
        return [Exists(placements.filter(job))] if job else []
    here = placements.filter(_below(filter.units))
    if not job:
        return [Exists(here)]
    member_here = Q(Exists(here.filter(unit__kind__in=MEMBERSHIP_KINDS)))
    return [Q(Exists(here.filter(job))) | (member_here & Q(Exists(placements.filter(job))))]


def _job(filter: Filter) -> Q:
    """The conditions on one job. With a workplace chosen the job must be there; a club knows no jobs, so with
    a club chosen it may be any the scope may see.
    """
    job = Q()
    for places in (filter.employers, filter.workplaces):
        if places is not None:
            job &= _below(places)
    if filter.employment is not None:
        job &= Q(employment__in=filter.employment)
    if filter.positions is not None:
        job &= Q(position__in=filter.positions)
    if filter.main_employer_only:
        job &= Q(main_employer=True)
    if filter.position:
        job &= says("position", filter.position)
    return job


def _below(unit_ids: tuple[int, ...]) -> Q:
    condition = Q(pk__in=())
    for path in Unit.objects.filter(pk__in=unit_ids).values_list("path", flat=True):
        condition |= Q(unit__path__startswith=path)
    return condition


def _got(mailings: tuple[int, ...], scope: Scope) -> Exists:
    """Those who got, or may still get, one of these mailings of the mandate's own unit; others' mailings count for
    nothing, so that nobody learns from a filter whom another unit wrote to.
    """
    return Exists(got(mailings, scope).filter(member=OuterRef("pk")))


def got(mailings: Iterable[int], scope: Scope) -> Any:
    """The recipients meant by "those who got it"."""
    rows = Recipient.objects.within(scope).filter(mailing__in=list(mailings), mailing__unit__path__in=scope.paths)
    return rows.exclude(state__in=MISSED)
