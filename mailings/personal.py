"""What the post office knows about people, how long, and what erasing one of them takes out."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from comms.people.models import Member
from mailings import letter_files
from mailings.models import BounceTask, DeliveryEvent, LetterRun, Mailing, RawFact, Recipient, SavedList, Tally
from mailings.reasons import explain

COLUMNS = ("address", "first_name", "last_name")
STEP = 2000  # rows in one statement


def erase(member: Member, *, now: datetime.datetime) -> None:
    """The rows stay: the sums of a mailing still agree. Written mails and letters that hold the person go."""
    rows = Recipient.unscoped.filter(member=member)
    for mailing, key in rows.values_list("mailing__public_id", "public_id"):
        (settings.MAIL_DIR / mailing.hex / f"{key.hex}.eml").unlink(missing_ok=True)
    DeliveryEvent.objects.filter(recipient__in=rows).update(reply="")  # a mail server may have said the name
    RawFact.objects.filter(recipient__in=rows.values("public_id")).update(reply="")
    rows.update(**dict.fromkeys(COLUMNS, ""), reply="")
    runs = LetterRun.objects.filter(mailing__in=rows.values("mailing"))
    for run in runs.prefetch_related("chunks"):
        if any(member.pk in chunk.members for chunk in run.chunks.all()):
            letter_files.drop(run)
            run.delete()


def export(member: Member) -> dict[str, list[dict[str, Any]]]:
    """Every message to the person: from whom, when, where to, and what became of it."""
    rows = Recipient.unscoped.filter(member=member).select_related("mailing__unit", "mailing__confirmed_by")
    return {
        "messages": [
            {"subject": row.mailing.subject, "from": str(row.mailing.confirmed_by or ""), "unit": row.mailing.unit.name,
             "purpose": row.mailing.purpose_in(member.language), "legal_basis": row.mailing.legal_basis,
             "sent_at": row.committed_at, "to": row.address, "channel": row.get_channel_display(),
             "state": row.get_state_display(), "reason": str(explain(row.reason).text) if row.reason else ""}
            for row in rows.order_by("pk")
        ]
    }  # fmt: skip


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
