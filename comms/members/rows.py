"""What a list shows of a member: name and jobs (demand MS13), never e-mail or mobile (feature D5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from comms.people.models import Member, Placement, Unit
from comms.people.placements import visible
from comms.people.scope import Scope, live

SHOWN = ("public_id", "first_name", "last_name", "number", "restricted")  # all that is read from the members


@dataclass(frozen=True, slots=True)
class Job:
    """One placement as far as the scope may know it; names of units are "" where there is none of the kind."""

    position: str
    employment: str  # a value of Placement.Employment
    main_employer: bool
    workplace: str
    mid_level: str
    employer: str

    @property
    def employment_name(self) -> str:
        return str(Placement.Employment(self.employment).label) if self.employment else ""

    @property
    def says_something(self) -> bool:
        return bool(self.position or self.employment or self.workplace or self.mid_level or self.employer)


@dataclass(frozen=True, slots=True)
class Row:
    member: Member
    jobs: list[Job] = field(default_factory=list)  # the one at the main employer first


def rows(ids: Sequence[int], *, scope: Scope, more: Sequence[str] = ()) -> list[Row]:
    """The members of these ids, which a list of the same scope has answered, in their order; three queries.

    `more` names columns of a member to be read as well.
    """
    members = Member.unscoped.only(*SHOWN, *more).in_bulk(ids)
    jobs = _jobs(ids, scope)
    return [Row(members[pk], jobs[pk]) for pk in ids if pk in members]


def _jobs(ids: Sequence[int], scope: Scope) -> dict[int, list[Job]]:
    placed = Placement.objects.filter(live(scope.on), visible(scope), member__in=ids).order_by("-main_employer", "id")
    columns = ("member_id", "position", "employment", "main_employer", "unit__path")
    found = list(placed.values_list(*columns))
    names = _names_above({path for *_more, path in found})
    jobs: dict[int, list[Job]] = defaultdict(list)
    for member, position, employment, main, path in found:
        above = names[path]
        places = [above.get(kind, "") for kind in (Unit.Kind.WORKPLACE, Unit.Kind.MID_LEVEL, Unit.Kind.EMPLOYER)]
        job = Job(position, employment, main, *places)
        if job.says_something:
            jobs[member].append(job)
    return jobs


def _names_above(paths: Iterable[str]) -> dict[str, dict[str, str]]:
    """For each path of a unit: kind -> name of that unit and those above it."""
    steps = {path: [path[:end] for end in range(Unit.steplen, len(path) + 1, Unit.steplen)] for path in paths}
    wanted = {step for above in steps.values() for step in above}
    units = {path: (kind, name) for path, kind, name in
             Unit.objects.filter(path__in=wanted).order_by().values_list("path", "kind", "name")}  # fmt: skip
    return {path: dict(units[step] for step in above if step in units) for path, above in steps.items()}
