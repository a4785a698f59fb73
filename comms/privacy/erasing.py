"""Taking a person out: each app blanks its own columns (`personal.py`); the row stays, so no file brings them back."""

from __future__ import annotations

import datetime

from django.db import transaction

from comms.people.models import Member
from comms.privacy import ledger, retention
from comms.privacy.models import Channel, Suppression


@transaction.atomic
def erase(member: Member, *, now: datetime.datetime) -> None:
    """Blank everything that names the member (GDPR art. 17). Repeatable.

    What stays is a keyed hash of each address: whoever asked to be forgotten is not written to again, also when a file
    or a backup brings the address back.
    """
    for channel, address in ((Channel.MAIL, member.email), (Channel.SMS, member.mobile)):
        Suppression.objects.suppress(address, Suppression.Reason.REFUSED, now=now, channel=channel)
    for module in reversed(retention.modules()):  # who it is goes last: the rooms above still look for the name
        if hasattr(module, "erase"):
            module.erase(member, now=now)
    transaction.on_commit(lambda: ledger.note("erased", member.public_id.hex, durable=True))
