"""What the library keeps of what readers tell; the periods are the policy's (`comms/privacy/retention.toml`)."""

from __future__ import annotations

import datetime
import re
from typing import Any

from django.utils import timezone

from cms.models import Heard, Unfound, Verdict
from comms.people.models import Member

ROWS = {
    "heard": lambda before: Heard.objects.filter(day__lte=timezone.localdate(before)),
    "unfound": lambda before: Unfound.objects.filter(last_on__lte=timezone.localdate(before)),
    "verdicts": lambda before: Verdict.objects.filter(on__lte=timezone.localdate(before)),
}


def erase(member: Member, *, now: datetime.datetime) -> None:
    """A search for a surname alone may have been kept: two people typed the word, and it is nobody's full name."""
    for word in (member.last_name, member.email, member.mobile, member.number):
        if word:
            about = Unfound.objects.filter(text__contains=word.lower())
            whole = re.compile(rf"(?<!\w){re.escape(word.lower())}(?!\w)")
            about.filter(pk__in=[row.pk for row in about if whole.search(row.text)]).delete()


def export(member: Member) -> dict[str, list[dict[str, Any]]]:
    """Searches are kept without anybody's name."""
    return {}
