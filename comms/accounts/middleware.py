"""The person's language, the end of a session, a closed staff door, and caches that keep nothing of theirs."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import parse_accept_lang_header

from comms.accounts import second_step, sessions
from comms.people.scoped import scope_of

Handler = Callable[[HttpRequest], HttpResponseBase]
# Wagtail's screens write scripts and styles into the page; all the same nothing comes from elsewhere.
ADMIN_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; frame-ancestors 'self'; form-action 'self'; base-uri 'self'; "
    "object-src 'none'"
)


def asked_language(request: HttpRequest) -> str:
    """The language somebody without an account chose with the switch, else the first of ours their browser asks for."""
    return next(iter(wishes(request)), settings.LANGUAGE_CODE)


def wishes(request: HttpRequest) -> list[str]:
    """Those of our languages that somebody without an account asks for, best first."""
    header = request.headers.get("Accept-Language", "")[:500]
    asked = [
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
        *(code for code, _q in parse_accept_lang_header(header)),
    ]
    bases = (wish.lower().split("-")[0] for wish in asked)
    known = ("nb" if base in ("no", "nn") else base for base in bases)  # browsers ask for Norwegian by three names
    return [language for language in known if language in dict(settings.LANGUAGES)]


def UserLanguageMiddleware(get_response: Handler) -> Handler:
    """The signed-in person's language; for everybody else the language cookie, then what the browser asks for."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        user = request.user
        language = user.language if user.is_authenticated else asked_language(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
        response = get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or language)
        if not user.is_authenticated:
            patch_vary_headers(response, ["Accept-Language"])
        return response

    return respond


def SessionPolicyMiddleware(get_response: Handler) -> Handler:
    """Ends a sign-in that is too old or was left alone (see `sessions`); drafts live on the server and stay."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        now = timezone.now()
        if request.user.is_authenticated:
            if sessions.has_ended(request.session, now=now):
                logout(request)
                messages.info(request, _("You were signed out after a while. Everything you wrote is saved."))
            else:
                sessions.note_seen(request.session, now=now)
        return get_response(request)

    return respond


def StaffDoorMiddleware(get_response: Handler) -> Handler:
    """/admin/ exists for template editors only: others get 404 (threat S23), the signed-out our own sign-in."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        path = request.path_info  # what is resolved, also where the portal lies below a prefix
        if path.startswith("/admin/"):
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path() if path != "/admin/login/" else "/admin/")
            if not _may_enter(request):
                raise Http404
            response = get_response(request)
            response.headers.setdefault("Content-Security-Policy", ADMIN_POLICY)
            return response
        return get_response(request)

    return respond


def _may_enter(request: HttpRequest) -> bool:
    """Template editors while their staff mandate lives; the permission alone would outlive it (S19)."""
    user = request.user
    return user.is_superuser or (scope_of(request).staff and user.has_perm("wagtailadmin.access_admin"))


SET_UP = ("/account/second-step/", "/account/passkeys/", "/accounts/logout/", "/language/")


def SecondStepMiddleware(get_response: Handler) -> Handler:
    """Staff who have shown no second factor are led to set one up before anything else opens (threat S23)."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and not request.path.startswith(SET_UP) and second_step.is_missing(request):
            return redirect("account_second_step")
        return get_response(request)

    return respond


def PrivateMiddleware(get_response: Handler) -> Handler:
    """No page is kept by a cache on the way unless its view says so; signing out empties the browser's (S16). What the
    signed-out see holds a form's secret, or is a 404 today and something else tomorrow.

    Storage is left alone at sign-out: an unsent offline draft is never wiped silently (rulings, "Commands and limits").
    """

    def respond(request: HttpRequest) -> HttpResponseBase:
        was_signed_in = request.user.is_authenticated
        response = get_response(request)
        signed_in = was_signed_in or request.user.is_authenticated
        response.headers.setdefault("Cache-Control", "private, no-store" if signed_in else "no-store")
        if was_signed_in and not request.user.is_authenticated:
            response["Clear-Site-Data"] = '"cache"'
        return response

    return respond
