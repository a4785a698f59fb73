"""System checks: an installation that could not send a code, or would show it, does not start."""

from __future__ import annotations

from typing import Any

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
