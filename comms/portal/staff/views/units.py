"""Units: the tree, one unit, new, change, close."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from comms.people.models import Mandate, Unit
from comms.people.scope import Scope, live
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest
from comms.portal.staff import lists, units
from comms.portal.staff.forms import LastDayForm, UnitFilter, UnitForm
from comms.portal.staff.views import attempt


@scoped(staff=True)
def index(request: SignedInRequest, scope: Scope) -> HttpResponse:
    form = UnitFilter(request.GET)
    form.is_valid()
    page = lists.page_of(lists.units(**form.cleaned_data), request)
    return render(request, "portal/staff/units.html", {"section": "staff", "form": form, "page": page})


@scoped(staff=True)
def detail(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    unit = get_object_or_404(Unit.objects.select_related("branch"), pk=pk)
    held = (
        Mandate.objects.filter(live(scope.on), unit=unit)
        .select_related("user")
        .order_by("role", "user__last_name", "id")
    )
    context = {
        "section": "staff",
        "unit": unit,
        "above": unit.get_ancestors(),
        "below": unit.get_children().order_by("name"),
        "mandates": held,
        "members": units.members_after(unit, scope.on),
        "can_grow": not unit.ended_on,
    }
    return render(request, "portal/staff/unit.html", context)


def _new(request: SignedInRequest, parent: Unit | None) -> HttpResponse:
    form = UnitForm(request.POST or None, parent=parent)
    if request.method == "POST" and form.is_valid():
        form.instance.kind = form.cleaned_data["kind"]
        adding = partial(units.add, form.instance, parent=parent, by=request.user, domains=form.employer_domains)
        if attempt(request, adding, form=form):
            messages.success(request, _("%(unit)s is added.") % {"unit": form.instance})
            return redirect("portal:unit", form.instance.pk)
    return render(request, "portal/staff/unit_form.html", {"section": "staff", "form": form, "parent": parent})


@scoped(staff=True)
def new_below(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    return _new(request, get_object_or_404(Unit, pk=pk, ended_on__isnull=True))


@scoped(staff=True)
def new_employer(request: SignedInRequest, scope: Scope) -> HttpResponse:
    return _new(request, None)


@scoped(staff=True)
def edit(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    unit = get_object_or_404(Unit, pk=pk)
    form = UnitForm(request.POST or None, instance=unit, scope=scope)
    if request.method == "POST" and form.is_valid():
        units.change(form.instance, by=request.user, domains=form.employer_domains)
        messages.success(request, _("Saved."))
        return redirect("portal:unit", pk)
    return render(request, "portal/staff/unit_form.html", {"section": "staff", "form": form, "unit": unit})


@scoped(staff=True)
def close(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    """Asks for the last day; says who is left when it cannot be done."""
    unit = get_object_or_404(Unit, pk=pk)
    form = LastDayForm(request.POST or None, on=scope.on)
    if request.method == "POST" and form.is_valid():
        last_day = form.cleaned_data["last_day"]
        if attempt(request, partial(units.close, unit, last_day=last_day, by=request.user), form=form):
            messages.success(request, _("%(unit)s is closed.") % {"unit": unit})
            return redirect("portal:unit", pk)
    left = units.mandates_after(unit, scope.on).order_by("unit__path", "id")
    context = {
        "section": "staff",
        "form": form,
        "unit": unit,
        "members": units.members_after(unit, scope.on),
        "mandates": left,
    }
    return render(request, "portal/staff/unit_close.html", context)
