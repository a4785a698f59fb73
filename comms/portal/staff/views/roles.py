"""Staff roles: who is staff, and who may edit templates."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from comms.people.models import User
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.staff import roles
from comms.portal.staff.views import attempt


@scoped(staff=True)
def index(request: HttpRequest, scope: Scope) -> HttpResponse:
    return render(request, "portal/staff/roles.html", {"section": "staff", "people": roles.staff_people(on=scope.on)})


@scoped(staff=True)
@require_POST
def make_staff(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    if attempt(request, partial(roles.make_staff, person, by=request.user, on=scope.on)):
        messages.success(request, _("%(name)s is staff from now on.") % {"name": person})
    return redirect("portal:roles")


@scoped(staff=True)
def end_staff(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    """Asks in words, then takes the role away."""
    person = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        if attempt(request, partial(roles.end_staff, person, by=request.user, on=scope.on)):
            messages.success(request, _("%(name)s is no longer staff.") % {"name": person})
        return redirect("portal:roles")
    return render(request, "portal/staff/role_end.html", {"section": "staff", "person": person})


def _editing(request: HttpRequest, scope: Scope, pk: int, *, allowed: bool) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    if attempt(request, partial(roles.let_edit_templates, person, allowed=allowed, by=request.user, on=scope.on)):
        text = _("%(name)s may edit templates.") if allowed else _("%(name)s may no longer edit templates.")
        messages.success(request, text % {"name": person})
    return redirect("portal:roles")


@scoped(staff=True)
@require_POST
def allow_editing(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    return _editing(request, scope, pk, allowed=True)


@scoped(staff=True)
@require_POST
def stop_editing(request: HttpRequest, scope: Scope, pk: int) -> HttpResponse:
    return _editing(request, scope, pk, allowed=False)
