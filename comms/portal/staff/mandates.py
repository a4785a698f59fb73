"""Mandates: given with dates, ended by a date. What was never begun may be withdrawn."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import ProtectedError, Q
from django.utils.translation import gettext_lazy as _

from comms.people.models import Mandate, User
from comms.people.scope import live
from comms.portal.staff import Refused, history


def give(mandate: Mandate, *, by: User, on: datetime.date) -> Mandate:
    """Stores a new mandate. Raises `Refused` for an ended account, a closed unit or the same mandate twice."""
    if not mandate.user.is_active:
        raise Refused(_("The account has ended. Open it again before you give it a mandate."))
    if mandate.unit.ended_on and mandate.unit.ended_on <= on:
        raise Refused(_("The unit is closed."))
    until = Q(start__lte=mandate.end) if mandate.end else Q()
    same = Mandate.objects.filter(until, user=mandate.user, unit=mandate.unit, role=mandate.role)
    if same.filter(Q(end__isnull=True) | Q(end__gte=mandate.start)).exists():
        raise Refused(_("The person has this mandate already during these dates."))
    with transaction.atomic():
        mandate.save()
        history.note("people.mandate.give", mandate, by=by, unit=mandate.unit_id, user=mandate.user_id)
    return mandate


def end(mandate: Mandate, *, last_day: datetime.date, by: User, on: datetime.date) -> str:
    """Ends a mandate after `last_day` and answers "ended", or "withdrawn" when no day of it is left.

    Raises `Refused`; also when something was sent under a mandate of which no day would be left.
    """
    if mandate.role == Mandate.Role.STAFF:
        keep_a_staff_person(mandate, by=by, after=max(last_day, on - datetime.timedelta(days=1)))
    if mandate.start > last_day:
        return _withdraw(mandate, by=by)
    open_rows = Mandate.objects.filter(Q(end__isnull=True) | Q(end__gt=last_day), pk=mandate.pk)
    if not open_rows.update(end=last_day):
        raise Refused(_("The mandate ends on that day or earlier already."))
    history.note("people.mandate.end", mandate, by=by, last_day=last_day)
    return "ended"


def _withdraw(mandate: Mandate, *, by: User) -> str:
    try:
        with transaction.atomic():
            history.note("people.mandate.withdraw", mandate, by=by, unit=mandate.unit_id, user=mandate.user_id)
            mandate.delete()
    except ProtectedError as error:
        advice = _("Something was written under it already. Let it end tonight; to stop it at once, end the account.")
        raise Refused(advice) from error
    return "withdrawn"


def keep_a_staff_person(mandate: Mandate, *, by: User, after: datetime.date) -> None:
    """Raises `Refused` when nobody would be staff the day after `after`, or somebody ends their own role."""
    if mandate.user_id == by.pk:
        raise Refused(_("You cannot take your own staff role away. Ask another staff person."))
    next_day = after + datetime.timedelta(days=1)
    others = Mandate.objects.filter(live(next_day), role=Mandate.Role.STAFF, user__is_active=True, unit__depth=1)
    if not others.exclude(user=mandate.user_id).exists():
        raise Refused(_("Somebody must be staff. Make another person staff first."))
