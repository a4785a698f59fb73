"""The pages behind mailed links. Mail scanners open every link, so only POST changes anything (RFC 8058 §3.2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from comms.people.scoped import View, public
from comms.people.tokens import BadToken
from comms.privacy.unsubscribe import Preference

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
        def page(request: HttpRequest, token: str) -> HttpResponseBase:
            try:
                preference = Preference.named_by(token)
            except BadToken as error:
                raise Http404 from error
            with translation.override(preference.member.language):
                response = view(request, token, preference)
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
