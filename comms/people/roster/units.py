"""The units a membership file names: found by number or name, made when the file may make them."""

from __future__ import annotations

import difflib
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Q
from django.utils.translation import gettext as _

from comms.people.models import Unit
from comms.people.roster.cleaning import WORK_KINDS, Level, RowRefused


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """A unit by `ref`: its primary key, or a negative number while it does not exist."""

    ref: int
    kind: str
    name: str
    code: str
    path: str = ""
    parent: Place | None = None
    branch: int | None = None  # the branch an employer's tree hangs below
    ended: bool = False

    def line(self) -> Iterator[Place]:
        """This unit and those above it."""
        place: Place | None = self
        while place:
            yield place
            place = place.parent

    @property
    def is_work(self) -> bool:
        return self.kind in WORK_KINDS


def fold(name: str) -> str:
    return " ".join(name.casefold().split())


class UnitBook:
    """Every unit, in memory, with those the file adds. `covers` is the unit the file is complete for."""

    def __init__(self, *, covers: Unit, on: object, may_create: frozenset[str]) -> None:
        self.places: dict[int, Place] = {}
        self.created: list[Place] = []
        self.resembles: dict[int, str] = {}
        self._by_code: dict[str, Place] = {}
        self._by_name: dict[tuple[str, str], list[Place]] = defaultdict(list)
        self._existing: dict[tuple[Place | None, str], list[Place]] = defaultdict(list)
        self._children: dict[tuple[Place | None, str, str], list[Place]] = defaultdict(list)
        self._resolved: dict[tuple[Level, ...], Place | RowRefused] = {}
        self._may_create = may_create
        above: list[Place] = []
        columns = ("pk", "kind", "name", "code", "path", "branch_id", "ended_on")
        for pk, kind, name, code, path, branch, ended in Unit.objects.order_by("path").values_list(*columns):
            above = [place for place in above if path.startswith(place.path)]
            gone = ended is not None and ended <= on
            place = Place(pk, kind, name, code, path, above[-1] if above else None, branch, gone)
            above.append(place)
            self._add(place)
        self.covers = self.places[covers.pk]
        self._whole = covers.kind == Unit.Kind.UNION and covers.depth == 1
        self._covered: dict[int, bool] = {}

    def _add(self, place: Place) -> None:
        self.places[place.ref] = place
        self._by_code.setdefault(fold(place.code), place)
        self._by_name[place.kind, fold(place.name)].append(place)
        if place.ref > 0:
            self._existing[place.parent, place.kind].append(place)
        self._children[place.parent, place.kind, fold(place.name)].append(place)

    def covered(self, ref: int) -> bool:
        """Whether the file's silence about this unit means anything: it lies below the covered one, or belongs to
        an employer whose branch does. A file for the union's root covers every unit.
        """
        if ref not in self._covered:
            place = self.places.get(ref)  # None: made by somebody else since we looked
            self._covered[ref] = place is not None and (self._whole or self._below(place))
        return self._covered[ref]

    def _below(self, place: Place) -> bool:
        line = list(place.line())
        if self.covers in line:
            return True
        branch = self.places.get(line[-1].branch or 0)
        return branch is not None and self.covers in branch.line()

    def covered_paths(self, field: str) -> Q:
        """`covered` as a condition on the unit path in `field`."""
        if self._whole:
            return Q()
        roots = [p for p in self.places.values() if p.path and not p.parent and p is not self.covers and self._below(p)]
        condition = Q(**{f"{field}__startswith": self.covers.path})
        for root in roots:
            condition |= Q(**{f"{field}__startswith": root.path})
        return condition

    # --- finding and making -----------------------------------------------------------------------------------------

    def resolve(self, chain: tuple[Level, ...]) -> Place:
        """The deepest unit of the chain. Raises `RowRefused` naming the closest unit we know."""
        if chain not in self._resolved:
            try:
                self._resolved[chain] = self._walk(chain)
            except RowRefused as refused:
                self._resolved[chain] = refused
        found = self._resolved[chain]
        if isinstance(found, RowRefused):
            raise RowRefused(found.column, found.reason, found.suggestion)
        return found

    def _walk(self, chain: tuple[Level, ...]) -> Place:
        last = chain[-1]
        place = self._by_number(last, below=None) if last.code and last.kind not in WORK_KINDS else None
        if place is None:
            if self.covers.is_work and chain[0].kind in {"mid_level", "workplace"}:
                place = self.covers  # an employer's own file need not name the employer
            for level in chain:
                place = self._find(level, below=place) or self._create(level, below=place)
        assert place is not None
        if place.ended:
            raise RowRefused(last.kind, _("The unit “%s” has been closed.") % place.name)
        return place

    def _find(self, level: Level, *, below: Place | None) -> Place | None:
        if found := self._by_number(level, below=below):
            return found
        name = fold(level.name)
        candidates = self._children[below, level.kind, name] or [
            place for place in self._by_name[level.kind, name] if below is None or below in place.line()
        ]
        if level.code:  # a number we have not seen: the same name belongs to another unit, unless that has no number
            candidates = [place for place in candidates if place.code.startswith(f"{level.kind}-")]
        if len(candidates) > 1:
            raise RowRefused(level.kind, _("Several units are called “%s”.") % level.name, _("Give the unit's number."))
        return candidates[0] if candidates and level.name else None

    def _numbers(self, level: Level, below: Place | None) -> list[str]:
        """How a unit with this number may be kept: numbers are unique per kind and employer, `Unit.code` overall."""
        code = level.code or level.name
        return [code, f"{below.code}/{code}", f"{level.kind}-{code}"] if below else [code, f"{level.kind}-{code}"]

    def _by_number(self, level: Level, *, below: Place | None) -> Place | None:
        for code in self._numbers(level, below):
            place = self._by_code.get(fold(code))
            if place and level.kind in {"", place.kind} and (below is None or below in place.line()):
                return place
        return None

    def _create(self, level: Level, *, below: Place | None) -> Place:
        rootless = below is None and level.kind in {"mid_level", "workplace"}
        if level.kind not in self._may_create or not level.name or rootless:
            closest = self._closest(level, [p for p in self.places.values() if level.kind in {"", p.kind}])
            raise RowRefused(level.kind or "units", _("There is no unit “%s”.") % (level.name or level.code), closest)
        if below is None and level.kind != "employer":
            below = self.covers
        line = f"{below.code if below else ''}|{fold(level.name)}"
        code = f"{level.kind}-{hashlib.sha256(line.encode()).hexdigest()[:12]}"
        if level.code:
            code = next((c for c in self._numbers(level, below) if fold(c) not in self._by_code and len(c) <= 40), code)
        place = Place(-1 - len(self.created), level.kind, level.name[:160], code, parent=below)
        self.resembles[place.ref] = self._closest(level, self._existing[below, level.kind])
        self.created.append(place)
        self._add(place)
        return place

    @staticmethod
    def _closest(level: Level, places: list[Place]) -> str:
        """ "Avdelning Norr (12)": what the file probably meant, or ""."""
        known = {fold(p.name if level.name else p.code): p for p in places}
        close = difflib.get_close_matches(fold(level.name or level.code), known, n=1, cutoff=0.75)
        return f"{known[close[0]].name} ({known[close[0]].code})" if close else ""

    def write(self) -> dict[int, int]:
        """Creates what the file added, a generation at a time. Returns `negative ref -> primary key`.

        treebeard adds nodes one by one, four questions each; twelve thousand workplaces took minutes.
        """
        above = {place.parent.ref for place in self.created if place.parent and place.parent.ref > 0}
        units = {unit.pk: unit for unit in Unit.objects.select_for_update().filter(pk__in=above)}
        youngest: dict[int | None, Unit | None] = {ref: unit.get_last_child() for ref, unit in units.items()}
        youngest[None] = Unit.get_last_root_node()
        for _depth, places in groupby(sorted(self.created, key=_depth_of), key=_depth_of):
            born = {place.ref: _next_child(place, units, youngest) for place in places}
            Unit.objects.bulk_create(born.values())
            units |= born
        Unit.objects.bulk_update([unit for unit in units.values() if unit.numchild], ["numchild"], batch_size=500)
        return {ref: unit.pk for ref, unit in units.items() if ref < 0}


def _depth_of(place: Place) -> int:
    return sum(1 for _above in place.line())


def _next_child(place: Place, units: dict[int, Unit], youngest: dict[int | None, Unit | None]) -> Unit:
    """The unit for a new place, after its parent's youngest child (`youngest`, by parent's ref)."""
    unit = Unit(name=place.name, kind=place.kind, code=place.code, depth=1)
    key = place.parent.ref if place.parent else None
    before, parent_path = youngest.get(key), ""
    if key is not None:
        parent = units[key]
        unit.depth, parent_path = parent.depth + 1, parent.path
        parent.numchild += 1
    unit.path = before._inc_path() if before else Unit._get_path(parent_path, unit.depth, 1)
    youngest[key] = unit
    return unit
