"""Who may read what: a reader is a scope seen from the library's side.

Their own units, everything above those, and what is for everybody; a workplace's mandate also reads what the branch
its employer belongs to reads. Power over members goes down the tree only, reading goes both ways.
"""

from __future__ import annotations

from dataclasses import dataclass

from comms.people.models import Unit
from comms.people.scope import Scope


@dataclass(frozen=True, slots=True)
class Reader:
    """`units` are ids: own units and those above. `own` are ids of the mandates' units, `paths` their treebeard paths:
    what lies below them may be read as well. `staff` read everything.
    """

    units: tuple[int, ...]
    own: tuple[int, ...]
    paths: tuple[str, ...]
    staff: bool = False

    @classmethod
    def of(cls, scope: Scope) -> Reader:
        """At most two queries: the units on the way up, and the branches that employers belong to."""
        found = _up(scope.paths)
        branches = [unit.branch.path for unit in found if unit.branch]
        own = tuple(unit.pk for unit in found if unit.path in scope.paths)
        units = {unit.pk for unit in found} | {unit.pk for unit in _up(branches)}
        return cls(units=tuple(sorted(units)), own=own, paths=scope.paths, staff=scope.staff)


def _up(paths: tuple[str, ...] | list[str]) -> list[Unit]:
    """The units of the paths and all those above them, by path."""
    steps = {path[:end] for path in paths for end in range(Unit.steplen, len(path) + 1, Unit.steplen)}
    return list(Unit.objects.filter(path__in=steps).select_related("branch").order_by("path")) if steps else []
