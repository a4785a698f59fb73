"""Mandates: list, choose the unit, give, end."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from comms.people.models import Mandate, Unit, User
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest
from comms.portal.staff import lists, mandates
from comms.portal.staff.forms import LastDayForm, MandateFilter, MandateForm, UnitFilter
from comms.portal.staff.views import attempt, filtered, searched


@scoped(staff=True)
def index(request: SignedInRequest, scope: Scope) -> HttpResponse:
    form = filtered(request, MandateFilter)
    if request.method == "POST":
        return searched(request, form)
    page = lists.page_of(lists.mandates(on=scope.on, **form.cleaned_data), request)
    return render(request, "portal/staff/mandates.html", {"section": "staff", "form": form, "page": page})


@scoped(staff=True)
def choose_unit(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    """First step of giving a mandate: find the unit by typing a part of its name."""
    person = get_object_or_404(User, pk=pk, is_active=True)
    form = UnitFilter(request.GET)
    form.is_valid()
    page = lists.page_of(lists.units(q=form.cleaned_data.get("q", "")), request)
    context = {"section": "staff", "person": person, "form": form, "page": page}
    return render(request, "portal/staff/mandate_unit.html", context)


@scoped(staff=True)
def give(request: SignedInRequest, scope: Scope, pk: int, unit: int) -> HttpResponse:
    """Second step: role and dates."""
    person = get_object_or_404(User, pk=pk, is_active=True)
    mandate = Mandate(user=person, unit=get_object_or_404(Unit, pk=unit, ended_on__isnull=True))
    form = MandateForm(request.POST or None, instance=mandate, initial={"start": scope.on})
    give_it = partial(mandates.give, form.instance, by=request.user, on=scope.on)
    if form.is_valid() and attempt(request, give_it, form=form):
        messages.success(request, _("%(name)s is now: %(mandate)s.") % {"name": person, "mandate": mandate})
        return redirect("portal:user", pk)
    return render(request, "portal/staff/mandate_form.html", {"section": "staff", "form": form, "mandate": mandate})


@scoped(staff=True)
def end(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    mandate = get_object_or_404(Mandate.objects.select_related("user", "unit"), pk=pk)
    form = LastDayForm(request.POST or None, on=scope.on)
    if request.method == "POST" and form.is_valid():
        last_day = form.cleaned_data["last_day"]
        if attempt(request, partial(mandates.end, mandate, last_day=last_day, by=request.user, on=scope.on), form=form):
            gone, later = _("The mandate of %(name)s has ended."), _("The mandate of %(name)s ends after %(day)s.")
            words = {"name": mandate.user, "day": date_format(last_day, "j M Y")}
            messages.success(request, (gone if last_day < scope.on else later) % words)
            return redirect("portal:user", mandate.user_id)
    return render(request, "portal/staff/mandate_end.html", {"section": "staff", "form": form, "mandate": mandate})
