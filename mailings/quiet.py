"""When a mailing leaves at an hour, or on a day, that people would rather not be written to: hints, never a stop."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from comms.people.models import Unit
from mailings.models import Mailing, MailingState

NIGHT_ENDS, NIGHT_BEGINS = datetime.time(7), datetime.time(21)
SUNDAY = 6
LEAVING = [MailingState.SCHEDULED, MailingState.HOLD, MailingState.SENDING, MailingState.PAUSED, MailingState.DONE]


@dataclass(frozen=True, slots=True)
class Other:
    """Another mailing to the same members that day: from which unit, and when (local)."""

    unit: str
    at: datetime.datetime


def hints(mailing: Mailing, *, at: datetime.datetime) -> list[str]:
    """What is to be said about sending the mailing at `at`, in the active language. At most two queries."""
    return list(said(timezone.localtime(at), others(mailing, at=at)))


def said(at: datetime.datetime, others: Iterable[Other] = ()) -> Iterable[Any]:
    """The hints for a local time; pure."""
    clock = date_format(at, "H.i")
    if at.time() < NIGHT_ENDS or at.time() >= NIGHT_BEGINS:
        yield _("It leaves at night, at %(clock)s. In the daytime nobody is woken by it.") % {"clock": clock}
    if at.weekday() == SUNDAY:
        yield _("It leaves on a Sunday. More people read it on a working day.")
    for other in others:
        text = _("%(unit)s writes to the same members that day too, at %(clock)s.")
        yield text % {"unit": other.unit, "clock": date_format(other.at, "H.i")}


def others(mailing: Mailing, *, at: datetime.datetime) -> list[Other]:
    """The other mailings of the unit and of those above it on the local day of `at`, in their order.

    Of a unit above one learns the hour and nothing else: what it writes is not this scope's to see.
    """
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    units: list[Unit] = mailing.unit.lineage()
    rows = Mailing.unscoped.filter(unit__in=[unit.pk for unit in units], state__in=LEAVING).exclude(pk=mailing.pk)
    rows = rows.annotate(leaves=Coalesce("started_at", "due_at"))
    rows = rows.filter(Q(leaves__gte=midnight) & Q(leaves__lt=midnight + datetime.timedelta(days=1)))
    known = rows.order_by("leaves", "pk").values_list("unit__name", "leaves")
    return [Other(name, timezone.localtime(leaves)) for name, leaves in known]
