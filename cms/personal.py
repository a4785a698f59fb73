"""What the library keeps of what readers tell; the periods are the policy's (`comms/privacy/retention.toml`)."""

from __future__ import annotations

from django.utils import timezone

from cms.models import Heard, Unfound, Verdict

ROWS = {
    "heard": lambda before: Heard.objects.filter(day__lte=timezone.localdate(before)),
    "unfound": lambda before: Unfound.objects.filter(last_on__lte=timezone.localdate(before)),
    "verdicts": lambda before: Verdict.objects.filter(on__lte=timezone.localdate(before)),
}
