"""What a file changes for one member. Pure: no database, no clock."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from comms.people.roster.cleaning import Job
from comms.people.roster.stage import Entry


class Held(NamedTuple):
    """A placement we have, live on the day or beginning later."""

    pk: int
    unit: int
    start: datetime.date
    job: Job


@dataclass
class Known:
    """What we know about a member before the file."""

    pk: int
    fields: dict[str, str]
    left: bool = False
    held: list[Held] = field(default_factory=list)
    corrections: dict[str, str] = field(default_factory=dict)


@dataclass
class Rules:
    """What silence means: `home` is the covered unit, `covered(ref)` whether the file is complete for a unit,
    `told(ref)` whether it has a column that could name it, `union(ref)` whether it belongs to the union's own tree.
    """

    home: int
    covered: Callable[[int], bool]
    told: Callable[[int], bool]
    union: Callable[[int], bool]


@dataclass
class Change:
    """Old and new values by field; placements to begin (unit -> job), to end, to adjust (placement -> job).

    `kept`: fields where a correction made here wins, with the file's value. `agreed`: corrections no longer needed.
    """

    entry: Entry
    known: Known | None
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)
    begin: dict[int, Job] = field(default_factory=dict)
    end: list[Held] = field(default_factory=list)
    adjust: dict[int, Job] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    agreed: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        """added · returned · changed · moved, or nothing; a member may have both changed and moved."""
        if self.known is None:
            return ["added"]
        kinds = ["returned"] if self.known.left and self.entry.fields else []
        kinds += ["changed"] if self.fields or self.adjust else []
        return kinds + (["moved"] if self.begin or self.end else [])


def compare(entry: Entry, known: Known | None, *, rules: Rules, on: datetime.date) -> Change:
    """What has to change so that we say what the file says from the day `on`."""
    change = Change(entry, known)
    _compare_fields(change)
    _compare_places(change, rules, on)
    return change


def _compare_fields(change: Change) -> None:
    known = change.known
    for name, value in change.entry.fields.items():
        if known is None:
            change.fields[name] = ("", value)
        elif name in known.corrections and known.corrections[name] != value:
            change.kept[name] = value
        else:
            if name in known.corrections:
                change.agreed.append(name)
            if known.fields[name] != value:
                change.fields[name] = (known.fields[name], value)
    if "email" in change.kept:  # the file's address is not in use, nor is what was wrong with it
        change.fields.pop("email_problem", None)


def _compare_places(change: Change, rules: Rules, on: datetime.date) -> None:
    entry, held = change.entry, {h.unit: h for h in change.known.held} if change.known else {}
    wanted = dict(entry.places)
    elsewhere = any(rules.union(unit) and not rules.covered(unit) for unit in wanted)
    stays = [unit for unit in held if rules.covered(unit) and not rules.told(unit)]
    if not (entry.partial or elsewhere or stays or any(map(rules.covered, wanted))):
        wanted[rules.home] = Job()  # in the file, so a member of the covered unit, though no column says where
    for unit, job in wanted.items():
        if unit not in held:
            change.begin[unit] = job
        elif merged := _merged(held[unit].job, job):
            change.adjust[held[unit].pk] = merged
    _name_a_main_employer(change, [h.job for h in held.values()], rules)
    if not entry.partial:
        silent = [h for unit, h in held.items() if unit not in wanted and h.start <= on]
        change.end = [h for h in silent if rules.covered(h.unit) and rules.told(h.unit)]


def _merged(ours: Job, theirs: Job) -> Job | None:
    """Our job with what the file says about it; None when that changes nothing."""
    merged = ours._replace(**{name: value for name, value in theirs._asdict().items() if value is not None})
    return None if merged == ours else merged


def _name_a_main_employer(change: Change, held: list[Job], rules: Rules) -> None:
    """Where no column says which employer is the main one, the first is."""
    if not any(job.main for job in [*held, *change.begin.values()]):
        for unit, job in change.begin.items():
            if job.main is None and not rules.union(unit):
                change.begin[unit] = job._replace(main=True)
                return
