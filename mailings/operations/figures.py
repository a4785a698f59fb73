"""What staff, a monitoring program and the status line are told. Counters of batches, never a count of recipients."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Min, Q, Sum

from mailings.models import Batch, BatchState, Mailing, MailingState, Recipient, RecipientState, Tally

MINUTE = datetime.timedelta(minutes=1)
RUNNING = (MailingState.HOLD, MailingState.SENDING, MailingState.PAUSED)
SHOWN = 50  # mailings on the page
MISSED = (RecipientState.FAILED, RecipientState.BOUNCED, RecipientState.COMPLAINED)
LATELY = datetime.timedelta(days=7)
BATCHES_READ = 50  # the newest with failures
WAITING = F("size") - F("sent") - F("missed") - F("skipped") - F("unknown")


# --- how long it takes ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Queue:
    """`minutes` until a mailing of one batch that starts now has left: every other mailing gets one batch first (the
    fair key). None when mails wait and nothing leaves.
    """

    waiting: int
    minutes: int | None


def queue(*, now: datetime.datetime) -> Queue:
    """Two queries over the open batches and the last minutes."""
    due = Q(state=BatchState.READY) & (Q(ready_at__isnull=True) | Q(ready_at__lte=now))
    batches = Batch.objects.filter(due | Q(state=BatchState.LEASED)).order_by()
    rows = list(batches.values_list("mailing").annotate(n=Sum(WAITING), since=Min("since")))
    front = sum(min(n, settings.MAILING_BATCH_SIZE) for _mailing, n, _since in rows)
    oldest = min((since for _mailing, _n, since in rows if since), default=now)
    return Queue(waiting=sum(row[1] for row in rows), minutes=_minutes(front, speed(now=now), now - oldest))


def _minutes(front: int, per_minute: float, oldest: datetime.timedelta) -> int | None:
    if not front:
        return 0
    if per_minute:
        return math.ceil(front / per_minute)
    return 0 if oldest < 3 * MINUTE else None


def speed(*, now: datetime.datetime, minutes: int = 5, mailing: int | None = None) -> float:
    """Mails a minute in the last whole minutes in which anything was sent; 0 when nothing was."""
    end = now.replace(second=0, microsecond=0)
    rows = Tally.objects.filter(minute__gte=end - minutes * MINUTE, minute__lt=end)
    if mailing is not None:
        rows = rows.filter(mailing=mailing)
    found = rows.aggregate(sent=Sum("sent"), minutes=Count("minute", distinct=True))
    return found["sent"] / found["minutes"] if found["minutes"] else 0.0


def sent_in(*, now: datetime.datetime, minutes: int) -> int:
    """Mails the server took in the last minutes, this one included."""
    start = now.replace(second=0, microsecond=0) - (minutes - 1) * MINUTE
    return Tally.objects.filter(minute__gte=start).aggregate(n=Sum("sent"))["n"] or 0


def oldest_ready(*, now: datetime.datetime) -> float:
    """Seconds since the batch that could be sent longest became ready; 0 when there is none."""
    ready = Batch.objects.filter(state=BatchState.READY)
    new = ready.filter(ready_at__isnull=True).aggregate(at=Min("since"))["at"]
    again = ready.filter(ready_at__lte=now).aggregate(at=Min("ready_at"))["at"]
    return max(0.0, (now - min(filter(None, (new, again)), default=now)).total_seconds())


def batches() -> dict[str, dict[str, int]]:
    """Per state of a batch: how many there are and the counters of their recipients."""
    sums = {name: Sum(name) for name in ("size", "sent", "missed", "skipped", "unknown", "deferred")}
    rows: Any = Batch.objects.order_by().values("state").annotate(n=Count("id"), **sums)
    return {row.pop("state"): row for row in rows}


def recipients(by_batch: dict[str, dict[str, int]]) -> dict[str, int]:
    """Recipients by state, from what `batches` answers; `skipped` includes those left out from the start."""
    rows = by_batch.values()
    sums = {name: sum(row[name] for row in rows) for name in ("sent", "missed", "unknown", "deferred", "skipped")}
    size = sum(row["size"] for row in rows)
    listed = Mailing.unscoped.aggregate(n=Sum("locked_count"))["n"] or 0
    queued = size - sum(sums.values())
    return {**sums, "queued": queued, "skipped": sums["skipped"] + listed - size}


# --- the staff page -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Course:
    """One running mailing. `minutes` left at its present speed, None when it stands still."""

    mailing: Mailing
    total: int
    handled: int
    missed: int
    per_minute: int
    minutes: int | None


def running(*, now: datetime.datetime) -> list[Course]:
    """Three queries however many there are; at most `SHOWN`, the newest first."""
    rows = Mailing.unscoped.filter(state__in=RUNNING).select_related("unit").newest()[:SHOWN]
    sums = Batch.objects.filter(mailing__in=[row.pk for row in rows]).order_by().values("mailing")
    counted: Any = sums.annotate(total=Sum("size"), waiting=Sum(WAITING), gone=Sum("missed"))
    by_mailing = {row["mailing"]: row for row in counted}
    speeds = _speeds(now)
    return [_course(row, by_mailing.get(row.pk), speeds.get(row.pk, 0.0)) for row in rows]


def _speeds(now: datetime.datetime) -> dict[int, float]:
    end = now.replace(second=0, microsecond=0)
    rows = Tally.objects.filter(minute__gte=end - 5 * MINUTE, minute__lt=end).order_by().values("mailing")
    found = rows.annotate(n=Sum("sent"), minutes=Count("minute", distinct=True))
    return {row["mailing"]: row["n"] / row["minutes"] for row in found}


def _course(mailing: Mailing, sums: dict[str, Any] | None, per_minute: float) -> Course:
    total, waiting, missed = (sums["total"], sums["waiting"], sums["gone"]) if sums else (0, 0, 0)
    sending = mailing.state == MailingState.SENDING and per_minute
    left = math.ceil(waiting / per_minute) if sending else None
    return Course(mailing, total, total - waiting, missed, round(per_minute), left)


@dataclass(frozen=True, slots=True)
class Worker:
    """`batch` is what it has in hand, None when it only sent something in the last hour."""

    host: str
    pid: str
    batch: Batch | None
    per_minute: int


def workers(*, now: datetime.datetime) -> list[Worker]:
    """Two queries: who holds a lease, and who gave anything back in the last hour."""
    held = {batch.owner: batch for batch in Batch.objects.filter(state=BatchState.LEASED).order_by("owner")[:SHOWN]}
    lately = Tally.objects.filter(minute__gte=now - 60 * MINUTE).order_by().values_list("owner")
    found = lately.annotate(n=Sum("sent"), minutes=Count("minute", distinct=True))
    sent = {owner: round(n / minutes) for owner, n, minutes in found}
    return [_worker(owner, held.get(owner), sent.get(owner, 0)) for owner in sorted({*held, *sent})]


def _worker(owner: str, batch: Batch | None, per_minute: int) -> Worker:
    host, _boot, pid, _start = owner.split(" ")
    return Worker(host, pid, batch, per_minute)


def failures(*, now: datetime.datetime) -> list[tuple[str, str, int]]:
    """(reason, domain, how many) of the newest failures, the most frequent first. A domain with a single failure is
    not named: it may belong to one person.
    """
    newest = Batch.objects.filter(missed__gt=0, since__gte=now - LATELY).order_by("-since")
    places = list(newest.values_list("mailing", "n")[:BATCHES_READ])
    if not places:
        return []
    at = Q()
    for mailing, n in places:
        at |= Q(mailing=mailing, batch_n=n)
    rows = Recipient.unscoped.filter(at, state__in=MISSED).values_list("reason", "address")
    counts = Counter((reason, address.rpartition("@")[2].lower()) for reason, address in rows)
    named: Counter[tuple[str, str]] = Counter()
    for (reason, domain), n in counts.items():
        named[reason, domain if n > 1 else ""] += n
    return [(reason, domain, n) for (reason, domain), n in named.most_common(20)]
