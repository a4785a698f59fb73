"""Staff sign in with the union's own identity provider (OpenID Connect Core 1.0); django-allauth speaks the protocol.

It is a first step like a code by mail: our own second step follows, whatever the provider says about its own (`amr`,
`acr`). An account belongs to (issuer, subject). The link is made the first time, when the provider has verified the
address staff have for somebody; from then on the address says nothing (threat S18). Nobody gets an account by it.
"""

from __future__ import annotations

import datetime
import logging
import secrets
from typing import Any

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import urlencode
from requests import RequestException

from comms.accounts import second_step
from comms.people.models import User
from comms.people.scope import Scope

log = logging.getLogger(__name__)

ALGORITHMS = {f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)} | {
    "EdDSA"
}  # never shared keys
LEEWAY = 60  # seconds that two clocks may differ
ENDPOINTS = {"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"}


class NotBelieved(OAuth2Error):
    """What the provider sent is not what it must be; says nothing about anybody."""


def own_address(claims: dict[str, Any]) -> str:
    """The address the provider has verified, or empty. `"true"` is not true.

    A letter that only becomes a plain one when it is made small (the Kelvin sign) makes it somebody else's address.
    """
    address = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(address, str):
        return ""
    return "" if address.lower().isascii() and not address.isascii() else address.lower()


# --- whose account it is ------------------------------------------------------------------------------------------
def owner(login: SocialLogin, *, on: datetime.date) -> User | None:
    """The person of this (issuer, subject), or, the first time, of the verified address; staff on that day only."""
    user = login.user if login.account.pk else _by_address(login)
    return user if user and user.is_active and second_step.is_staff(user, Scope.of(user, on=on)) else None


def _by_address(login: SocialLogin) -> User | None:
    """Nobody who is linked already: an address may pass to a successor, the account does not."""
    address = login.email_addresses[0].email if login.email_addresses else ""
    user = User.objects.filter(email=address).first() if address else None
    return None if user and SocialAccount.objects.filter(user=user, provider=login.account.provider).exists() else user


def link(login: SocialLogin, user: User) -> bool:
    """Remembers whose it is once the whole sign-in, second step included, has succeeded; answers whether it is new."""
    key = {"provider": login.account.provider, "uid": login.account.uid}
    return SocialAccount.objects.get_or_create(**key, defaults={"user": user})[1]


class StaffAdapter(DefaultSocialAccountAdapter):
    """One provider, that of the settings; what cannot go on ends on a page of ours."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """Without allauth's rows in the database, which would be a second place to open a door."""
        app = SocialApp(
            provider=OpenIDConnectProvider.id,
            provider_id=settings.OIDC_ISSUER,
            name=settings.OIDC_NAME,
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={
                "server_url": settings.OIDC_ISSUER.rstrip("/"),
                "oauth_pkce_enabled": True,
                "scope": ["openid", "email"],
            },
        )
        asked = provider in (None, app.provider, app.provider_id) and client_id in (None, app.client_id)
        return [app] if settings.OIDC_ISSUER and asked else []

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """One answer for every reason: who has an account is nobody else's business."""
        user = owner(sociallogin, on=timezone.localdate())
        if user is None:
            log.warning("a sign-in by the identity provider was refused: it belongs to no staff account")
            raise ImmediateHttpResponse(told(request, sociallogin.state, refused=True))
        sociallogin.user = user

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        state = (extra_context or {}).get("state") or {}
        if error == AuthError.CANCELLED:
            query = urlencode({"next": state["next"]}) if state.get("next") else ""
            raise ImmediateHttpResponse(redirect(f"{reverse('account_login')}?{query}".rstrip("?")))
        why = str(exception) if isinstance(exception, NotBelieved) else type(exception or error).__name__
        log.warning("a sign-in by the identity provider failed: %s", why)
        raise ImmediateHttpResponse(told(request, state))


def told(request: HttpRequest, state: dict[str, Any], *, refused: bool = False) -> HttpResponse:
    """In plain words why nobody is signed in, with the way to the other ways and to the page that was wanted.

    Its address can be opened only once, so no switch of language leads back to it.
    """
    context = {
        "provider": settings.OIDC_NAME,
        "refused": refused,
        "next": state.get("next", ""),
        "hide_languages": True,
    }
    return render(request, "accounts/not_signed_in.html", context, status=403 if refused else 400)


# --- the protocol, where allauth leaves a choice ------------------------------------------------------------------
class StaffOAuth2Adapter(OpenIDConnectOAuth2Adapter):
    """Believes a signed ID token made for us, for this very attempt (`nonce`), and user info about the same subject."""

    nonce = ""  # of the attempt that comes back; set by the view

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says about itself; it must name itself as we do (OpenID Connect Discovery §4.3)."""
        try:
            config = super().openid_config
        except (RequestException, ValueError) as error:
            raise NotBelieved("it does not answer") from error
        if config.get("issuer") != settings.OIDC_ISSUER or ENDPOINTS - config.keys():
            raise NotBelieved("its configuration is that of another issuer, or incomplete")
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("oidc_callback"))

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        if request.GET.get("iss", settings.OIDC_ISSUER) != settings.OIDC_ISSUER:  # RFC 9207 §2.4
            raise NotBelieved("the answer is another issuer's")
        claims = self._decode_id_token(app, kwargs["response"].get("id_token", ""))
        if not self.nonce or not constant_time_compare(str(claims["nonce"]), self.nonce):
            raise NotBelieved("the ID token was made for another attempt")
        if "email" not in claims:
            claims = {**self._told_about(claims["sub"], token.token), **claims}
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _told_about(self, subject: str, access_token: str) -> dict[str, Any]:
        info = self._fetch_user_info(access_token)
        if info.get("sub") != subject:  # OpenID Connect Core §5.3.2
            raise NotBelieved("the user info is about somebody else")
        return info

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """The claims of a token that is signed, ours and not over (OpenID Connect Core §3.1.3.7).

        allauth trusts the connection instead of the signature; the signature costs one request more.
        """
        try:
            algorithm, key = jwtkit.fetch_key(id_token, self.openid_config["jwks_uri"], jwtkit.lookup_kid_jwk)
            claims = jwt.decode(
                id_token, key, algorithms=sorted(ALGORITHMS & {algorithm}), audience=app.client_id,
                issuer=settings.OIDC_ISSUER, leeway=LEEWAY, options={"require": ["exp", "iat", "sub", "nonce"]},
            )  # fmt: skip
        except (jwt.PyJWTError, LookupError, TypeError, ValueError) as error:
            raise NotBelieved(f"its ID token is not valid ({type(error).__name__})") from error
        if not claims["sub"]:
            raise NotBelieved("the ID token is about nobody")
        if claims.get("azp", app.client_id) != app.client_id:
            raise NotBelieved("the ID token was made for another client")
        return claims


class StaffProvider(OpenIDConnectProvider):
    """allauth's provider with a `nonce` of our own, and nothing kept of what it tells about a person."""

    oauth2_adapter_class = StaffOAuth2Adapter

    def redirect(
        self, request: HttpRequest, process: Any, next_url: Any = None, data: Any = None, **kwargs: Any
    ) -> Any:
        nonce = secrets.token_urlsafe(24)
        return super().redirect(request, process, next_url, data, auth_params={"nonce": nonce}, nonce=nonce, **kwargs)

    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        return {}

    def extract_common_fields(self, data: Any) -> dict[str, Any]:
        address = own_address(data["id_token"])
        return {"email": address, "email_verified": True} if address else {}

    def extract_email_addresses(self, data: Any) -> list[Any]:
        return []
