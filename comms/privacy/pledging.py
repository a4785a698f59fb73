"""The page on which confidentiality is pledged: a short text and one button."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from comms.people.models import Mandate
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest
from comms.privacy import pledge

METHODS = ("GET", "HEAD", "POST")


@scoped
def page(request: SignedInRequest, scope: Scope, mandate: UUID) -> HttpResponse:
    """The text, and when it was pledged if it was. POST pledges and leads to where the person was going."""
    own = Mandate.objects.filter(pk__in=scope.mandates).select_related("unit")
    found, now = get_object_or_404(own, public_id=mandate), timezone.now()
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    if request.method == "POST":
        pledge.give(mandate=found, by=request.user, now=now)
        return redirect(onward(request, request.POST.get("next", "")))
    standing = pledge.standing(found, now=now)
    context = {
        "mandate": found, "lines": pledge.TEXTS[pledge.VERSION], "standing": standing,
        "until": standing and standing.at + pledge.HOLDS, "next": onward(request, request.GET.get("next", "")),
        "section": "members",
    }  # fmt: skip
    return render(request, "privacy/pledge.html", context)


def onward(request: SignedInRequest, asked: str) -> str:
    """A page of ours, or home."""
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if ours and asked.startswith("/") else "/"
