"""What follows from facts that were news: addresses no longer written to, counters, and something to do."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from comms.people.addresses import address_key
from comms.people.models import User
from comms.people.scope import Scope
from comms.privacy import suppression
from comms.privacy.unsubscribe import Preference
from mailings import leases
from mailings.models import Batch, BounceTask, Mailing, RawFact, Recipient
from mailings.models import RecipientState as R

if TYPE_CHECKING:
    from mailings.facts.handling import Step


def follow(steps: Sequence[Step], objections: Sequence[tuple[Recipient, RawFact]], *, now: datetime.datetime) -> None:
    """Everything that follows, in bulk. The mailings of the steps are locked."""
    _suppress(steps, now=now)
    for row, _fact in objections:
        _switch_off(row, now=now)
    open_tasks(Counter(step.row.mailing_id for step in steps if step.left == R.BOUNCED), now=now)
    counted = (step for step in steps if step.found in (R.COMMITTING, R.UNKNOWN) or step.left != R.DELIVERED)
    count_anew({(step.row.mailing_id, step.row.batch_n or 0) for step in counted}, now=now)


# --- addresses ------------------------------------------------------------------------------------------------------
def _suppress(steps: Sequence[Step], *, now: datetime.datetime) -> None:
    by_state: dict[str, list[str]] = {R.COMPLAINED: [], R.DELIVERED: []}
    for step in steps:
        by_state.get(step.left, []).append(step.row.address)
    if by_state[R.COMPLAINED]:
        suppression.complained(by_state[R.COMPLAINED], now=now)
    if by_state[R.DELIVERED]:
        suppression.arrived(by_state[R.DELIVERED])
    hard = [step for step in steps if step.left == R.BOUNCED and step.meaning.hard and _is_about(step)]
    if hard:
        suppression.returned([(s.row.address, timezone.localdate(s.fact.happened_at)) for s in hard], now=now)


def _is_about(step: Step) -> bool:
    """A report about another address, to which the member has their mail forwarded, says nothing of theirs."""
    return step.fact.about in ("", address_key(step.row.address, key=settings.SUPPRESSION_KEY))


def _switch_off(row: Recipient, *, now: datetime.datetime) -> None:
    """Somebody objected at the provider: the same as by our own link."""
    whole = Recipient.unscoped.select_related("member", "mailing__topic").get(pk=row.pk)
    if whole.member is not None:
        said = Preference(member=whole.member, topic=whole.mailing.topic, channel=whole.channel)
        said.switch_off(how="provider", now=now)


# --- counters -------------------------------------------------------------------------------------------------------
def count_anew(batches: set[tuple[int, int]], *, now: datetime.datetime) -> None:
    """Batches by (mailing, n), whose counters may have changed; one that is leased is counted when it comes back."""
    wanted = Q(pk__in=())
    for mailing, n in batches:
        wanted |= Q(mailing=mailing, n=n)
    for pk in Batch.objects.filter(wanted).order_by("mailing_id", "n").values_list("pk", flat=True):
        leases.close(pk, now=now)


# --- something to do ------------------------------------------------------------------------------------------------
def open_tasks(bounces: Counter[int], *, now: datetime.datetime) -> None:
    """So many members of these mailings did not get it after all: one task per mailing, opened again when closed."""
    for mailing, n in bounces.items():
        tasks = BounceTask.objects.filter(mailing=mailing)
        if tasks.filter(closed_at=None).update(count=F("count") + n):
            continue
        if not tasks.update(count=n, opened_at=now, closed_at=None, closed_by=None):
            BounceTask.objects.create(mailing_id=mailing, count=n, opened_at=now)


def waiting(scope: Scope, units: Sequence[int]) -> list[BounceTask]:
    """The open tasks of those who send for these units (primary keys), within the scope, newest first."""
    mine = Mailing.objects.within(scope).filter(unit__in=units)
    tasks = BounceTask.objects.filter(closed_at=None, mailing__in=mine).select_related("mailing")
    return list(tasks.order_by("-opened_at", "-id"))


def close_task(*, mailing: Mailing, by: User, now: datetime.datetime) -> bool:
    """Somebody has dealt with it, or wants to see it no more; False when it was closed already."""
    return bool(BounceTask.objects.filter(mailing=mailing, closed_at=None).update(closed_at=now, closed_by=by))
