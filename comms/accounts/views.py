"""What people meet about themselves: details, mandates, password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from comms.accounts import sessions
from comms.accounts.forms import DetailsForm
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest


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
    return render(request, "accounts/account.html", {"form": form, "mandates": rows, "section": "account"})


@scoped(without_mandate=True)
@require_safe
def back(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """Where a sign-in over a page ends: that page takes the new form token from here and goes on."""
    return render(request, "accounts/back.html")


@sensitive_post_parameters()
@scoped(without_mandate=True)
def password(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """Sets a password without asking for the old one, which may be forgotten: the sign-in must be fresh instead."""
    if not sessions.is_fresh(request.session, now=timezone.now()):
        return render(request, "accounts/sign_in_again.html", {"section": "account"})
    form = SetPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Your password is set. You are signed out everywhere else."))
        return redirect("account")
    return render(request, "accounts/password.html", {"form": form, "section": "account"})
