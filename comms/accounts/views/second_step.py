"""Setting up the second step and passkeys. Only a fresh sign-in that showed what there is may change it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal import auth
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from comms.accounts import changes, second_step, sessions
from comms.accounts.forms import AppForm, NameForm, PasskeyForm
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest

FOR_CHANGE = gettext_lazy(
    "You signed in more than a quarter of an hour ago. Passkeys, the app and recovery codes protect your account: "
    "sign in once more before you change them."
)
FOR_OWED = gettext_lazy(
    "A second step was set up on another device after you signed in here. Sign in once more, with it."
)


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    context = {"why": FOR_OWED, "go_on": reverse("account_second_step"), "section": "account"}
    return render(request, "accounts/sign_in_again.html", context)


def changing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Fresh, and with the second step shown where there is one; otherwise a stolen code would add a key of its own."""

    @scoped(without_mandate=True)
    @sessions.fresh(FOR_CHANGE, go_on="account_second_step")
    @wraps(view)
    def guarded(request: HttpRequest, scope: Scope, *args: Any, **kwargs: Any) -> HttpResponse:
        if second_step.is_owed(request):
            return _sign_in_again(request)
        return view(request, scope, *args, **kwargs)

    return guarded


@scoped(without_mandate=True)
def overview(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """What there is; for staff without any, the page everything else waits behind."""
    if second_step.is_owed(request):
        return _sign_in_again(request)
    kinds = second_step.kinds(request.user)
    context = {
        "passkeys": kinds[second_step.PASSKEY],
        "app": next(iter(kinds[second_step.APP]), None),
        "codes_left": len(second_step.unused_codes(request.user)),
        "must_have": second_step.must_have(request.user, scope),
        "waiting": second_step.is_missing(request),
    }
    return render(request, "accounts/second_step.html", {**context, "section": "account"})


def _added(request: SignedInRequest, scope: Scope, what: Promise) -> HttpResponse:
    """On to the recovery codes, which are shown once, where the second step is now asked for and there are none."""
    user = request.user
    asked_for = second_step.has(user, second_step.APP) or second_step.must_have(user, scope)
    with_codes = asked_for and not second_step.has(user, second_step.CODES)
    changes.tell_of(request, what, *([changes.CODES_MADE] if with_codes else []))
    if asked_for:
        sessions.note_second_step(request.session)
    if with_codes:
        return render(request, "accounts/codes.html", {"codes": second_step.new_codes(user), "section": "account"})
    return redirect("account_second_step")


@sensitive_post_parameters()
@changing
def app(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """Scan, then type the first code."""
    if second_step.has(request.user, second_step.APP):
        return redirect("account_second_step")
    form = AppForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        TOTP.activate(request.user, form.secret)
        messages.success(request, _("The app is set up. From now on we ask for its code when you sign in."))
        return _added(request, scope, changes.APP_ADDED)
    context = {"form": form, "picture": second_step.qr_code(request.user, form.secret), "secret": form.secret}
    return render(request, "accounts/app.html", {**context, "section": "account"})


@sensitive_post_parameters()
@changing
def new_passkey(request: SignedInRequest, scope: Scope) -> HttpResponse:
    form = PasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        credential = form.cleaned_data["credential"]
        try:
            auth.parse_registration_response(credential)
            auth.complete_registration(credential)
        except (ValidationError, ValueError, KeyError, AttributeError):  # what a forged credential makes fido2 raise
            messages.error(request, _("The device did not make a passkey. Nothing was changed. Try again."))
            return redirect("account_new_passkey")
        auth.WebAuthn.add(request.user, form.cleaned_data["name"], credential)
        messages.success(request, _("The passkey is ready: next time you can sign in with it."))
        return _added(request, scope, changes.PASSKEY_ADDED)
    return render(request, "accounts/new_passkey.html", {"form": form, "section": "account"})


@changing
@require_POST
def passkey_offer(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """What the browser asks the device to make."""
    return JsonResponse(auth.begin_registration(request.user, True))


def _mine(request: SignedInRequest, pk: int) -> Authenticator:
    return get_object_or_404(Authenticator, user=request.user, type=second_step.PASSKEY, pk=pk)


@changing
def name_passkey(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    passkey = _mine(request, pk)
    form = NameForm(request.POST or None, initial={"name": passkey.wrap().name})
    if request.method == "POST" and form.is_valid():
        passkey.data["name"] = form.cleaned_data["name"]
        passkey.save(update_fields=["data"])
        return redirect("account_second_step")
    return render(request, "accounts/name_passkey.html", {"form": form, "passkey": passkey, "section": "account"})


@changing
@require_POST
def remove_passkey(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    return _removed(request, scope, changes.PASSKEY_REMOVED, type=second_step.PASSKEY, pk=_mine(request, pk).pk)


@changing
@require_POST
def remove_app(request: SignedInRequest, scope: Scope) -> HttpResponse:
    return _removed(request, scope, changes.APP_REMOVED, type=second_step.APP)


def _removed(request: SignedInRequest, scope: Scope, what: Promise, **which: Any) -> HttpResponse:
    kinds = second_step.kinds(request.user)
    last = len(kinds[second_step.PASSKEY]) + len(kinds[second_step.APP]) <= 1
    if last and second_step.must_have(request.user, scope):
        messages.error(request, _("Staff always need a second step. Add another one first."))
    elif second_step.remove(request.user, **which):
        with_codes = kinds[second_step.CODES] and not second_step.has(request.user, second_step.CODES)
        changes.tell_of(request, what, *([changes.CODES_REMOVED] if with_codes else []))
        messages.success(request, _("It is removed and no longer works."))
    else:
        raise Http404
    return redirect("account_second_step")


@changing
@require_POST
def codes(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """New recovery codes, shown once; the old ones end."""
    if not second_step.has(request.user):
        raise Http404
    made = second_step.new_codes(request.user)
    changes.tell_of(request, changes.CODES_MADE)
    return render(request, "accounts/codes.html", {"codes": made, "section": "account"})
