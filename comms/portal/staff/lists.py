"""What the staff lists show: each a queryset narrowed by what the URL says."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest

from comms.people import freshness
from comms.people.models import Mandate, RosterImport, Unit, User
from comms.people.scope import live

PAGE = 50  # rows


def page_of(rows: QuerySet[Any], request: HttpRequest) -> Page[Any]:
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))


def _words(text: str, fields: Iterable[str]) -> Q:
    """Every word must be found in one of the fields."""
    condition = Q()
    for word in text.split():
        one = Q()
        for field in fields:
            one |= Q(**{f"{field}__icontains": word})
        condition &= one
    return condition


def users(*, q: str = "", state: str = "", on: datetime.date) -> QuerySet[User]:
    """Accounts by name with today's and coming mandates in `current`."""
    current = (
        Mandate.objects.filter(Q(end__isnull=True) | Q(end__gte=on)).select_related("unit").order_by("start", "id")
    )
    rows = User.objects.filter(_words(q, ("first_name", "last_name", "email")))
    rows = rows.prefetch_related(Prefetch("mandates", current, to_attr="current"))
    if state != "all":
        rows = rows.filter(is_active=state != "ended")
    if state == "none":
        rows = rows.filter(~Exists(Mandate.objects.filter(live(on), user=OuterRef("pk"))))
    return rows.order_by("last_name", "first_name", "id")


def mandates(*, q: str = "", role: str = "", state: str = "", on: datetime.date) -> QuerySet[Mandate]:
    """Mandates of a kind, those that end first on top."""
    states = {
        "": live(on),
        "soon": live(on) & Q(end__lte=on + datetime.timedelta(days=60)),
        "later": Q(start__gt=on),
        "ended": Q(end__lt=on),
    }
    rows = Mandate.objects.filter(states.get(state, live(on)))
    rows = rows.filter(_words(q, ("user__first_name", "user__last_name", "user__email", "unit__name")))
    if role:
        rows = rows.filter(role=role)
    order = "-end" if state == "ended" else "end"
    return rows.select_related("user", "unit").order_by(order, "unit__path", "id")


def units(*, q: str = "", kind: str = "", state: str = "") -> QuerySet[Unit]:
    """Units in the order of the tree."""
    rows = Unit.objects.filter(_words(q, ("name", "code")), ended_on__isnull=state != "closed")
    return (rows.filter(kind=kind) if kind else rows).order_by("path")


def imports(*, now: datetime.datetime) -> list[tuple[RosterImport, bool]]:
    """The newest membership file per unit, with whether it is old."""
    newer = RosterImport.objects.filter(covers=OuterRef("covers"), as_of__gt=OuterRef("as_of"))
    rows = RosterImport.objects.filter(~Exists(newer)).select_related("covers").order_by("covers__path", "-id")
    return [(row, freshness.is_stale(row.as_of, now=now)) for row in rows]
