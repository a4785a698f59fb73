"""Staff's screen for what each role may do beyond reading lists."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from wagtail.models import ModelLogEntry

from comms.accounts.sessions import fresh
from comms.members import powers
from comms.members.models import RolePower
from comms.people.models import Mandate
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest
from comms.portal.staff.history import ACTIONS

WHY = gettext_lazy("You are about to let a role do more with what the union knows about its members.")
CHANGES = ("people.power.give", "people.power.end")
SHOWN = 10  # changes


@scoped(staff=True)
@require_safe
def index(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """Each role, what it may do, and who changed that."""
    held = powers.roles_with(RolePower.Power.EXPORT)
    roles = [(role, role in held) for role in Mandate.Role]
    log = ModelLogEntry.objects.filter(action__in=CHANGES).select_related("user").order_by("-timestamp", "-pk")
    labels = dict(Mandate.Role.choices)
    changes = [(row, labels.get(row.data.get("role"), ""), ACTIONS[row.action]) for row in log[:SHOWN]]
    return render(request, "members/powers.html", {"section": "staff", "roles": roles, "changes": changes})


@scoped(staff=True)
@require_POST
@fresh(WHY, go_on="members:powers")
def give(request: SignedInRequest, scope: Scope, role: str) -> HttpResponse:
    return _switch(request, role, allowed=True)


@scoped(staff=True)
@require_POST
def end(request: SignedInRequest, scope: Scope, role: str) -> HttpResponse:
    return _switch(request, role, allowed=False)


def _switch(request: SignedInRequest, role: str, *, allowed: bool) -> HttpResponse:
    if role not in Mandate.Role:
        raise Http404
    if powers.switch(role, RolePower.Power.EXPORT, allowed=allowed, by=request.user):
        text = _("%(role)s: may take out lists.") if allowed else _("%(role)s: may no longer take out lists.")
        messages.success(request, text % {"role": Mandate.Role(role).label})
    return redirect("members:powers")
