"""What the registry's copy knows about a person."""

from __future__ import annotations

import datetime
from typing import Any

from comms.people.models import Member

COLUMNS = (
    "first_name", "last_name", "email", "email_key", "email_problem", "mobile", "street", "postcode", "city", "country",
)  # fmt: skip


def erase(member: Member, *, now: datetime.datetime) -> None:
    """The number stays: it keeps an import from bringing the person back."""
    member.corrections.all().delete()
    member.placements.all().delete()
    for column in COLUMNS:
        setattr(member, column, "")
    member.erased_at = member.erased_at or now
    member.save()


def export(member: Member) -> dict[str, list[dict[str, Any]]]:
    profile = {column: getattr(member, column) for column in ("number", *COLUMNS) if column != "email_key"}
    profile |= {name: getattr(member, name) for name in ("language", "left_on", "restricted", "erased_at", "as_of")}
    placements = member.placements.select_related("unit").order_by("start", "pk")
    corrections = member.corrections.order_by("at", "pk")
    return {
        "profile": [profile],
        "placements": [
            {"unit": row.unit.name, "from": row.start, "until": row.end, "position": row.position} for row in placements
        ],
        "corrections": [{"field": row.field, "value": row.value, "at": row.at} for row in corrections],
    }
