"""Lists that were taken out: how long we know of them, and that none holds somebody who was taken out."""

from __future__ import annotations

import datetime
from typing import Any

from comms.members import exports
from comms.members.models import ListExport
from comms.people.models import Member

ROWS = {"exports": lambda before: ListExport.objects.filter(expires_at__lte=before)}


def erase(member: Member, *, now: datetime.datetime) -> None:
    """A file that holds the person goes whole; who took out what about them is in the access log."""
    exports.give_up(exports.holding(member))


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
