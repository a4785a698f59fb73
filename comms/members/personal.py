"""What looking for members leaves behind: lists that were taken out, and words that name people in the session of
whoever typed them. None holds somebody who was taken out.
"""

from __future__ import annotations

import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session

from comms.members import exports
from comms.members.models import ListExport
from comms.people.models import Member
from comms.portal import searches

ROWS = {"exports": lambda before: ListExport.objects.filter(expires_at__lte=before)}


def erase(member: Member, *, now: datetime.datetime) -> None:
    """A file that holds the person goes whole; who took out what about them is in the access log. Everybody's last
    searches go: what somebody typed of a name is not compared with it. At worst a list is whole.
    """
    exports.give_up(exports.holding(member))
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for session in Session.objects.iterator():
        kept = session.get_decoded()
        if kept.pop(searches.NAME, None):
            Session.objects.filter(pk=session.pk).update(session_data=store.encode(kept))


def export(member: Member) -> dict[str, list[dict[str, Any]]]:
    """The files that hold the person at this moment; every one ever fetched is among those who have looked."""
    rows = exports.holding(member).select_related("by", "mandate__unit").order_by("pk")
    return {
        "lists": [
            {"who": str(row.by), "mandate": str(row.mandate), "why": row.reason, "from": row.created_at,
             "until": row.expires_at}
            for row in rows
        ]
    }  # fmt: skip
