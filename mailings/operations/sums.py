"""Every night: do the sums of all mailings agree? If not, somebody must look."""

from __future__ import annotations

import datetime

from mailings import reports
from mailings.operations import pulses


def reconcile(*, now: datetime.datetime) -> dict[str, list[str]]:
    """Looked at twice, because a batch may have been given back between two queries. Rings the alarm, ids only."""
    wrong = reports.disagreements()
    if wrong:
        again = reports.disagreements()
        wrong = {mailing: texts for mailing, texts in again.items() if mailing in wrong}
    pulses.record("reconcile", {"disagree": len(wrong)}, now=now, good=not wrong)
    for mailing, texts in sorted(wrong.items()):
        pulses.alarm("the sums of mailing %s do not agree: %s", mailing, "; ".join(texts))
    return wrong
