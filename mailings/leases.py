"""Who works on which batch: take · heartbeat · give back · take over. All times are the database's."""

from __future__ import annotations

import datetime
import logging
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Count, F, Min, Q, Sum

from mailings import by_clock, journal, lifecycle, settle
from mailings.journal import Owner
from mailings.messages import Row
from mailings.models import Batch, BatchState, Mailing, MailingState, Recipient, RecipientState, nothing_halted
from mailings.operations import tallies
from mailings.settle import Result

log = logging.getLogger(__name__)

NO_MAILBOX = ("mailbox_unknown", "domain_unknown")
NOT_THERE = (RecipientState.FAILED, RecipientState.BOUNCED)  # told at once, or later
BOUNCES_FROM, BOUNCES_SHARE = 100, 0.05
MISSED = (RecipientState.FAILED, RecipientState.BOUNCED, RecipientState.COMPLAINED)


@dataclass(frozen=True, slots=True)
class Clock:
    """The database's time, read once and carried on by this machine's monotonic clock."""

    database: datetime.datetime
    monotonic: float

    @classmethod
    def read(cls) -> Self:
        return cls(database_now(), time.monotonic())

    def now(self) -> datetime.datetime:
        return self.database + datetime.timedelta(seconds=time.monotonic() - self.monotonic)


def database_now() -> datetime.datetime:
    postgres = "SELECT clock_timestamp()"
    sqlite = "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"
    with connection.cursor() as cursor:
        cursor.execute(postgres if connection.vendor == "postgresql" else sqlite)
        (now,) = cursor.fetchone()
    return now if isinstance(now, datetime.datetime) else datetime.datetime.fromisoformat(now + "+00:00")


@dataclass(frozen=True, slots=True)
class Lease:
    """A batch that is ours, with its recipients claimed at a new attempt."""

    batch: int
    batch_n: int
    mailing: int
    owner: str
    rows: tuple[Row, ...]


def ready(now: datetime.datetime) -> models.QuerySet[Batch]:
    """Batches somebody could send now, the fairest first; none while everything is stopped."""
    due = Q(ready_at__isnull=True) | Q(ready_at__lte=now)
    return Batch.objects.filter(due, nothing_halted(), state=BatchState.READY).order_by("vkey", "id")


def leased() -> models.QuerySet[Batch]:
    return Batch.objects.filter(state=BatchState.LEASED)


def owners() -> list[Owner]:
    """Who holds a batch."""
    return [Owner.parse(owner) for owner in leased().values_list("owner", flat=True)]


@transaction.atomic
def take(*, owner: Owner, now: datetime.datetime) -> Lease | None:
    """Lease the fairest ready batch and claim its queued and due recipients; None when there is nothing to do."""
    batch = ready(now).select_for_update(skip_locked=True).first()
    if batch is None:
        return None
    Batch.objects.filter(pk=batch.pk).update(
        state=BatchState.LEASED, owner=str(owner), heartbeat_at=now, lease_until=_lease_end(now), ready_at=None
    )
    rows = _rows(batch)
    rows.filter(Q(state=RecipientState.QUEUED) | Q(state=RecipientState.DEFERRED, next_at__lte=now)).update(
        state=RecipientState.CLAIMED, attempt=F("attempt") + 1, changed_at=now
    )
    claimed = rows.filter(state=RecipientState.CLAIMED).order_by("id").values_list(*Row._fields)
    return Lease(batch.pk, batch.n, batch.mailing_id, str(owner), tuple(map(Row._make, claimed)))


def heartbeat(lease: Lease, *, now: datetime.datetime) -> bool:
    """Renew the lease; False when it is no longer ours."""
    ours = leased().filter(pk=lease.batch, owner=lease.owner)
    return bool(ours.update(heartbeat_at=now, lease_until=_lease_end(now)))


def may_go_on(lease: Lease) -> bool:
    """Whether the batch is still ours, its mailing still sends and nobody has stopped everything."""
    ours = leased().filter(pk=lease.batch, owner=lease.owner)
    return ours.filter(nothing_halted(), mailing__state=MailingState.SENDING).exists()


def give_back(lease: Lease, results: list[Result], *, now: datetime.datetime, pause: str = "") -> None:
    """Record the last results and put the batch where it belongs; `pause` stops the mailing with that reason.

    What was claimed and not tried goes back to the queue.
    """
    with transaction.atomic():
        mailing = _lock(lease.mailing)
        settle.record(results, now=now)
        batch = leased().filter(pk=lease.batch, owner=lease.owner).select_for_update().first()
        if batch is not None:  # else somebody took it over
            _close(batch, mailing, now=now)
        if pause and mailing.state == MailingState.SENDING:
            lifecycle.pause(mailing=mailing, by=None, now=now, reason=pause)
            log.error("mailing %s paused: %s", lease.mailing, pause)  # by the first worker only, however many failed


# --- batches whose owner is no more ---------------------------------------------------------------------------------
def take_over_abandoned(*, now: datetime.datetime) -> int:
    """Settle every batch whose lease is over or whose owner is gone; answers how many.

    This process is not sending while it asks: a batch that it still holds is left from a COMMIT whose answer got lost.
    """
    me = str(Owner.me())
    stale = now - datetime.timedelta(seconds=settings.MAILING_HEARTBEAT_STALE_SECONDS)
    found = leased().filter(Q(lease_until__lte=now) | Q(heartbeat_at__lte=stale))
    count = 0
    for pk, mailing, owner, until in found.values_list("pk", "mailing_id", "owner", "lease_until"):
        gone = owner == me or Owner.parse(owner).is_gone()
        if gone or (until and until <= now):
            count += _take_over(pk, mailing, owner, gone=gone, now=now)
    return count


@transaction.atomic
def _take_over(pk: int, mailing_pk: int, owner: str, *, gone: bool, now: datetime.datetime) -> bool:
    """The journal is believed only when its writer is gone: one that merely sleeps may still send a dot."""
    mailing = _lock(mailing_pk)
    batch = leased().filter(pk=pk, owner=owner).select_for_update().first()
    if batch is None:
        return False
    entries = journal.read(settings.JOURNAL_DIR, Owner.parse(owner)) if gone else None
    open_rows = _rows(batch).filter(state=RecipientState.COMMITTING).values_list("id", "attempt", "deferred_at")
    settle.record([_from_journal(*row, entries) for row in open_rows], now=now)
    _close(batch, mailing, now=now)
    return True


def _from_journal(
    row: int, attempt: int, deferred_at: datetime.datetime | None, entries: journal.Entries | None
) -> Result:
    if entries is None:
        return Result(row, attempt, "lost", "no_answer")
    if (row, attempt) not in entries:
        return Result(row, attempt, "returned")
    answer = entries[row, attempt]
    if answer is None:
        return Result(row, attempt, "lost", "no_answer")
    return Result(row, attempt, answer.kind, answer.reason, answer.reply, deferred_at)


# --- closing --------------------------------------------------------------------------------------------------------
def close(batch_pk: int, *, now: datetime.datetime) -> None:
    """Count a batch anew after something was found out about its unknown recipients."""
    with transaction.atomic():
        mailing = _lock(Batch.objects.values_list("mailing_id", flat=True).get(pk=batch_pk))
        batch = Batch.objects.select_for_update().get(pk=batch_pk)
        if batch.state != BatchState.LEASED:
            _close(batch, mailing, now=now)


def _close(batch: Batch, mailing: Mailing, *, now: datetime.datetime) -> None:
    """Under the locks of mailing and batch: claimed rows return, the batch is counted and goes to its next state."""
    rows = _rows(batch)
    counts = _counts(rows)
    if counts["claimed"] or mailing.state == MailingState.CANCELLED:
        rows.filter(state=RecipientState.CLAIMED).update(state=RecipientState.QUEUED, changed_at=now)
        if mailing.state == MailingState.CANCELLED:
            lifecycle.skip(rows, reason="cancelled", now=now)
        counts = _counts(rows)
    del counts["claimed"]
    queued, next_at = counts.pop("queued"), counts.pop("next_at")
    state = BatchState.DONE
    if queued or next_at:
        state = BatchState.READY if mailing.state == MailingState.SENDING else BatchState.HELD
    Batch.objects.filter(pk=batch.pk).update(
        state=state, ready_at=None if queued else next_at, owner="", lease_until=None, heartbeat_at=None,
        since=now, **counts,
    )  # fmt: skip
    tallies.add(batch, sent=counts["sent"] - batch.sent, now=now)
    if counts["bounced"] and mailing.state == MailingState.SENDING and _bounces_too_much(mailing):
        lifecycle.pause(mailing=mailing, by=None, now=now, reason="many_bounces")
    elif state == BatchState.DONE and not counts["unknown"]:
        by_clock.finish(now=now, only=mailing)


def _counts(rows: models.QuerySet[Recipient]) -> dict[str, Any]:
    """What a batch's recipients add up to: grouped by the database and summed here, because nine sums in SQL take
    Django longer to write than the database to answer.
    """
    groups = rows.order_by().values_list("state", "reason")
    n: Counter[str] = Counter()
    bounced, next_at = 0, None
    given_up = 0  # unknown, and nobody looks any more
    for state, reason, count, decided, due in groups.annotate(Count("id"), Count("final_at"), Min("next_at")):
        n[state] += count
        if state in NOT_THERE and reason in NO_MAILBOX:
            bounced += count
        elif state == RecipientState.UNKNOWN:
            given_up += decided
        elif state == RecipientState.DEFERRED:
            next_at = min(due, next_at or due)
    return {
        "claimed": n[RecipientState.CLAIMED],
        "queued": n[RecipientState.QUEUED],
        "next_at": next_at,
        "sent": n[RecipientState.SENT] + n[RecipientState.DELIVERED],
        "bounced": bounced,
        "unknown": n[RecipientState.UNKNOWN] - given_up,
        "deferred": n[RecipientState.DEFERRED],
        "missed": sum(n[state] for state in MISSED) + given_up,
        "skipped": n[RecipientState.SKIPPED],
    }


def _bounces_too_much(mailing: Mailing) -> bool:
    if mailing.bounces_accepted:
        return False
    sums = mailing.batches.aggregate(sent=Sum("sent"), bounced=Sum("bounced"))
    answered = sums["sent"] + sums["bounced"]
    return answered >= BOUNCES_FROM and sums["bounced"] > BOUNCES_SHARE * answered


def _rows(batch: Batch) -> models.QuerySet[Recipient]:
    return Recipient.unscoped.filter(mailing_id=batch.mailing_id, batch_n=batch.n)


def _lock(mailing: int) -> Mailing:
    return Mailing.unscoped.select_for_update(no_key=True).get(pk=mailing)


def _lease_end(now: datetime.datetime) -> datetime.datetime:
    return now + datetime.timedelta(seconds=settings.MAILING_LEASE_SECONDS)
