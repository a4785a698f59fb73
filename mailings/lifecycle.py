"""What may happen to a mailing: confirm · undo · pause · resume · cancel · start · finish.

Every change is a conditional UPDATE that must hit one row, so that two tabs, or a person and a worker, never both
win (threat S24). Locks are taken in the order mailing, batch, recipient.
"""

from __future__ import annotations

import datetime
import logging
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, FloatField, Min, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from comms.people.models import User
from comms.people.scope import Scope
from comms.privacy import ledger
from mailings import audience, composing, states
from mailings.models import Batch, BatchState, Mailing, MailingState, Recipient, RecipientState, nothing_halted

log = logging.getLogger(__name__)

MAY_MOVE = 0.05  # share by which a scheduled list may have changed before somebody has to look


class NotNow(Exception):
    """The mailing is not (or no longer) in a state in which this can be done. Nothing was changed."""


class NotAllowed(Exception):
    """The mandate does not reach that far. The text says why, for the person. Nothing was changed."""


def _move(mailing: Mailing, action: str, *, condition: Q | None = None, **changes: Any) -> None:
    """One conditional UPDATE along the table `states.MAILING`; `mailing` is then as stored. Raises `NotNow`, as for
    every practice, which has no course here.
    """
    for found, left in states.allows(action).items():
        rows = Mailing.unscoped.filter(condition or Q(), pk=mailing.pk, state=found, practice=False)
        if rows.update(state=left, **changes):
            mailing.refresh_from_db(fields=["state", *changes])
            return
    raise NotNow(action)


def _note(action: str, mailing: Mailing, by: User | None) -> None:
    if action in ledger.STOPS:
        transaction.on_commit(lambda: ledger.note(action, mailing.public_id.hex, durable=True))
    log.info("mailing %s: %s by %s", mailing.public_id, action, f"user {by.pk}" if by else "the post office")


# --- by people ------------------------------------------------------------------------------------------------------
@transaction.atomic
def confirm(
    *, mailing: Mailing, by: User, scope: Scope, now: datetime.datetime, at: datetime.datetime | None = None
) -> None:
    """Freeze the text, lock the list, and start after the undo time (or at `at`, when the list is locked again).

    Raises `NotNow` (another version, or confirmed already) and `NotAllowed`.
    """
    mandate = mailing.mandate
    reach = Scope.of_mandate(mandate, on=timezone.localdate(now))
    if not reach or mandate.pk not in scope.mandates:
        raise NotAllowed(_("The mandate has ended, or it is not yours."))
    if not mandate.may_send:
        raise NotAllowed(_("This mandate may read lists but not send."))
    if not (reach.covers(mailing.unit) and scope.covers(mailing.unit)):
        raise NotAllowed(_("The mailing belongs to a unit outside the mandate."))
    due = at or now + datetime.timedelta(seconds=settings.MAILING_HOLD_SECONDS)
    _move(
        mailing, "schedule" if at else "confirm", condition=Q(version=mailing.version),
        due_at=due, confirmed_at=now, confirmed_by=by, mail_domain=settings.MAIL_DOMAIN,
    )  # fmt: skip
    composing.freeze(mailing, languages=composing.languages(mailing, now=now, fresh=True))
    begins = composing.begins_at(mailing)
    Mailing.unscoped.filter(pk=mailing.pk).update(begins_at=begins if begins and begins > due else None)
    audience.snapshot(mailing=mailing, scope=reach, now=now)
    _note("confirmed", mailing, by)


@transaction.atomic
def undo(*, mailing: Mailing, by: User, now: datetime.datetime) -> None:
    """Back to the draft: nobody has been written to, the list and the frozen text are removed. Raises `NotNow`."""
    _move(
        mailing, "undo", condition=Q(due_at__gt=now),
        due_at=None, confirmed_at=None, confirmed_by=None, locked_count=0,
    )  # fmt: skip
    _forget_list(mailing)
    mailing.renditions.all().delete()
    _note("undone", mailing, by)


@transaction.atomic
def pause(*, mailing: Mailing, by: User | None, now: datetime.datetime, reason: str = "") -> None:
    """No further mail from the next moment on. `reason` is a key of `reasons.PAUSES`. Raises `NotNow`."""
    _move(mailing, "pause", pause_reason=reason)
    mailing.batches.filter(state=BatchState.READY).update(state=BatchState.HELD)
    _note(f"paused {reason}".strip(), mailing, by)


@transaction.atomic
def resume(*, mailing: Mailing, by: User, now: datetime.datetime) -> None:
    """Go on with exactly the rest. Raises `NotNow`, and `NotAllowed` while the mandate it is sent under has ended."""
    if not Scope.of_mandate(mailing.mandate, on=timezone.localdate(now)):
        raise NotAllowed(_("The mandate has ended, or it is not yours."))
    seen = mailing.bounces_accepted or mailing.pause_reason == "many_bounces"
    _move(mailing, "resume", pause_reason="", bounces_accepted=seen, started_at=Coalesce(F("started_at"), now))
    _make_ready(mailing, now=now)
    _note("resumed", mailing, by)


@transaction.atomic
def cancel(*, mailing: Mailing, by: User, now: datetime.datetime) -> None:
    """Stop for good: who has not got it does not get it. Raises `NotNow`.

    Rows that a worker holds in this moment get their true result from it.
    """
    _move(mailing, "cancel", pause_reason="", finished_at=now)
    mailing.batches.filter(state__in=[BatchState.READY, BatchState.HELD]).update(state=BatchState.DONE)
    skip(Recipient.unscoped.for_mailing(mailing), reason="cancelled", now=now)
    _note("cancelled", mailing, by)


def skip(rows: models.QuerySet[Recipient], *, reason: str, now: datetime.datetime) -> int:
    """Those of the rows that still wait become skipped with a reason; answers how many."""
    return rows.filter(state__in=states.WAITING).update(
        state=RecipientState.SKIPPED, reason=reason, next_at=None, final_at=now, changed_at=now
    )


# --- by the clock ---------------------------------------------------------------------------------------------------
def start_due(*, now: datetime.datetime) -> int:
    """Start what is due, after asking the mandate once more; answers how many were started. None while everything is
    stopped.
    """
    due = Mailing.unscoped.filter(nothing_halted(), state__in=states.allows("start"), due_at__lte=now)
    whole = due.select_related("mandate__user", "mandate__unit", "unit", "topic")
    return sum(_start(mailing, now=now) for mailing in whole)


@transaction.atomic
def _start(mailing: Mailing, *, now: datetime.datetime) -> bool:
    scope = Scope.of_mandate(mailing.mandate, on=timezone.localdate(now))
    scheduled = mailing.state == MailingState.SCHEDULED
    try:
        _move(mailing, "start" if scope else "stop", pause_reason="" if scope else "mandate_ended")
    except NotNow:  # undone or cancelled in this moment, or another sweep was faster
        return False
    if scope and scheduled and _lock_again(mailing, scope, now=now):
        Mailing.unscoped.filter(pk=mailing.pk).update(state=MailingState.PAUSED, pause_reason="count_moved")
        return False
    if scope:
        Mailing.unscoped.filter(pk=mailing.pk).update(started_at=now)
        _make_ready(mailing, now=now)
    _note("started" if scope else "paused mandate_ended", mailing, None)
    return bool(scope)


def _lock_again(mailing: Mailing, scope: Scope, *, now: datetime.datetime) -> bool:
    """Take the list of a scheduled mailing anew; whether it moved so much that somebody has to look."""
    before = mailing.locked_count
    _forget_list(mailing)
    count = audience.snapshot(mailing=mailing, scope=scope, now=now)
    return abs(count - before) > MAY_MOVE * before


def finish(*, now: datetime.datetime, only: Mailing | None = None) -> int:
    """Sending mailings (all, or one) with nothing left to do are done; answers how many. An unknown mail is something
    left until somebody has looked it up.
    """
    left = Batch.objects.filter(~Q(state=BatchState.DONE) | Q(unknown__gt=0), mailing=OuterRef("pk"))
    over = Mailing.unscoped.filter(~Exists(left), state__in=states.allows("finish"))
    if only is not None:
        over = over.filter(pk=only.pk)
    return over.update(state=MailingState.DONE, finished_at=now)


def reopen(mailing: int) -> bool:
    """A finished mailing has a recipient to try again; takes a primary key, answers whether it was finished."""
    done = Mailing.unscoped.filter(pk=mailing, state__in=states.allows("reopen"))
    return bool(done.update(state=MailingState.SENDING, finished_at=None))


# --- batches --------------------------------------------------------------------------------------------------------
def _make_ready(mailing: Mailing, *, now: datetime.datetime) -> None:
    """The held batches join the queue at its present front, spread by the fair key (delivery.md, "Batches"):
    smallest key in the queue + recipients of this mailing before the batch / weight.
    """
    front = Batch.objects.filter(state__in=[BatchState.READY, BatchState.LEASED]).aggregate(key=Min("vkey"))["key"]
    open_ones = [BatchState.HELD, BatchState.READY]  # both: SQLite sees its own UPDATE while it runs
    earlier = Batch.objects.filter(mailing=mailing, state__in=open_ones, n__lt=OuterRef("n"))
    before = earlier.order_by().values("mailing").annotate(n=Sum("size")).values("n")
    weighted = Coalesce(Subquery(before), 0, output_field=FloatField()) / Value(mailing.weight)
    key = Value(front or 0.0) + weighted
    mailing.batches.filter(state=BatchState.HELD).update(state=BatchState.READY, vkey=key, since=now)


def _forget_list(mailing: Mailing) -> None:
    Recipient.unscoped.for_mailing(mailing).delete()
    mailing.batches.all().delete()
