"""From a sent invitation to the next one: a correction, or the same with its dates moved on."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from comms.people.models import LANGUAGES, Mandate
from comms.people.scope import Scope
from mailings.again import FURTHEST, a_year_on, main_day, repeat, times, to_look_at
from mailings.again import correct as corrected
from mailings.models import Mailing
from mailings.offers import LOCKED
from mailings.views.found import Request, changing, drafting, reading, writing_mandate


class MoveForm(forms.Form):
    """How far the dates move."""

    YEAR, DAYS, KEEP = "year", "days", "keep"
    how = forms.ChoiceField(
        label=gettext_lazy("The dates"),
        choices=[
            (YEAR, gettext_lazy("The same weekday next year")),
            (DAYS, gettext_lazy("So many days later")),
            (KEEP, gettext_lazy("Leave them as they are")),
        ],
        initial=YEAR,
        widget=forms.RadioSelect,
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days"),
        required=False,
        min_value=1,
        max_value=FURTHEST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=gettext_lazy("7 is a week, 28 keeps the weekday."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("how") == self.DAYS and not cleaned.get("days") and "days" not in self.errors:
            self.add_error("days", _("Say how many days."))
        return cleaned

    def move(self, mailing: Mailing, *, today: datetime.date) -> datetime.timedelta:
        """Nothing moves where the invitation names no time."""
        how, day = self.cleaned_data["how"], main_day(times(mailing))
        if how == self.YEAR and day:
            return a_year_on(day, today=today)
        return datetime.timedelta(days=self.cleaned_data["days"] if how == self.DAYS else 0)


def writer(request: Request, scope: Scope, mailing: Mailing) -> Mandate:
    """The caller's mandate at the mailing's own unit; a draft, and what never had recipients, is not repeated."""
    mandate = writing_mandate(request, scope, mailing.unit)
    if mandate is None or mailing.state not in LOCKED:
        raise Http404
    return mandate


@changing
def correct(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """A draft to those who got it; nothing is sent yet."""
    draft = corrected(mailing=mailing, mandate=writer(request, scope, mailing), by=request.user)
    messages.success(
        request, _("A draft with the same text, to those who got the invitation. Put right what was wrong.")
    )
    return redirect("mailings:text", draft.public_id)


@reading
def again(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """What will move and by how much, before anything is made."""
    writer(request, scope, mailing)
    return asked(request, mailing, MoveForm())


def asked(request: Request, mailing: Mailing, form: MoveForm, *, status: int = 200) -> HttpResponse:
    moments = times(mailing)
    day = main_day(moments)
    by = a_year_on(day, today=timezone.localdate()) if day else datetime.timedelta()
    context = {"mailing": mailing, "form": form, "moves": [(slot.label, at, at + by) for slot, at in moments]}
    return render(request, "mailings/again.html", context, status=status)


@changing
def create(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The new draft, and then the texts that speak of days."""
    mandate, form = writer(request, scope, mailing), MoveForm(request.POST)
    if not form.is_valid():
        return asked(request, mailing, form, status=422)
    move = form.move(mailing, today=timezone.localdate())
    draft = repeat(mailing=mailing, mandate=mandate, by=request.user, move=move)
    return redirect("mailings:days", draft.public_id)


@drafting
def days(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The dates of a draft and the texts that speak of days, each with the way to it."""
    heads = {"subject": _("Subject"), "preheader": _("Preview text")}
    names = dict(LANGUAGES)
    looks = [
        (look, look.label or heads.get(look.key, ""), names.get(look.language, "")) for look in to_look_at(mailing)
    ]
    return render(request, "mailings/days.html", {"mailing": mailing, "times": times(mailing), "looks": looks})
