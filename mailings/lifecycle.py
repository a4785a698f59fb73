"""What people may do with a mailing: ask · approve · confirm · undo · pause · resume · cancel.

Every change is a conditional UPDATE that must hit one row, so that two tabs, or a person and a worker, never both
win (threat S24). Locks are taken in the order mailing, batch, recipient.
"""

from __future__ import annotations

import datetime
import logging
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, FloatField, Min, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from comms.people.models import LANGUAGES, User
from comms.people.scope import Scope
from comms.privacy import access, ledger
from comms.privacy.models import AccessLog
from mailings import approvers, audience, composing, discretion, states
from mailings.models import Batch, BatchState, Mailing, News, Recipient, RecipientState

log = logging.getLogger(__name__)

UNASKED = {"approver": None, "asked_at": None, "approved_at": None}
MAY_MOVE = 0.05  # share by which a scheduled list may have changed before somebody has to look


class NotNow(Exception):
    """The mailing is not (or no longer) in a state in which this can be done. Nothing was changed."""


class NotAllowed(Exception):
    """The mandate does not reach that far. The text says why, for the person. Nothing was changed."""


def move(mailing: Mailing, action: str, *, condition: Q | None = None, **changes: Any) -> None:
    """One conditional UPDATE along the table `states.MAILING`; `mailing` is then as stored. Raises `NotNow`, as for
    every practice, which has no course here.
    """
    for found, left in states.allows(action).items():
        rows = Mailing.unscoped.filter(condition or Q(), pk=mailing.pk, state=found, practice=False)
        if rows.update(state=left, **changes):
            mailing.refresh_from_db(fields=["state", *changes])
            return
    raise NotNow(action)


def record(action: str, mailing: Mailing, by: User | None) -> None:
    if action in ledger.STOPS:
        transaction.on_commit(lambda: ledger.note(action, mailing.public_id.hex, durable=True))
    log.info("mailing %s: %s by %s", mailing.public_id, action, f"user {by.pk}" if by else "the post office")


# --- by people ------------------------------------------------------------------------------------------------------
@transaction.atomic
def confirm(
    *, mailing: Mailing, by: User, scope: Scope, now: datetime.datetime, at: datetime.datetime | None = None
) -> None:
    """Freeze the text, lock the list, and start after the undo time (or at `at`, when the list is locked again).

    Raises `NotNow` (another version, or confirmed already) and `NotAllowed`, also where a second person must approve.
    """
    reach = _reach(mailing, scope, now=now)
    if approvers.is_needed(mailing, recipients=composing.reach(mailing, now=now).mail):
        raise NotAllowed(_("Somebody else must approve this invitation first. Ask for it."))
    _lock(mailing, "schedule" if at else "confirm", reach, by=by, now=now, at=at)
    record("confirmed", mailing, by)


@transaction.atomic
def ask(
    *, mailing: Mailing, by: User, scope: Scope, approver: User, now: datetime.datetime,
    at: datetime.datetime | None = None,
) -> None:  # fmt: skip
    """A second person is asked to approve, and to have it sent at `at`; until then the text rests.

    Raises `NotNow` (another version, or no draft any more) and `NotAllowed`.
    """
    _reach(mailing, scope, now=now)
    _second_person(mailing, approver, now=now)
    move(
        mailing, "ask", condition=Q(version=mailing.version), approver=approver, asked_at=now, due_at=at,
        approver_says="", to_tell=News.ASKED,
    )  # fmt: skip
    record("asked", mailing, by)


@transaction.atomic
def approve(*, mailing: Mailing, by: User, now: datetime.datetime) -> None:
    """The second person agrees: it is confirmed in the name of whoever asked, for now or for the time they chose.

    Raises `NotNow` (taken back, approved already, asked of another) and `NotAllowed`.
    """
    reach, at = _reach(mailing, Scope.of_mandate(mailing.mandate, on=timezone.localdate(now)), now=now), mailing.due_at
    _second_person(mailing, by, now=now)
    if at and at <= now:
        raise NotAllowed(_("The time it was to be sent has passed. Send it back, so that another is chosen."))
    action, sender = "approve_later" if at else "approve", mailing.mandate.user
    asked = Q(approver=by, due_at=at)
    news = {"approved_at": now, "to_tell": News.APPROVED}
    _lock(mailing, action, reach, by=sender, now=now, at=at, condition=asked, **news)
    record("confirmed approved", mailing, by)


@transaction.atomic
def send_back(*, mailing: Mailing, by: User, says: str, now: datetime.datetime) -> None:
    """The second person does not agree: a draft again, with a line to its author. Raises `NotNow`."""
    move(
        mailing, "send_back", condition=Q(approver=by), due_at=None, approver_says=says, to_tell=News.SENT_BACK
    )  # fmt: skip
    record("sent back", mailing, by)


@transaction.atomic
def take_back(*, mailing: Mailing, by: User, now: datetime.datetime) -> None:
    """Nobody is asked any more: a draft again. Raises `NotNow`."""
    move(mailing, "take_back", due_at=None, to_tell="", **UNASKED)
    record("taken back", mailing, by)


@transaction.atomic
def undo(*, mailing: Mailing, by: User, now: datetime.datetime) -> None:
    """Back to the draft: nobody has been written to, the list and the frozen text are removed. Raises `NotNow`."""
    move(
        mailing, "undo", condition=Q(due_at__gt=now),
        due_at=None, confirmed_at=None, confirmed_by=None, locked_count=0, to_tell="", purpose={}, legal_basis="",
        **UNASKED,
    )  # fmt: skip
    _forget_list(mailing)
    mailing.renditions.all().delete()
    record("undone", mailing, by)


@transaction.atomic
def hurry(*, mailing: Mailing, by: User, now: datetime.datetime) -> None:
    """A scheduled mailing starts after the undo time instead, to whom it reaches today.

    Raises `NotNow`, and `NotAllowed` when the mandate it is sent under has ended or nobody approved this list.
    """
    scope = Scope.of_mandate(mailing.mandate, on=timezone.localdate(now))
    if not scope:
        raise NotAllowed(_("The mandate has ended, or it is not yours."))
    move(mailing, "hurry", condition=Q(due_at__gt=now), due_at=_soon(now))
    has_moved = lock_again(mailing, scope, now=now)
    if is_unapproved(mailing, has_moved=has_moved):
        raise NotAllowed(_("Somebody else must approve this invitation first. Make it a draft again and ask for it."))
    record("hurried", mailing, by)


def _reach(mailing: Mailing, scope: Scope, *, now: datetime.datetime) -> Scope:
    """What the mailing's own mandate covers, held by whoever has `scope`. Raises `NotAllowed`."""
    mandate = mailing.mandate
    reach = Scope.of_mandate(mandate, on=timezone.localdate(now))
    if not reach or mandate.pk not in scope.mandates:
        raise NotAllowed(_("The mandate has ended, or it is not yours."))
    if not mandate.may_send:
        raise NotAllowed(_("This mandate may read lists but not send."))
    if not (reach.covers(mailing.unit) and scope.covers(mailing.unit)):
        raise NotAllowed(_("The mailing belongs to a unit outside the mandate."))
    return reach


def _second_person(mailing: Mailing, user: User, *, now: datetime.datetime) -> None:
    if user.pk not in approvers.ids(mailing, on=timezone.localdate(now)):
        raise NotAllowed(_("That person cannot approve this invitation. Choose another."))


def is_unapproved(mailing: Mailing, *, has_moved: bool) -> bool:
    """Whether its locked list needs a second person who has not seen it: staff may have asked for one since the time
    was chosen, the list may have grown past what one person may write to, or be another than the one approved.
    """
    waiting = Recipient.unscoped.for_mailing(mailing).filter(state__in=states.WAITING).count()
    return approvers.is_needed(mailing, recipients=waiting) and (has_moved or mailing.approved_at is None)


def _soon(now: datetime.datetime) -> datetime.datetime:
    """The end of the undo time."""
    return now + datetime.timedelta(seconds=settings.MAILING_HOLD_SECONDS)


def _lock(
    mailing: Mailing, action: str, reach: Scope, *, by: User, now: datetime.datetime, at: datetime.datetime | None,
    condition: Q | None = None, **changes: Any,
) -> None:  # fmt: skip
    """Freeze the text and lock the list; however near `at` is, the undo time is kept. Raises `NotNow`."""
    due = max(at or now, _soon(now))
    move(
        mailing, action, condition=Q(version=mailing.version) & (condition or Q()),
        due_at=due, confirmed_at=now, confirmed_by=by, mail_domain=settings.MAIL_DOMAIN, **_said(mailing), **changes,
    )  # fmt: skip
    composing.freeze(mailing, languages=composing.languages(mailing, now=now, fresh=True))
    begins = composing.begins_at(mailing)
    Mailing.unscoped.filter(pk=mailing.pk).update(begins_at=begins if begins and begins > due else None)
    audience.snapshot(mailing=mailing, scope=reach, now=now)


def _said(mailing: Mailing) -> dict[str, Any]:
    """What members are told about why they get it, and what they are not told outside: no later change of the topic
    changes what was said (GDPR art. 5(2)).
    """
    topic = mailing.topic
    return {
        "purpose": {code: topic.name(code) for code, _name in LANGUAGES},
        "legal_basis": topic.legal_basis,
        "neutral": discretion.is_neutral(mailing),
    }


@transaction.atomic
def pause(*, mailing: Mailing, by: User | None, now: datetime.datetime, reason: str = "") -> None:
    """No further mail from the next moment on. `reason` is a key of `reasons.PAUSES`. Raises `NotNow`."""
    move(mailing, "pause", pause_reason=reason)
    mailing.batches.filter(state=BatchState.READY).update(state=BatchState.HELD)
    record(f"paused {reason}".strip(), mailing, by)


@transaction.atomic
def resume(*, mailing: Mailing, by: User, now: datetime.datetime) -> None:
    """Go on with exactly the rest; what stopped before it began may need a second person, who lets it go by this.

    Raises `NotNow`, and `NotAllowed` while the mandate it is sent under has ended, or to whom it takes another.
    """
    if not Scope.of_mandate(mailing.mandate, on=timezone.localdate(now)):
        raise NotAllowed(_("The mandate has ended, or it is not yours."))
    approved: dict[str, Any] = {}
    if mailing.started_at is None and is_unapproved(mailing, has_moved=mailing.pause_reason == "count_moved"):
        if by.pk not in approvers.ids(mailing, on=timezone.localdate(now)):
            raise NotAllowed(_("Somebody else who may send here, or the staff, must look at it and let it go on."))
        approved = {"approver": by, "asked_at": now, "approved_at": now}
    seen = mailing.bounces_accepted or mailing.pause_reason == "many_bounces"
    begun, begins = Coalesce(F("started_at"), now), Mailing.unscoped.filter(pk=mailing.pk, started_at=None).exists()
    move(mailing, "resume", pause_reason="", bounces_accepted=seen, started_at=begun, **approved)
    make_ready(mailing, now=now)
    if begins:
        note_written(mailing, now=now)
    record("resumed", mailing, by)


@transaction.atomic
def cancel(*, mailing: Mailing, by: User, now: datetime.datetime) -> None:
    """Stop for good: who has not got it does not get it. Raises `NotNow`.

    Rows that a worker holds in this moment get their true result from it.
    """
    move(mailing, "cancel", pause_reason="", finished_at=now)
    mailing.batches.filter(state__in=[BatchState.READY, BatchState.HELD]).update(state=BatchState.DONE)
    skip(Recipient.unscoped.for_mailing(mailing), reason="cancelled", now=now)
    record("cancelled", mailing, by)


def skip(rows: models.QuerySet[Recipient], *, reason: str, now: datetime.datetime) -> int:
    """Those of the rows that still wait become skipped with a reason; answers how many."""
    return rows.filter(state__in=states.WAITING).update(
        state=RecipientState.SKIPPED, reason=reason, next_at=None, final_at=now, changed_at=now
    )


# --- what all of them need -------------------------------------------------------------------------------------------
def lock_again(mailing: Mailing, scope: Scope, *, now: datetime.datetime) -> bool:
    """Take the list of a scheduled mailing anew; whether it moved so much that somebody has to look."""
    before = mailing.locked_count
    _forget_list(mailing)
    count = audience.snapshot(mailing=mailing, scope=scope, now=now)
    return abs(count - before) > MAY_MOVE * before


def note_written(mailing: Mailing, *, now: datetime.datetime) -> None:
    """In the access log: who wrote to how many. Nothing leaves before the row is there."""
    by = mailing.confirmed_by
    if by is not None:
        access.note(
            user=by, mandate=mailing.mandate, kind=AccessLog.Kind.MAILING, members=[], now=now,
            words=mailing.public_id.hex, count=mailing.locked_count,
        )  # fmt: skip


def make_ready(mailing: Mailing, *, now: datetime.datetime) -> None:
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
