"""What people meet about themselves: details, mandates, password, mobile."""

from __future__ import annotations

from allauth.account.internal.flows.phone_verification import ChangePhoneVerificationProcess
from allauth.core.exceptions import RateLimited
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from comms.accounts import changes, devices, second_step
from comms.accounts.forms import DetailsForm, NewNumberForm, PhoneForm
from comms.accounts.sessions import fresh
from comms.people.models import User
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest

FOR_PASSWORD = _(
    "You signed in more than a quarter of an hour ago. So that nobody else can take over your account, sign in once "
    "more before you choose a password."
)
FOR_PHONE = _(
    "You signed in more than a quarter of an hour ago. Codes go to your mobile: sign in once more before you change it."
)


@scoped(without_mandate=True)
def account(request: SignedInRequest, scope: Scope) -> HttpResponse:
    form = DetailsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        with translation.override(user.language):
            messages.success(request, str(_("Your details are saved.")))
        return redirect("account")
    mandates = request.user.mandates.select_related("unit").order_by("-start", "-id")
    rows = [(mandate, mandate.is_live(scope.on), mandate.start > scope.on) for mandate in mandates]
    context = {"form": form, "mandates": rows, "section": "account", **_security(request)}
    return render(request, "accounts/account.html", context)


def _security(request: SignedInRequest) -> dict[str, object]:
    user, now = request.user, timezone.now()
    here = devices.of(user, current=request.session.session_key or "", now=now)
    kinds = second_step.kinds(user)
    return {"devices": here, "passkeys": kinds[second_step.PASSKEY], "has_app": bool(kinds[second_step.APP])}


@scoped(without_mandate=True)
@require_safe
def back(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """Where a sign-in over a page ends: that page takes the new form token from here and goes on."""
    return render(request, "accounts/back.html")


@sensitive_post_parameters()
@scoped(without_mandate=True)
@fresh(FOR_PASSWORD)
def password(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """Sets a password without asking for the old one, which may be forgotten: the sign-in must be fresh instead."""
    form = SetPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, request.user)
        UserSession.objects.create_from_request(request)  # this sign-in has a new key
        changes.tell_of(request, changes.PASSWORD_SET)
        messages.success(request, _("Your password is set. You are signed out everywhere else."))
        return redirect("account")
    return render(request, "accounts/password.html", {"form": form, "section": "account"})


@scoped(without_mandate=True)
@fresh(FOR_PHONE)
def phone(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """A new number is kept once a code has come back from it; none at once."""
    form = PhoneForm(request.POST or None, initial={"phone": request.user.phone})
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["phone"]
        if number and number != request.user.phone:
            return _send_code(request, form, number)
        if User.objects.filter(pk=request.user.pk).exclude(phone=number).update(phone=number):
            changes.tell_of(request, changes.PHONE_REMOVED)
        messages.success(request, _("Your details are saved."))
        return redirect("account")
    return render(request, "accounts/phone.html", {"form": form, "section": "account"})


def _send_code(request: SignedInRequest, form: PhoneForm, number: str) -> HttpResponse:
    try:
        ChangePhoneVerificationProcess.initiate(request, number)
    except RateLimited:
        form.add_error("phone", _("Too many codes at once. Wait a minute, then try again."))
        return render(request, "accounts/phone.html", {"form": form, "section": "account"})
    return redirect("account_phone_code")


@scoped(without_mandate=True)
@fresh(FOR_PHONE)
def phone_code(request: SignedInRequest, scope: Scope) -> HttpResponse:
    process = ChangePhoneVerificationProcess.resume(request)
    if process is None:
        return redirect("account_phone")
    form = NewNumberForm(request.POST or None, code=process.code, user=request.user, phone=process.phone)
    if request.method == "POST" and form.is_valid():
        process.finish()
        changes.tell_of(request, changes.PHONE_CHANGED)
        return redirect("account")
    if request.method == "POST" and not process.record_invalid_attempt():
        messages.error(request, _("Too many attempts. Wait a few minutes, then ask for a new code."))
        return redirect("account_phone")
    return render(request, "accounts/phone_code.html", {"form": form, "phone": process.phone, "section": "account"})
