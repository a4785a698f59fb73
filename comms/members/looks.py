"""Staff's screens of the access log. Each page of them is a look of its own, and in the log as every other is."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from comms.members import seen
from comms.members.wishes import note
from comms.people.models import Member, User
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.forms import DateInput
from comms.portal.requests import SignedInRequest
from comms.privacy.models import AccessLog

USUAL, KEPT = datetime.timedelta(days=30), datetime.timedelta(days=1000)  # the log itself is kept shorter


class DaysForm(forms.Form):
    """From one day to another, both included, in local time."""

    first = forms.DateField(label=_("From"), widget=DateInput())
    last = forms.DateField(label=_("To"), widget=DateInput())

    def clean(self) -> dict[str, Any]:
        first, last = (self.cleaned_data.get(name) for name in ("first", "last"))
        if first and last and last < first:
            raise ValidationError(_("The last day is before the first."))
        return self.cleaned_data

    def period(self) -> tuple[datetime.datetime, datetime.datetime]:
        """Since when, and until before when: nothing is older than the log, or later than today."""
        today = timezone.localdate()
        first, last = max(self.cleaned_data["first"], today - KEPT), min(self.cleaned_data["last"], today)
        days = first, last + datetime.timedelta(days=1)
        since, until = (timezone.make_aware(datetime.datetime.combine(day, datetime.time())) for day in days)
        return since, until


@scoped(staff=True)
@require_safe
def index(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """Where one begins: with a user, or with a member."""
    return render(request, "members/looks.html", {"section": "staff"})


@scoped(staff=True)
@require_safe
def by(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    """Which members a user saw in some days: counts by kind, and who they are, a page at a time."""
    person, today = get_object_or_404(User, pk=pk), timezone.localdate()
    asked = {"first": str(today - USUAL), "last": str(today), **request.GET.dict()}
    form = DaysForm(asked)
    context = {"section": "staff", "person": person, "form": form, "ended": not person.is_active}
    if form.is_valid():
        since, until = form.period()
        found = seen.by(person, since=since, until=until)
        page = found.page(asked.get("page", "1"))
        note(request, scope, AccessLog.Kind.LIST, [member.pk for member in page])
        context |= {"counts": found.counts(), "total": len(found.members), "page": page}
    return render(request, "members/looks_by.html", context)


@scoped(staff=True)
@require_safe
def at(request: SignedInRequest, scope: Scope, public_id: UUID) -> HttpResponse:
    """Who has looked at a member, also at one who has moved or left."""
    member = get_object_or_404(Member.unscoped, public_id=public_id)
    page = seen.at(member.pk, request.GET.get("page", "1"))
    note(request, scope, AccessLog.Kind.LIST, [member.pk])
    return render(request, "members/looks_at.html", {"section": "staff", "member": member, "page": page})
