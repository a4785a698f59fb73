"""Signs of life: what happened last, and whether it went well (`models.Pulse`)."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping

from django.db import Error, connection

from mailings.models import Pulse
from mailings.transports.base import Lost

log = logging.getLogger("comms.alarm")  # ERROR here reaches the people of ALARM_TO


def record(name: str, figures: Mapping[str, object], *, now: datetime.datetime, good: bool = True) -> None:
    """The newest sign wins, whatever the order in which they arrive."""
    values = {"at": now, "good": good, "figures": dict(figures)}
    if not Pulse.objects.filter(pk=name, at__lte=now).update(**values):
        Pulse.objects.get_or_create(pk=name, defaults=values)


def alarm(text: str, *values: object) -> None:
    """Something that staff must look at, in plain words; no personal data."""
    log.error(text, *values)


def trouble(lost: Lost, *, now: datetime.datetime) -> None:
    """What the mail server last said when it did not let us send; never fails, the database may be away too."""
    try:
        record("transport", {"reason": lost.reason, "reply": str(lost)[:300]}, now=now, good=False)
    except Error:
        connection.close()
