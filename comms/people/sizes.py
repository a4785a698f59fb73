"""How many members a large mandate has, counted beforehand: counting two million takes a second, a page should not."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Q

from comms.people.models import Member, Placement, Unit, UnitSize
from comms.people.scope import Scope, live, placed

LARGE = 20_000  # placements from which a number is kept; fewer are counted in a tenth of a second
STANDS = datetime.timedelta(days=1)  # until the night's count, the number of the day before


def everybody(scope: Scope, *, units: Sequence[int] | None = None) -> int:
    """`Member.objects.within(scope).count()`, put so that an index answers it: all who have a live placement, without
    the few among them who have left or are erased. `units` are the ids of all units of the scope, if known.
    """
    members = Placement.objects.filter(placed(scope, units=units)).order_by().values("member").distinct()
    gone = Member.unscoped.filter(Q(left_on__lte=scope.on) | Q(erased_at__isnull=False), pk__in=members)
    return members.count() - gone.count()


def known(scope: Scope) -> int | None:
    """The number counted beforehand, at most a day old; None for a small scope, several mandates or an old number."""
    if not scope or not (scope.staff or len(scope.paths) == 1):
        return None
    whose = Q(unit=None) if scope.staff else Q(unit__path=scope.paths[0])
    rows = UnitSize.objects.filter(whose, on__range=(scope.on - STANDS, scope.on))
    return rows.values_list("members", flat=True).first()


def recount(*, on: datetime.date) -> int:
    """Counts each large mandate there could be, and all together, as of the day; answers how many. Every night, and
    after an import.
    """
    below: Counter[str] = Counter()
    placements = Placement.objects.filter(live(on)).order_by().values_list("unit").annotate(Count("pk"))
    paths = dict(Unit.objects.order_by().values_list("pk", "path"))
    for unit, n in placements:
        for end in range(0, len(paths[unit]) + 1, Unit.steplen):
            below[paths[unit][:end]] += n
    ids = {path: pk for pk, path in paths.items()}
    rows = [
        UnitSize(unit_id=ids.get(path), on=on, members=everybody(Scope(on, (0,), (path,), staff=not path)))
        for path, n in below.items()
        if n > LARGE
    ]
    with transaction.atomic():
        UnitSize.objects.all().delete()
        UnitSize.objects.bulk_create(rows)
    return len(rows)
