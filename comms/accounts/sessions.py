"""How long a sign-in lasts: 12 hours without a sign of life, 14 days in all (demands V12, MS1–MS3).

The session remembers two times (Unix seconds): `since`, the sign-in, and `seen`, the last request, written at
most every five minutes so that reading pages stays reading.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

IDLE = datetime.timedelta(hours=12)
ABSOLUTE = datetime.timedelta(days=14)
FRESH = datetime.timedelta(minutes=15)
NOTED_EVERY = datetime.timedelta(minutes=5)


def begin(session: SessionBase, *, now: datetime.datetime) -> None:
    session["since"] = session["seen"] = now.timestamp()


def has_ended(session: SessionBase, *, now: datetime.datetime) -> bool:
    """Whether the sign-in is too old or was left alone too long; a session without times has ended."""
    age, idle = now.timestamp() - session.get("since", 0), now.timestamp() - session.get("seen", 0)
    return age >= ABSOLUTE.total_seconds() or idle >= IDLE.total_seconds()


def is_fresh(session: SessionBase, *, now: datetime.datetime) -> bool:
    """Signed in within the last quarter of an hour: asked for before a password may be set."""
    return now.timestamp() - session.get("since", 0) < FRESH.total_seconds()


def note_seen(session: SessionBase, *, now: datetime.datetime) -> None:
    if now.timestamp() - session.get("seen", 0) >= NOTED_EVERY.total_seconds():
        session["seen"] = now.timestamp()


@receiver(user_logged_in)
def sign_in_begins(request: HttpRequest, **_: Any) -> None:
    begin(request.session, now=timezone.now())
