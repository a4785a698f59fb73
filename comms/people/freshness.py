"""How old the membership data behind a list is (demands J1, EU1): every list says so, an old source is a banner."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from comms.people.models import RosterImport, Unit
from comms.people.scope import Scope


def as_of(scope: Scope) -> datetime.datetime | None:
    """How fresh the roster behind the scope is: the newest file that covers it or a part of it."""
    whole = Q(covers__kind=Unit.Kind.UNION, covers__depth=1) if scope else Q(pk__in=())  # employers' trees too
    covering = Q() if scope.staff else whole
    for path in () if scope.staff else scope.paths:
        above = [path[:end] for end in range(Unit.steplen, len(path) + 1, Unit.steplen)]
        covering |= Q(covers__path__in=above) | Q(covers__path__startswith=path)
    newest = RosterImport.objects.filter(covering).order_by("-as_of").values_list("as_of", flat=True).first()
    return timezone.localtime(newest) if newest else None


def is_stale(as_of: datetime.datetime, *, now: datetime.datetime) -> bool:
    """Older than ROSTER_STALE_DAYS."""
    return now - as_of > datetime.timedelta(days=settings.ROSTER_STALE_DAYS)
