"""What the registry's copy knows about a person."""

from __future__ import annotations

import datetime

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
