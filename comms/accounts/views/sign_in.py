"""The steps of signing in that are not quite allauth's own: the code, the second step, a passkey."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth
from allauth.account.adapter import get_adapter
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.core.internal import ratelimit
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.internal import auth, flows
from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from comms.accounts import second_step
from comms.accounts.forms import PasskeySignInForm
from comms.people.scoped import public


class SignInView(allauth.LoginView):
    """With a button to the identity provider, if there is one; not in the frame over a page: it cannot be framed."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        framed = context.get("redirect_field_value") == reverse("account_back")
        return {**context, "provider": "" if framed or not settings.OIDC_ISSUER else settings.OIDC_NAME}


class CodeView(allauth.ConfirmLoginCodeView):
    """Type the code, have it sent again, or by mail where an SMS does not come (demand MS2)."""

    @cached_property
    def _action(self) -> str:
        asked = self.request.POST.get("action")
        if asked == "mail" and self._process.can_resend and self._process.state.get("phone"):
            return "mail"
        return "resend" if asked == "resend" and self._process.can_resend else "verify"

    def get_form_class(self) -> Any:
        return super().get_form_class() if self._action == "verify" else Form

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        if self._action != "verify":
            kwargs.pop("code", None)
        return kwargs

    def form_valid(self, form: Form) -> HttpResponse:
        return self._by_mail() if self._action == "mail" else super().form_valid(form)

    def _resend_form_valid(self, form: Form) -> HttpResponse:
        """For a number without an account allauth fails here, which would tell that there is none (threat S17)."""
        if self._process.user is not None and not self._process.state.get("by_mail"):
            return super()._resend_form_valid(form)
        if self._process.state.get("by_mail"):
            self._mail_code()
            self._process.add_sent_message({})
        else:
            self._process.send()
        self._process.record_resend()
        self._process.persist()
        return self._once_more()

    def _by_mail(self) -> HttpResponse:
        """A new code to the address of whoever has this number, without showing the address."""
        state = self._process.state
        state["asked"], state["by_mail"] = state.pop("phone"), True
        self._mail_code()
        self._process.record_resend()
        self._process.persist()
        return self._once_more()

    def _mail_code(self) -> None:
        adapter = get_adapter()
        self._process.state["code"] = code = adapter.generate_login_code() if self._process.user else ""
        adapter.mail_code_later(self._process.user, code)

    def _once_more(self) -> HttpResponse:
        return HttpResponseRedirect(self.passthrough_next_url(reverse("account_confirm_login_code")))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        state = self._process.state
        return {**super().get_context_data(**kwargs), "asked": state.get("asked"), "by_mail": state.get("by_mail")}


class SecondStepView(AuthenticateView):
    """A code from the app, a recovery code or a passkey, after the first step."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Without allauth's challenge, which would be made by looking: the passkey button asks for one."""
        user = self.stage.login.user
        return {
            **TemplateView.get_context_data(self, **kwargs),
            "form": self.auth_form,
            "passkey_errors": self.webauthn_form.errors.get("credential"),
            "has_passkey": second_step.has(user, second_step.PASSKEY),
        }


@public
@require_POST
def passkey_challenge(request: HttpRequest) -> HttpResponse:
    """What the browser asks the device to sign: for the person whose second step it is, else for whoever has one."""
    if not ratelimit.consume(request, app="allauth.mfa", action="webauthn_login"):
        return HttpResponse(status=429)
    stage = LoginStageController.enter(request, second_step.SecondStepStage.key)
    return JsonResponse(auth.begin_authentication(stage.login.user if stage else None))


@public
@require_POST
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """Both steps in one: the device, and the finger or PIN that opened it."""
    form = PasskeySignInForm(request.POST)
    if request.user.is_authenticated or not form.is_valid():
        messages.error(request, _("That passkey did not work here. Try again, or ask for a code."))
        return redirect("account_login")
    request.session["own_device"] = request.POST.get("remember") == "on"
    authenticator = form.cleaned_data["credential"]
    login = Login(user=authenticator.user, redirect_url=page_of_ours(request, request.POST.get("next", "")))
    return flows.perform_passwordless_login(request, authenticator, login)


def page_of_ours(request: HttpRequest, url: str) -> str | None:
    """A page of ours to go on to, or None."""
    ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if ours else None
