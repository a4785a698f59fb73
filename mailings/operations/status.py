"""The line on the home page: does mail leave, in plain words. One query; the sweep has done the sums."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Exists
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mailings.models import Halt, Pulse

SILENT = datetime.timedelta(minutes=2)  # the sweep comes every SWEEP_SECONDS
NORMAL_MINUTES = 5
STEPS = (10, 20, 30, 60)


@dataclass(frozen=True, slots=True)
class Status:
    """`level` is normal · slow · still · stopped."""

    level: str
    text: str | Promise


NORMAL = Status("normal", _("E-mail: normal"))
STOPPED = Status("stopped", _("E-mail: stopped by the office. What you send is kept and leaves when it goes on."))
STILL = Status(
    "still", _("E-mail: nothing leaves right now. What you send is kept and leaves as soon as it works again.")
)
VERY_SLOW = Status("slow", _("E-mail: slow. Mail may take more than an hour."))


def status(*, now: datetime.datetime) -> Status:
    """What a representative who sends now can expect."""
    pulse = Pulse.objects.filter(pk="sweep").annotate(halted=Exists(Halt.objects.open())).first()
    return judge(pulse, halted=bool(pulse and pulse.halted), now=now)


def judge(pulse: Pulse | None, *, halted: bool, now: datetime.datetime) -> Status:
    """Pure. Without a recent sweep nobody is at work."""
    if halted:
        return STOPPED
    if pulse is None or now - pulse.at > SILENT or pulse.figures.get("minutes") is None:
        return STILL
    minutes = pulse.figures["minutes"]
    if minutes <= NORMAL_MINUTES:
        return NORMAL
    step = next((step for step in STEPS if minutes <= step), None)
    if step is None:
        return VERY_SLOW
    return Status("slow", format_lazy(_("E-mail: slow. Mail may take up to {minutes} minutes."), minutes=step))
