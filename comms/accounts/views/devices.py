"""Where I am signed in, and signing out there."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from comms.accounts import devices
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest


def _current(request: SignedInRequest) -> str:
    return request.session.session_key or ""


@scoped(without_mandate=True)
def signed_in(request: SignedInRequest, scope: Scope) -> HttpResponse:
    found = devices.of(request.user, current=_current(request), now=timezone.now())
    return render(request, "accounts/devices.html", {"devices": found, "section": "account"})


@scoped(without_mandate=True)
@require_POST
def end(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    if not devices.end(request.user, pk):
        raise Http404
    messages.success(request, _("You are signed out there."))
    return redirect("account_devices")


@scoped(without_mandate=True)
@require_POST
def end_others(request: SignedInRequest, scope: Scope) -> HttpResponse:
    ended = devices.end_others(request.user, current=_current(request))
    words = ngettext("You are signed out on %(n)s other device.", "You are signed out on %(n)s other devices.", ended)
    messages.success(request, words % {"n": ended})
    return redirect("account_devices")
