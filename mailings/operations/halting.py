"""Everything stops, everything goes on: one stored switch, so that going on restores exactly what was."""

from __future__ import annotations

import datetime
import logging

from comms.people.models import User
from mailings.models import Halt

log = logging.getLogger(__name__)


def stop(*, by: User | None, now: datetime.datetime) -> bool:
    """Nothing leaves from the next moment on; False when everything stood still already."""
    if Halt.objects.open().exists():
        return False
    Halt.objects.create(by=by, at=now)
    log.warning("everything stopped by %s", f"user {by.pk}" if by else "the post office")
    return True


def lift_own(*, now: datetime.datetime) -> None:
    """Lift what the post office stopped by itself; a person's stop stands."""
    Halt.objects.open().filter(by__isnull=True).update(lifted_at=now)


def go_on(*, by: User | None, now: datetime.datetime) -> bool:
    """Work goes on where it stood; False when nothing was stopped."""
    lifted = Halt.objects.open().update(lifted_at=now, lifted_by=by)
    if lifted:
        log.warning("everything goes on, by %s", f"user {by.pk}" if by else "the post office")
    return bool(lifted)
