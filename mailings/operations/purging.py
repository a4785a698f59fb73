"""What the post office keeps no longer than it must. Repeatable, in small steps, oldest first.

30 days after a mailing is over the name and address of each recipient go, and with the file transport the mails
themselves; states, reasons and the frozen text stay, so that sums and the archive stay right. Delivery events, doubts
about mailboxes and closed tasks go after 13 months, deleted lists of recipients after 30 days, expired sessions with
their devices, counts of attempts to sign in and old ledgers at once, throughput figures after two days, practice two
weeks after it was last touched.
"""

from __future__ import annotations

import datetime
import shutil
import time
from collections import Counter
from collections.abc import Iterator

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Q

from comms.accounts.models import Counted
from comms.privacy import ledger
from comms.privacy.models import HardBounce
from mailings import personal
from mailings.models import BounceTask, DeliveryEvent, Mailing, Recipient, SavedList, Tally
from mailings.operations import pulses
from mailings.practice import course

COPIES = datetime.timedelta(days=30)
EVENTS = datetime.timedelta(days=396)  # 13 months
LISTS = datetime.timedelta(days=30)  # deleted ones, until then they can be brought back
TALLIES = datetime.timedelta(days=2)
STEP = 2000  # rows in one statement


def due(*, now: datetime.datetime) -> dict[str, int]:
    """What a purge would remove now, counted; changes nothing."""
    old = _named().filter(mailing__in=_over(now))
    rows = {name: query.count() for name, query in _rows(now).items()}
    return {"recipients": old.count(), **rows, "ledgers": len(ledger.old_files(now=now))}


def purge(*, now: datetime.datetime, seconds: float = 0) -> tuple[dict[str, int], bool]:
    """Remove it, stopping after so many seconds (0: when done). Answers the counts and whether all is done."""
    removed: Counter[str] = Counter()
    end = time.monotonic() + seconds
    for name, n in _steps(now):
        removed[name] += n
        if seconds and time.monotonic() > end:
            return dict(removed), False
    pulses.record("purge", removed, now=now)
    return dict(removed), True


def _steps(now: datetime.datetime) -> Iterator[tuple[str, int]]:
    """What each statement has removed."""
    for mailing in _over(now).only("id", "public_id"):
        for rows in _parts(mailing):
            yield "recipients", rows.update(**dict.fromkeys(personal.COLUMNS, ""))
        shutil.rmtree(settings.MAIL_DIR / mailing.public_id.hex, ignore_errors=True)  # of the file transport
        Mailing.unscoped.filter(pk=mailing.pk).update(blanked_at=now)
    for name, query in _rows(now).items():
        while some := list(query.values_list("pk", flat=True)[:STEP]):
            yield name, query.model._default_manager.filter(pk__in=some).delete()[0]
    for path in ledger.old_files(now=now):
        path.unlink(missing_ok=True)
        yield "ledgers", 1


def _parts(mailing: Mailing) -> Iterator[models.QuerySet[Recipient]]:
    """Its recipients who still have a name: batch after batch, then those left out from the start."""
    named = _named().filter(mailing=mailing)
    for n in mailing.batches.order_by("n").values_list("n", flat=True):
        yield named.filter(batch_n=n)
    while some := list(named.filter(batch_n=None).values_list("pk", flat=True)[:STEP]):
        yield Recipient.unscoped.filter(pk__in=some)


def _over(now: datetime.datetime) -> models.QuerySet[Mailing]:
    return Mailing.unscoped.filter(blanked_at=None, finished_at__lte=now - COPIES).order_by("finished_at", "id")


def _named() -> models.QuerySet[Recipient]:
    return Recipient.unscoped.exclude(Q(**dict.fromkeys(personal.COLUMNS, "")))


def _rows(now: datetime.datetime) -> dict[str, models.QuerySet]:
    return {
        "events": DeliveryEvent.objects.filter(at__lte=now - EVENTS),
        "doubts": HardBounce.objects.filter(day__lte=(now - EVENTS).date()),
        "tasks": BounceTask.objects.filter(closed_at__lte=now - EVENTS),
        "practice": course.old(now=now),
        "lists": SavedList.objects.filter(deleted_at__lte=now - LISTS),
        "tallies": Tally.objects.filter(minute__lte=now - TALLIES),
        "sessions": Session.objects.filter(expire_date__lte=now),
        "attempts": Counted.objects.filter(expires__lte=now),
        "sign_ins": UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")),
    }
