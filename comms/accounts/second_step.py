"""The second step of signing in: an app with codes or a passkey, for staff always (threat S23), else who likes.

A passkey is two steps in one: the device, and the finger or PIN that opens it.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import segno
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.stages import AuthenticateStage
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from comms.people.models import User
from comms.people.scope import Scope
from comms.people.scoped import scope_of

PASSKEY, APP, CODES = Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES


def _key(secret: Any) -> Fernet:
    """Made from the installation's secret, for this purpose alone."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"second step {secret}".encode()).digest()))


class SealedAdapter(DefaultMFAAdapter):
    """What is secret lies sealed in the database: a stolen copy of it makes no codes."""

    def encrypt(self, text: str) -> str:
        return _key(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        keys = MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])
        return keys.decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return settings.UNION_NAME

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.UNION_NAME}


class SecondStepStage(AuthenticateStage):
    """Asked of everybody with an app, and of staff with a passkey. A representative's passkey is only the quicker
    way in: a code by mail still works alone, so that a lost telephone locks nobody out.
    """

    def _should_handle(self, request: HttpRequest) -> bool:
        user = self.login.user
        if user is None or not super()._should_handle(request):
            return False
        return has(user, APP) or must_have(user, Scope.of(user, on=timezone.localdate()))


def is_staff(user: User, scope: Scope) -> bool:
    """By a live mandate; and superusers, who enter the staff screens without one."""
    return scope.staff or user.is_superuser


def must_have(user: User, scope: Scope) -> bool:
    return settings.STAFF_MFA_REQUIRED and is_staff(user, scope)


def is_missing(request: HttpRequest) -> bool:
    """Whether this person must show a second factor and has not in this sign-in."""
    if not settings.STAFF_MFA_REQUIRED or request.session.get("second_step"):
        return False
    return must_have(request.user, scope_of(request))  # type: ignore[arg-type]


def is_owed(request: HttpRequest) -> bool:
    """Whether this person has a second step that this sign-in did not ask for, as it was set up meanwhile elsewhere.

    Such a sign-in may not change what protects the account.
    """
    user: User = request.user  # type: ignore[assignment]
    if request.session.get("second_step"):
        return False
    return has(user, APP) or (must_have(user, scope_of(request)) and has(user))


def was_shown(request: HttpRequest, user: User) -> bool:
    """A passkey, a code from the app or a recovery code was part of this sign-in."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, user))


def has(user: User, *types: str) -> bool:
    """Whether the person has one of these; without types: any that can be a second step."""
    return Authenticator.objects.filter(user=user, type__in=types or (PASSKEY, APP)).exists()


def qr_code(user: User, secret: str) -> str:
    """What the app reads with the camera, as the address of a picture."""
    return segno.make(SealedAdapter().build_totp_url(user, secret), error="m").svg_data_uri(scale=5, border=2)


def kinds(user: User) -> dict[str, list[Authenticator]]:
    """Everything the person has, by kind, the oldest first."""
    found: dict[str, list[Authenticator]] = {PASSKEY: [], APP: [], CODES: []}
    for one in Authenticator.objects.filter(user=user).order_by("created_at", "pk"):
        found[one.type].append(one)
    return found


def unused_codes(user: User) -> list[str]:
    """The recovery codes that still work."""
    stored = Authenticator.objects.filter(user=user, type=CODES).first()
    return stored.wrap().get_unused_codes() if stored else []


def new_codes(user: User) -> list[str]:
    """Ten recovery codes; those before no longer work."""
    Authenticator.objects.filter(user=user, type=CODES).delete()
    return RecoveryCodes.activate(user).get_unused_codes()


def remove(user: User, **which: Any) -> bool:
    """Takes away a passkey or the app, and with the last of them the recovery codes; answers whether it was there."""
    gone = Authenticator.objects.filter(user=user, type__in=(PASSKEY, APP), **which).delete()[0]
    if not has(user):
        Authenticator.objects.filter(user=user, type=CODES).delete()
    return bool(gone)
