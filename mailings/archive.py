"""Everything written under the mandates one holds: what the archive's address asks for, as a queryset.

Archive and drafts belong to the unit, so whoever holds the mandate next has them (rulings, "In these six").
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comms.people.scope import Scope
from comms.portal.forms import DateInput
from mailings.models import UNCONFIRMED, Mailing, MailingState, awaits
from templates_lib.models import InvitationTemplate

STATES = [
    MailingState.DRAFT,
    MailingState.AWAITING_APPROVAL,
    MailingState.SCHEDULED,
    MailingState.HOLD,
    MailingState.SENDING,
    MailingState.PAUSED,
    MailingState.DONE,
    MailingState.CANCELLED,
]


def readable(scope: Scope, *, writes_for: Collection[int]) -> Any:
    """The mailings of the scope; drafts only of the units (ids) one may write for, for nobody else can open them, and
    what waits for one's approval.
    """
    closed = Q(state__in=UNCONFIRMED) & ~Q(unit__in=writes_for) & ~awaits(scope)
    return Mailing.objects.within(scope).exclude(closed)


class ArchiveFilter(forms.Form):
    """What the address of the archive may ask for; anything else in it is overlooked."""

    q = forms.CharField(label=_("Search in subjects"), required=False, max_length=100, widget=forms.TextInput)
    template = forms.ChoiceField(label=_("Template"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=DateInput)
    until = forms.DateField(label=_("To"), required=False, widget=DateInput)

    def __init__(self, data: Any, *, rows: Any, language: str) -> None:
        super().__init__(data)
        self.fields["q"].widget.attrs.update(type="search", autocomplete="off")
        used = InvitationTemplate.objects.filter(pk__in=rows.order_by().values("template"))
        titles = sorted((one.title(language), str(one.pk)) for one in used)
        self.fields["template"].choices = [("", _("All")), *((pk, title) for title, pk in titles)]  # type: ignore[attr-defined]
        self.fields["state"].choices = [("", _("All")), *((s.value, s.label) for s in STATES)]  # type: ignore[attr-defined]
        self.is_valid()
        self.rows = found(rows, **{**dict.fromkeys(("since", "until")), **self.cleaned_data, "state": ""})
        self.counts = dict(self.rows.order_by().values_list("state").annotate(n=Count("pk")))
        self.fields["state"].choices = [("", _("All")), *self._counted()]  # type: ignore[attr-defined]

    def _counted(self) -> list[tuple[str, str]]:
        """The states there are, with how many in each; the one that was asked for in any case."""
        asked = self.cleaned_data.get("state")
        shown = [state for state in STATES if self.counts.get(state) or state == asked]
        return [(s.value, f"{str(s.label).capitalize()} ({self.counts.get(s, 0)})") for s in shown]

    @property
    def is_asking(self) -> bool:
        return any(self.cleaned_data.values())

    @property
    def narrows(self) -> bool:
        """By more than words: then all the fields are shown."""
        return any(value for name, value in self.cleaned_data.items() if name != "q")

    def chosen(self) -> Any:
        """The rows that were asked for, the newest first."""
        state = self.cleaned_data.get("state")
        rows = self.rows.filter(state=state) if state else self.rows
        return rows.order_by("-moment", "-id")


def found(
    rows: Any, *, q: str = "", template: str = "", state: str = "",
    since: datetime.date | None = None, until: datetime.date | None = None,
) -> Any:  # fmt: skip
    """The rows that hold every word, with `moment`: when they were sent, are to be sent, or were changed last.

    Regular expressions, for SQLite compares Å and å as one only in them.
    """
    rows = rows.annotate(moment=Coalesce("started_at", "due_at", "changed_at"))
    for word in q.split()[:8]:
        rows = rows.filter(subject__iregex=re.escape(word))
    if template:
        rows = rows.filter(template=template)
    if since:
        rows = rows.filter(moment__gte=_midnight(since))
    if until:
        rows = rows.filter(moment__lt=_midnight(until + datetime.timedelta(days=1)))
    return rows.filter(state=state) if state else rows


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))
