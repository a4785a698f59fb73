"""To the union's identity provider and back. Without one in the settings neither address exists."""

from __future__ import annotations

from typing import Any

from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from comms.accounts import oidc
from comms.accounts.views.sign_in import page_of_ours
from comms.people.scoped import public


@public
@require_POST
def to_provider(request: HttpRequest) -> HttpResponse:
    provider = _provider(request)
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    if not ratelimit.consume(request, app="allauth.account", action="login"):
        messages.error(request, _("Too many attempts. Wait a few minutes, then ask for a new code."))
        return redirect("account_login")
    request.session["own_device"] = request.POST.get("remember") == "on"
    return _go(request, provider, wanted=page_of_ours(request, request.POST.get("next", "")))


def _go(request: HttpRequest, provider: oidc.StaffProvider, *, wanted: str | None) -> HttpResponse:
    """A page that goes on by itself. A redirect would fall under `form-action`, and a provider may redirect further."""
    try:
        answer = provider.redirect(request, AuthProcess.LOGIN, next_url=wanted)
    except OAuth2Error as error:
        state = {"state": {"next": wanted}}
        return render_authentication_error(request, provider, exception=error, extra_context=state)
    context = {"provider": settings.OIDC_NAME, "url": answer.url, "hide_languages": True}
    return render(request, "accounts/to_provider.html", context)


@public
@require_GET
def from_provider(request: HttpRequest) -> HttpResponse:
    """Signs in: the one GET that does, as the protocol wants. It needs a `state` that only this browser's own sign-in
    put into its session, and a code that works once.
    """
    _provider(request)
    return _Back.adapter_view(oidc.StaffOAuth2Adapter(request, settings.OIDC_ISSUER))(request)


class _Back(OAuth2CallbackView):
    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = (state or {}).get("nonce", "")
        return state, response


def _provider(request: HttpRequest) -> oidc.StaffProvider:
    try:
        return get_adapter(request).get_provider(request, provider=settings.OIDC_ISSUER)
    except SocialApp.DoesNotExist:
        raise Http404 from None
