"""Staff roles: who is staff, and who may edit templates."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from comms.people.models import User
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest
from comms.portal.staff import lists, roles
from comms.portal.staff.forms import UserFilter
from comms.portal.staff.views import attempt, filtered, searched


@scoped(staff=True)
def index(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """Everybody who is staff, and whom a search finds among the others."""
    form = filtered(request, UserFilter)
    if request.method == "POST":
        return searched(request, form)
    people, q = list(roles.staff_people(on=scope.on)), form.cleaned_data.get("q", "")
    others = lists.users(q=q, on=scope.on).exclude(pk__in=[person.pk for person in people])
    context = {
        "section": "staff",
        "people": people,
        "form": form,
        "searched": bool(q),
        "found": others[:10] if q else [],
    }
    return render(request, "portal/staff/roles.html", context)


@scoped(staff=True)
@require_POST
def make_staff(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    if attempt(request, partial(roles.make_staff, person, by=request.user, on=scope.on)):
        messages.success(request, _("%(name)s is staff from now on.") % {"name": person})
    return redirect("portal:roles")


@scoped(staff=True)
def end_staff(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    """Asks in words, then takes the role away."""
    person = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        if attempt(request, partial(roles.end_staff, person, by=request.user, on=scope.on)):
            messages.success(request, _("%(name)s is no longer staff.") % {"name": person})
        return redirect("portal:roles")
    return render(request, "portal/staff/role_end.html", {"section": "staff", "person": person})


def _editing(request: SignedInRequest, scope: Scope, pk: int, *, allowed: bool) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    if attempt(request, partial(roles.let_edit_templates, person, allowed=allowed, by=request.user, on=scope.on)):
        text = _("%(name)s may edit templates.") if allowed else _("%(name)s may no longer edit templates.")
        messages.success(request, text % {"name": person})
    return redirect("portal:roles")


@scoped(staff=True)
@require_POST
def allow_editing(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    return _editing(request, scope, pk, allowed=True)


@scoped(staff=True)
@require_POST
def stop_editing(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    return _editing(request, scope, pk, allowed=False)
