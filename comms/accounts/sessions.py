"""How long a sign-in lasts, and how fresh it is (demands V12, MS1–MS3).

On the person's own device: 12 hours without a sign of life, 14 days in all. Elsewhere it ends with the browser and
after 12 hours. The session remembers two times (Unix seconds), `since`, the sign-in, and `seen`, the last request,
written at most every five minutes so that reading pages stays reading; `own_device`, what was ticked; and
`second_step`, whether a second factor was shown.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise

IDLE = datetime.timedelta(hours=12)
ABSOLUTE = datetime.timedelta(days=14)
FRESH = datetime.timedelta(minutes=15)
NOTED_EVERY = datetime.timedelta(minutes=5)


def begin(session: SessionBase, *, now: datetime.datetime) -> None:
    """The sign-in starts now; its cookie lasts as long as it may, or until the browser is closed."""
    session["since"] = session["seen"] = now.timestamp()
    session.set_expiry(int(ABSOLUTE.total_seconds()) if session.get("own_device") else 0)


def has_ended(session: SessionBase | Mapping[str, Any], *, now: datetime.datetime) -> bool:
    """Whether the sign-in is too old or was left alone too long; a session without times has ended."""
    age, idle = now.timestamp() - session.get("since", 0), now.timestamp() - session.get("seen", 0)
    longest = ABSOLUTE if session.get("own_device") else IDLE
    return age >= longest.total_seconds() or idle >= IDLE.total_seconds()


def is_fresh(session: SessionBase, *, now: datetime.datetime) -> bool:
    """Signed in within the last quarter of an hour: asked for before a sensitive act."""
    return now.timestamp() - session.get("since", 0) < FRESH.total_seconds()


def fresh(why: Promise, *, go_on: str = "") -> Callable[..., Any]:
    """A view only for those who signed in within 15 minutes; others read `why`, sign in and go on.

    Below `@scoped`: the view gets `(request, scope, …)`. They go on where they were, or at the URL named `go_on` where
    the view answers no GET. A page with more to say asks `is_fresh` and extends `portal/sign_in_again.html` itself.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if is_fresh(request.session, now=timezone.now()):
                return view(request, *args, **kwargs)
            context = {"why": why, "go_on": reverse(go_on) if go_on else request.path, "section": "account"}
            return render(request, "accounts/sign_in_again.html", context)

        return guarded

    return decorate


def note_seen(session: SessionBase, *, now: datetime.datetime) -> None:
    if now.timestamp() - session.get("seen", 0) >= NOTED_EVERY.total_seconds():
        session["seen"] = now.timestamp()
        UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=now)


def note_second_step(session: SessionBase) -> None:
    session["second_step"] = True


@receiver(user_logged_in)
def sign_in_begins(request: HttpRequest, **_: Any) -> None:
    begin(request.session, now=timezone.now())
