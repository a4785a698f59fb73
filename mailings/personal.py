"""What the post office knows about people, how long, and what erasing one of them takes out."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from comms.people.models import Member
from mailings.models import BounceTask, DeliveryEvent, Mailing, Recipient, SavedList, Tally

COLUMNS = ("address", "first_name", "last_name")
STEP = 2000  # rows in one statement


def erase(member: Member, *, now: datetime.datetime) -> None:
    """The rows stay: the sums of a mailing still agree."""
    Recipient.unscoped.filter(member=member).update(**dict.fromkeys(COLUMNS, ""))


ROWS = {
    "events": lambda before: DeliveryEvent.objects.filter(at__lte=before),
    "tasks": lambda before: BounceTask.objects.filter(closed_at__lte=before),
    "practice": lambda before: Mailing.unscoped.filter(practice=True, changed_at__lte=before),
    "lists": lambda before: SavedList.objects.filter(deleted_at__lte=before),
    "tallies": lambda before: Tally.objects.filter(minute__lte=before),
}


# --- names and addresses, a mailing at a time -------------------------------------------------------------------------
def _over(before: datetime.datetime) -> models.QuerySet[Mailing]:
    rows = Mailing.unscoped.filter(blanked_at=None, finished_at__lte=before)
    return rows.order_by("finished_at", "id").only("id", "public_id")


def _named() -> models.QuerySet[Recipient]:
    return Recipient.unscoped.exclude(Q(**dict.fromkeys(COLUMNS, "")))


def _count_named(before: datetime.datetime) -> int:
    return _named().filter(mailing__in=_over(before)).count()


def _blank_names(before: datetime.datetime) -> Iterator[int]:
    for mailing in _over(before):
        for rows in _parts(_named().filter(mailing=mailing), mailing):
            yield rows.update(**dict.fromkeys(COLUMNS, ""))
        shutil.rmtree(settings.MAIL_DIR / mailing.public_id.hex, ignore_errors=True)  # of the file transport
        Mailing.unscoped.filter(pk=mailing.pk).update(blanked_at=before)


def _parts(rows: models.QuerySet[Recipient], mailing: Mailing) -> Iterator[models.QuerySet[Recipient]]:
    """Batch after batch, then those left out from the start, who are in none."""
    for n in mailing.batches.order_by("n").values_list("n", flat=True):
        yield rows.filter(batch_n=n)
    while some := list(rows.filter(batch_n=None).values_list("pk", flat=True)[:STEP]):
        yield Recipient.unscoped.filter(pk__in=some)


# --- who it was, a year later -----------------------------------------------------------------------------------------
def _known() -> models.QuerySet[Recipient]:
    return Recipient.unscoped.filter(member__isnull=False)


def _count_known(before: datetime.datetime) -> int:
    return _known().filter(mailing__finished_at__lte=before).count()


def _forget_whom(before: datetime.datetime) -> Iterator[int]:
    held = Exists(_known().filter(mailing=OuterRef("pk")))
    for mailing in Mailing.unscoped.filter(held, finished_at__lte=before).order_by("finished_at", "id").only("id"):
        for rows in _parts(_known().filter(mailing=mailing), mailing):
            yield rows.update(member=None, reply="")


STEPS = {"recipients": (_count_named, _blank_names), "deliveries": (_count_known, _forget_whom)}
