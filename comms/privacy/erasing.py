"""Taking a person out: each app blanks its own columns (`personal.py`); the row stays, so no file brings them back."""

from __future__ import annotations

import datetime
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db import transaction

from comms.people.models import Member
from comms.privacy import ledger


@transaction.atomic
def erase(member: Member, *, now: datetime.datetime) -> None:
    """Blank everything that names the member (GDPR art. 17). Repeatable."""
    for app in apps.get_app_configs():
        if app.name.startswith(("comms.", "mailings")) and find_spec(f"{app.name}.personal"):
            import_module(f"{app.name}.personal").erase(member, now=now)
    transaction.on_commit(lambda: ledger.note("erased", member.public_id.hex, durable=True))
