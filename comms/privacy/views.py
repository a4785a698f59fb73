"""The pages behind mailed links. Mail scanners open every link, so only POST changes anything (RFC 8058 §3.2)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from comms.people.models import Mandate
from comms.people.scoped import View, public
from comms.people.tokens import BadToken
from comms.privacy import access, suppression, wishes
from comms.privacy import choices as deciding
from comms.privacy.choices import Choices
from comms.privacy.forms import AddressForm, ChoicesForm
from comms.privacy.models import AccessLog, Channel, Wish
from comms.privacy.unsubscribe import Preference

SHOWN = datetime.timedelta(days=366)  # of who has looked; all of it is in the copy
KINDS, ROLES = dict(AccessLog.Kind.choices), dict(Mandate.Role.choices)
PRIVATE = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


def mailed(*methods: str) -> Callable[[View], View]:
    """A page for whoever holds the link, in the member's language. The token is the right, so no cookie is asked
    for; one that is not ours is a 404.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, token: str, **named: Any) -> HttpResponseBase:
            try:
                preference = Preference.named_by(token)
            except BadToken as error:
                raise Http404 from error
            with translation.override(preference.member.language):
                response = view(request, token, preference, **named)
            for name, value in PRIVATE.items():
                response[name] = value
            return response

        return public(csrf_exempt(require_http_methods(methods)(page)))

    return decorate


@mailed("GET", "HEAD", "OPTIONS", "POST")
def unsubscribe(request: HttpRequest, token: str, preference: Preference) -> HttpResponse:
    """What will be switched off and one button; POST is the button or a mail program's one click (RFC 8058 §3.1)."""
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": "GET, HEAD, OPTIONS, POST"})
    if request.method == "POST":
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        preference.switch_off(how="one-click" if one_click else "page", now=timezone.now())
    return _page(request, token, preference)


@mailed("POST")
def undo(request: HttpRequest, token: str, preference: Preference) -> HttpResponse:
    preference.switch_on(how="undo", now=timezone.now())
    return _page(request, token, preference, undone=preference.is_on)


def _page(request: HttpRequest, token: str, preference: Preference, *, undone: bool = False) -> HttpResponse:
    context = {
        "token": token,
        "topic": preference.topic.name(preference.member.language),
        "can_refuse": preference.topic.can_refuse,
        "is_on": preference.is_on,
        "may_switch_on": preference.may_switch_on,
        "undone": undone,
        "hide_languages": True,
    }
    return render(request, "privacy/unsubscribe.html", context)


# --- everything a member may decide -----------------------------------------------------------------------------------
@mailed("GET", "HEAD", "POST")
def choices(request: HttpRequest, token: str, preference: Preference) -> HttpResponse:
    """Topics by channel and the language; POST saves, and the answer offers the way back."""
    member = preference.member
    form = ChoicesForm(request.POST or None, choices=Choices.of(member), language=member.language)
    if request.method != "POST" or not form.is_valid():
        return _choices(request, token, preference, form=form)
    now = timezone.now()
    before = deciding.say(member, form.wanted(), how="page", now=now)
    language = deciding.speak(member, form.cleaned_data["language"], now=now)
    with translation.override(member.language):
        return _choices(request, token, preference, before=before, language=language, saved=True)


@mailed("POST")
def choices_undo(request: HttpRequest, token: str, preference: Preference) -> HttpResponse:
    """The answers before, said again: the page that offers it sends them along."""
    member, now = preference.member, timezone.now()
    form = ChoicesForm(request.POST, choices=Choices.of(member), language=member.language)
    if not form.is_valid():
        raise Http404
    said = {key: yes for key, yes in form.wanted().items() if f"was-{key[0]}-{key[1]}" in request.POST}
    deciding.say(member, said, how="undo", now=now)
    deciding.speak(member, form.cleaned_data["language"], now=now)
    with translation.override(member.language):
        return _choices(request, token, preference, undone=True)


@mailed("POST")
def wish(request: HttpRequest, token: str, preference: Preference, kind: str) -> HttpResponse:
    """Something staff see to: another address, a copy, a pause or its end, to be taken out."""
    if kind not in (*deciding.BY_LINK, Wish.Kind.ADDRESS):
        raise Http404
    form = AddressForm(request.POST) if kind == Wish.Kind.ADDRESS else None
    if form is not None and not form.is_valid():
        return _choices(request, token, preference, address=form)
    deciding.wish(preference.member, kind, said=form.said() if form else None, now=timezone.now())
    return _choices(request, token, preference, wished=True)


@mailed("POST")
def write_again(request: HttpRequest, token: str, preference: Preference) -> HttpResponse:
    """The member lifts their own refusal, at once; for a day they can take it back."""
    said = {name: request.POST.get(name, "") for name in ("channel", "reason")}
    if said["channel"] not in Channel.values:
        raise Http404
    try:
        lifted = wishes.write_again(preference.member, **said, now=timezone.now())
    except wishes.NotNow:
        return _choices(request, token, preference)
    return _choices(request, token, preference, lifted=lifted)


@mailed("POST")
def wish_back(request: HttpRequest, token: str, preference: Preference, public_id: UUID) -> HttpResponse:
    if not deciding.take_back(preference.member, public_id, now=timezone.now()):
        return _choices(request, token, preference, too_late=True)
    return _choices(request, token, preference, wished=True)


def _choices(request: HttpRequest, token: str, preference: Preference, **said: Any) -> HttpResponse:
    member, now = preference.member, timezone.now()
    asked = list(Wish.objects.filter(member=member).order_by("-at")[:10])
    waiting = {one.kind for one in asked if one.state == Wish.State.OPEN}
    waiting.add(Wish.Kind.RESTRICT if member.restricted else Wish.Kind.LIFT)
    looks = access.by_month(member.pk, since=now - SHOWN)
    context = {
        "form": said.pop("form", None) or ChoicesForm(choices=Choices.of(member), language=member.language),
        "address": said.pop("address", None) or AddressForm(),
        "token": token,
        "channels": Channel.labels,
        "wishes": asked,
        "may_wish": [kind for kind in deciding.BY_LINK if kind not in waiting],
        "against": list(suppression.standing(member)),
        "liftable": suppression.LIFTED_BY_MEMBER,
        "looks": [(month, [(one, KINDS[one.kind], ROLES.get(one.role, "")) for one in some]) for month, some in looks],
        "hide_languages": True,
        **said,
    }
    return render(request, "privacy/choices.html", context)
