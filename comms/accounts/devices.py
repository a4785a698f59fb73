"""Where a person is signed in: the list on the account page, and ending one sign-in or all others."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from comms.accounts import sessions
from comms.people.models import User

# the first that stands in the browser's name of itself (RFC 9110 §10.1.5): others pretend to be Chrome and Safari
BROWSERS = [
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Vivaldi", "Vivaldi"),
    ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
]  # fmt: skip
SYSTEMS = [
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
]  # fmt: skip


@dataclass(frozen=True)
class Device:
    """One sign-in that still holds. `address` is the network address it began from."""

    pk: int
    words: str
    address: str
    since: datetime.datetime
    seen: datetime.datetime
    own: bool
    this: bool


def in_words(user_agent: str) -> str:
    """“Firefox, Windows”, as people call their device."""
    known = [
        next((name for mark, name in table if mark in user_agent), "") for table in (BROWSERS, SYSTEMS)
    ]  # fmt: skip
    return ", ".join(filter(None, known)) or _("Unknown device")


def of(user: User, *, current: str, now: datetime.datetime) -> list[Device]:
    """The sign-ins of a person that still hold, the newest first; `current` is the key of the one that asks."""
    known = {row.session_key: row for row in UserSession.objects.filter(user=user)}
    rows = Session.objects.filter(session_key__in=known, expire_date__gt=now)
    stored = {row.session_key: row.get_decoded() for row in rows}
    alive = {key: data for key, data in stored.items() if _holds(data, user, now=now)}
    devices = [_device(known[key], bool(data.get("own_device")), this=key == current) for key, data in alive.items()]
    return sorted(devices, key=lambda device: (device.this, device.seen), reverse=True)


def _holds(data: dict, user: User, *, now: datetime.datetime) -> bool:
    """Not ended by age, nor by a new password."""
    same_password = constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    return same_password and not sessions.has_ended(data, now=now)


def _device(row: UserSession, own: bool, *, this: bool) -> Device:
    return Device(row.pk, in_words(row.user_agent), row.ip, row.created_at, row.last_seen_at, own, this)


def end(user: User, pk: int) -> bool:
    """Ends one sign-in of this person; answers whether there was one."""
    row = UserSession.objects.filter(user=user, pk=pk).first()
    if row is not None:
        row.end()
    return row is not None


def end_others(user: User, *, current: str) -> int:
    """Ends every sign-in but the one that asks; answers how many."""
    rows = list(UserSession.objects.filter(user=user).exclude(session_key=current))
    for row in rows:
        row.end()
    return len(rows)
