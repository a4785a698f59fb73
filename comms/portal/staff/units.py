"""Units: added below a parent, or as a new employer; renamed; closed when nobody is left in them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from comms.people import work_mail
from comms.people.models import Mandate, Placement, Unit, User
from comms.portal.staff import Refused, history

CHILD_KINDS = {
    "union": ("region", "branch"),
    "region": ("branch", "club"),
    "branch": ("club", "branch"),
    "club": ("club",),
    "employer": ("mid_level", "workplace"),
    "mid_level": ("mid_level", "workplace"),
    "workplace": ("workplace",),
}


def kinds_below(parent: Unit | None) -> tuple[str, ...]:
    """Which kinds may be added below a unit; without a parent only an employer starts a tree of its own."""
    return CHILD_KINDS[parent.kind] if parent else ("employer",)


def add(unit: Unit, *, parent: Unit | None, by: User, domains: Sequence[str] = ()) -> Unit:
    """Stores a new unit, with the domains of an employer. Raises `Refused` below a closed parent."""
    with transaction.atomic():
        if parent is None:
            unit = Unit.add_root(instance=unit)
        else:
            fresh = Unit.objects.select_for_update().get(pk=parent.pk)  # treebeard reads the parent's child counter
            if fresh.ended_on:
                raise Refused(_("The unit above is closed."))
            unit = fresh.add_child(instance=unit)
        work_mail.put(unit, domains)
        history.note("people.unit.add", unit, by=by)
    return unit


@transaction.atomic
def change(unit: Unit, *, by: User, domains: Sequence[str]) -> None:
    unit.save(update_fields=["name", "code", "mailbox", "address", "branch"])
    work_mail.put(unit, domains)
    history.note("people.unit.change", unit, by=by)


def _after(day: datetime.date) -> Q:
    return Q(end__isnull=True) | Q(end__gt=day)


def members_after(unit: Unit, day: datetime.date) -> int:
    """How many members still belong here or below after `day`."""
    rows = Placement.objects.filter(_after(day), unit__path__startswith=unit.path, member__erased_at__isnull=True)
    rows = rows.filter(Q(member__left_on__isnull=True) | Q(member__left_on__gt=day))
    return rows.values("member").distinct().count()


def mandates_after(unit: Unit, day: datetime.date) -> QuerySet[Mandate]:
    """The mandates that still hold here or below after `day`."""
    return Mandate.objects.filter(_after(day), unit__path__startswith=unit.path).select_related("user", "unit")


def close(unit: Unit, *, last_day: datetime.date, by: User) -> None:
    """Closes a unit and everything below it. Raises `Refused` while members or mandates are left, or for the union."""
    if unit.kind == Unit.Kind.UNION:
        raise Refused(_("The union itself cannot be closed."))
    if members_after(unit, last_day) or mandates_after(unit, last_day).exists():
        raise Refused(_("Members or mandates are left here. Move or end them first."))
    with transaction.atomic():
        open_units = Unit.objects.filter(path__startswith=unit.path, ended_on__isnull=True)
        if not open_units.update(ended_on=last_day):
            raise Refused(_("The unit is closed already."))
        history.note("people.unit.close", unit, by=by, last_day=last_day)
