"""What the post office knows about a person: name and address as they were in each mailing."""

from __future__ import annotations

import datetime

from comms.people.models import Member
from mailings.models import Recipient

COLUMNS = ("address", "first_name", "last_name")


def erase(member: Member, *, now: datetime.datetime) -> None:
    """The rows stay: the sums of a mailing still agree."""
    Recipient.unscoped.filter(member=member).update(**dict.fromkeys(COLUMNS, ""))
