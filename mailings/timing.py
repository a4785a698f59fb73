"""The day and the hour somebody chooses for a mailing: a moment, or why it cannot be that one."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comms.portal.forms import DateInput

FURTHEST = datetime.timedelta(days=365)

Named = tuple[str, datetime.datetime]
"""A time that the invitation itself names: what it is called there, and when (local and naive, as it was typed)."""


def said(at: datetime.datetime) -> str:
    """The moment in words, in local time: "tis 12 mars 18.00"; with the year where it is not this one."""
    local = timezone.localtime(at)
    return date_format(local, "D j F H.i" if local.year == timezone.localtime().year else "D j F Y H.i")


def moment(wall: datetime.datetime, *, now: datetime.datetime, before: Named | None = None) -> datetime.datetime:
    """The moment at which the clock on the wall shows `wall`; the first of two when clocks are put back.

    `before` is the first time that the invitation names. Raises `ValidationError`, in words.
    """
    at = timezone.make_aware(wall)
    if timezone.localtime(at.astimezone(datetime.UTC)).replace(tzinfo=None) != wall:
        raise forms.ValidationError(_("There is no such time that night: the clocks are put forward. Choose another."))
    if at <= now:
        raise forms.ValidationError(_("That time has passed. Choose a later one."))
    if at > now + FURTHEST:
        raise forms.ValidationError(_("That is more than a year away. Choose an earlier day."))
    if before and wall >= before[1]:
        text = _("By then “%(label)s” (%(when)s) has passed. Choose an earlier time.")
        raise forms.ValidationError(text % {"label": before[0], "when": said(timezone.make_aware(before[1]))})
    return at


class TimeInput(forms.TimeInput):
    """The telephone's own time picker."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class WhenForm(forms.Form):
    """Now, or on a day at an hour. Afterwards `cleaned_data["at"]` is the moment, None for now.

    What was typed stays on the page when it is refused.
    """

    NOW, LATER = "now", "later"
    NAMES: ClassVar = ("when", "day", "clock")

    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        required=False,
        choices=[(NOW, gettext_lazy("Send now")), (LATER, gettext_lazy("Send at another time"))],
        widget=forms.RadioSelect,
    )
    day = forms.DateField(label=gettext_lazy("Day"), required=False, widget=DateInput)
    clock = forms.TimeField(label=gettext_lazy("Time"), required=False, widget=TimeInput)

    def __init__(self, *args: Any, now: datetime.datetime, before: Named | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.before = now, before
        self.fields["when"].initial = self.NOW
        today = timezone.localdate(now)
        self.fields["day"].widget.attrs.update(min=today.isoformat(), max=(today + FURTHEST).isoformat())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["at"] = None
        if cleaned.get("when") == self.LATER and not {"day", "clock"} & self.errors.keys():
            cleaned["at"] = self._moment(cleaned.get("day"), cleaned.get("clock"))
        return cleaned

    def _moment(self, day: datetime.date | None, clock: datetime.time | None) -> datetime.datetime | None:
        try:
            if day is None or clock is None:
                raise forms.ValidationError(_("Choose both a day and a time."))
            return moment(datetime.datetime.combine(day, clock), now=self.now, before=self.before)
        except forms.ValidationError as error:
            self.add_error("clock" if day else "day", error)
            return None
