"""What happens to a mailing by the clock: start · finish · reopen, each once however many workers look."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from comms.people.scope import Scope
from mailings import lifecycle, states
from mailings.lifecycle import NotNow
from mailings.models import Batch, BatchState, Mailing, MailingState, News, nothing_halted


def start_due(*, now: datetime.datetime, ring: Callable[[], None] = lambda: None) -> int:
    """Start what is due, after asking the mandate once more; answers how many were started. None while everything is
    stopped. `ring` is called after each: the first of a thousand does not wait until the last is started.
    """
    due = Mailing.unscoped.filter(nothing_halted(), state__in=states.allows("start"), due_at__lte=now)
    whole = due.select_related("mandate__user", "mandate__unit", "unit", "topic", "template", "confirmed_by")
    count = 0
    for mailing in whole:
        if start(mailing, now=now):
            count += 1
            ring()
    return count


@transaction.atomic
def start(mailing: Mailing, *, now: datetime.datetime) -> bool:
    scope = Scope.of_mandate(mailing.mandate, on=timezone.localdate(now))
    found = Q(state=mailing.state, due_at__lte=now)  # else it was undone, hurried or confirmed anew in this moment
    scheduled = mailing.state == MailingState.SCHEDULED
    try:
        if scope:
            lifecycle.move(mailing, "start", condition=found)
        else:
            lifecycle.move(mailing, "stop", condition=found, pause_reason="mandate_ended")
    except NotNow:  # or another sweep was faster
        return False
    if scope and scheduled and (why := _look_first(mailing, scope, now=now)):
        stopped = {"state": MailingState.PAUSED, "to_tell": News.STOPPED, **why}
        Mailing.unscoped.filter(pk=mailing.pk).update(**stopped)
        return False
    if scope:
        Mailing.unscoped.filter(pk=mailing.pk).update(started_at=now)
        lifecycle.make_ready(mailing, now=now)
        lifecycle.note_written(mailing, now=now)
    lifecycle.record("started" if scope else "paused mandate_ended", mailing, None)
    return bool(scope)


def _look_first(mailing: Mailing, scope: Scope, *, now: datetime.datetime) -> dict[str, Any]:
    """Why a scheduled mailing does not leave with the list of today before somebody has looked; empty when it may."""
    before = mailing.locked_count
    if lifecycle.lock_again(mailing, scope, now=now):
        return {"pause_reason": "count_moved", "moved_from": before}
    return {"pause_reason": "not_approved"} if lifecycle.is_unapproved(mailing, has_moved=False) else {}


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
