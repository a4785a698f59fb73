"""System checks: what could not send a code, would show it, or has half an identity provider, does not start."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from comms.accounts import codes


@register()
def sms_can_be_sent(**_: Any) -> list[CheckMessage]:
    """SMS_BACKEND is one of ours, the console is for developers, apprise knows the provider of SMS_URL."""
    backend = settings.SMS_BACKEND
    if backend not in codes.BACKENDS:
        return [Error(f"SMS_BACKEND={backend!r} is none of {', '.join(codes.BACKENDS)}.", id="accounts.E001")]
    if backend == "console" and not settings.DEBUG:
        return [Error("SMS_BACKEND=console shows sign-in codes; it is for DEBUG only.", id="accounts.E002")]
    if backend == "apprise" and "://" not in settings.SMS_URL:
        return [Error("SMS_BACKEND=apprise needs SMS_URL, an address apprise understands.", id="accounts.E003")]
    return []


@register()
def provider_is_complete(**_: Any) -> list[CheckMessage]:
    """The identity provider is reached over TLS (on this machine, for trying, without) and has all it needs."""
    if not settings.OIDC_ISSUER:
        return []
    address = urlsplit(settings.OIDC_ISSUER)
    if address.scheme != "https" and address.hostname not in {"127.0.0.1", "localhost"}:
        return [Error("OIDC_ISSUER must be an https:// address.", id="accounts.E004")]
    needed = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME")
    missing = [name for name in needed if not getattr(settings, name)]
    return [Error(f"OIDC_ISSUER also needs {', '.join(missing)}.", id="accounts.E005")] if missing else []
