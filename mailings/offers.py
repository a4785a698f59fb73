"""What the recipients step offers to tick: units, employers, workplaces, job titles and earlier mailings.

Everything comes from the mandate's own unit and what is below it; the lists are short, however large the union is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Case, Count, Q, Value, When
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from comms.people.models import Placement, Unit
from comms.people.placements import visible
from comms.people.scope import Scope, live
from mailings import narrowing
from mailings.models import Mailing, MailingState

SHOWN = 40  # units in a row; more are searched for
TITLES = 8  # job titles
LOOKED_AT = 1000  # members, to find the usual titles: in a region of 200,000 all of them take half a second
MAILINGS = 8  # the newest ones
LOCKED = (MailingState.SENDING, MailingState.PAUSED, MailingState.DONE, MailingState.CANCELLED)  # it has recipients


def _open() -> Q:
    return Q(ended_on__isnull=True) | Q(ended_on__gt=timezone.localdate())


def units(unit: Unit) -> Any:
    """The next level of the union's own tree: a region's branches, a branch's clubs."""
    below = Unit.objects.filter(path__startswith=unit.path, depth=unit.depth + 1)
    return below.filter(_open(), kind__in=narrowing.MEMBERSHIP_KINDS).order_by("name", "pk")


def employers(unit: Unit, *, everything: bool) -> Any:
    """The employers that belong to a branch at or below the unit; for staff all of them."""
    chosen = Q() if everything else Q(branch__path__startswith=unit.path)
    return Unit.objects.filter(chosen, _open(), kind=Unit.Kind.EMPLOYER, depth=1).order_by("name", "pk")


def workplaces(unit: Unit, *, everything: bool) -> Any:
    """The workplaces and mid-levels of those employers, or those below the unit where it is an employer's own."""
    rows = Unit.objects.filter(_open(), kind__in=(Unit.Kind.MID_LEVEL, Unit.Kind.WORKPLACE)).order_by("name", "pk")
    if everything:
        return rows
    own = Q(path__startswith=unit.path, depth__gt=unit.depth)
    roots = Unit.objects.filter(branch__path__startswith=unit.path, depth=1).values("path")
    return rows.annotate(tree=Left("path", Unit.steplen)).filter(own | Q(tree__in=roots))


def shown(every: Any, *, kept: tuple[int, ...] | None, find: str = "") -> tuple[list[Unit], int]:
    """(the rows to draw, how many there are): the ticked ones, then by name, at most `SHOWN` of them."""
    ticked = list(kept or ())
    found = every.filter(Q(name__icontains=find) | Q(name__icontains=find.capitalize())) if find else every
    first = list(every.filter(pk__in=ticked)) if ticked else []
    more = list(found.exclude(pk__in=ticked)[: SHOWN + 1])
    return [*first, *more[:SHOWN]], len(more)


def labels(units: list[Unit]) -> list[tuple[int, str]]:
    """(id, name) of each, with the employer's name where two are called the same."""
    count = Counter(unit.name for unit in units)
    twice = {unit.path[: Unit.steplen] for unit in units if count[unit.name] > 1}
    above = dict(Unit.objects.filter(path__in=twice).values_list("path", "name")) if twice else {}

    def label(unit: Unit) -> str:
        employer = above.get(unit.path[: Unit.steplen], "")
        return f"{unit.name}, {employer}" if count[unit.name] > 1 and employer != unit.name else unit.name

    return [(unit.pk, label(unit)) for unit in units]


def positions(scope: Scope) -> list[str]:
    """The usual job titles of the scope's members, the most frequent first; judged by so many of them."""
    here = Placement.objects.filter(live(scope.on), scope.unit_paths("unit__path")).order_by()
    jobs = Placement.objects.filter(
        live(scope.on), visible(scope), member__in=here.values("member")[:LOOKED_AT]
    ).exclude(position="")
    rows = jobs.values_list("position").annotate(n=Count("pk")).order_by("-n", "position")
    return [position for position, _n in rows[:TITLES]]


def earlier(mailing: Mailing, *, scope: Scope) -> Any:
    """The mailings of the same unit that have recipients, the newest first."""
    rows = Mailing.objects.within(scope).filter(unit=mailing.unit, state__in=LOCKED).exclude(pk=mailing.pk)
    return rows.newest()


def kept_mailings(every: Any, ids: tuple[int, ...] | None) -> list[Mailing]:
    return list(every.filter(pk__in=ids)) if ids else []


def newest(every: Any, kept: Iterable[Mailing]) -> list[Mailing]:
    """The ticked ones, then the newest others."""
    first = list(kept)
    ticked = Case(When(pk__in=[one.pk for one in first], then=Value(0)), default=Value(1))
    return list(every.order_by(ticked, "-created_at", "-id")[: MAILINGS + len(first)])


def title(one: Unit | Mailing) -> str:
    """The name of a unit; of a mailing the subject and the day, for subjects come again every year."""
    if isinstance(one, Unit):
        return one.name
    day = date_format(timezone.localtime(one.confirmed_at or one.created_at), "j F Y")
    return f"{one.subject or _('No subject yet')} · {day}"
