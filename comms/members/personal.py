"""What looking for members leaves behind: words that name people, in the session of whoever typed them."""

from __future__ import annotations

import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session

from comms.members import searches
from comms.people.models import Member


def erase(member: Member, *, now: datetime.datetime) -> None:
    """Everybody's last searches go: what somebody typed of a name is not compared with it. At worst a list is whole."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for session in Session.objects.iterator():
        kept = session.get_decoded()
        if kept.pop(searches.NAME, None):
            Session.objects.filter(pk=session.pk).update(session_data=store.encode(kept))


def export(member: Member) -> dict[str, list[dict[str, Any]]]:
    """What somebody typed and nobody else can read is gone with the sign-in; it is not about one member."""
    return {}
