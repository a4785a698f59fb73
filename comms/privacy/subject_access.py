"""Everything we know about one person, as they may ask for it (GDPR art. 15 and 20)."""

from __future__ import annotations

import datetime
from typing import Any

from comms.people.models import Member
from comms.privacy import retention
from comms.privacy.policy import policy

Part = list[dict[str, Any]]
"""Rows of one kind, each from column to a value that JSON can hold or a moment."""


def export(member: Member, *, now: datetime.datetime) -> dict[str, Any]:
    """What each app's `personal.py` knows, by the name of the part, and how long what is kept.

    `made_at`, `number`, `parts` (name -> rows), `kept` (what, how long, why).
    """
    parts: dict[str, Part] = {}
    for module in retention.modules():
        if hasattr(module, "export"):
            parts |= module.export(member)
    rules = [
        {"what": rule.name, "how_long": rule.keep, "after": rule.after, "why": rule.why} for rule in policy().rules
    ]
    return {"made_at": now, "number": member.number, "parts": parts, "kept": rules}
