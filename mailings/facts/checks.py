"""System checks: nobody may forge what became of a mail (threats S12, S13)."""

from __future__ import annotations

import warnings
from typing import Any

from anymail.exceptions import AnymailConfigurationError
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.urls import Resolver404, resolve

from mailings.facts import mailbox

SECRET_CHARACTERS = 20  # at least, name and password together


@register()
def webhooks_ask_for_a_secret(**_: Any) -> list[CheckMessage]:
    if not settings.WEBHOOK_PROVIDERS:
        return []
    said = settings.ANYMAIL.get("WEBHOOK_SECRET") or []
    secrets = [said] if isinstance(said, str) else list(said)
    if secrets and all(":" in secret.strip(":") and len(secret) >= SECRET_CHARACTERS for secret in secrets):
        return []
    hint = f"Set ANYMAIL_WEBHOOK_SECRET=name:password, at least {SECRET_CHARACTERS} characters."
    return [Error("Webhooks are open, and there is no secret that they ask for.", hint=hint, id="mailings.E011")]


@register()
def webhook_providers_are_known_and_complete(**_: Any) -> list[CheckMessage]:
    problems = ((name, _problem(name)) for name in settings.WEBHOOK_PROVIDERS)
    return [
        Error(f"The webhooks of {name!r} cannot work: {problem}", hint="See docs/running.md.", id="mailings.E012")
        for name, problem in problems
        if problem
    ]


def _problem(name: str) -> str:
    try:
        view: Any = resolve(f"/{name}/tracking/", urlconf="anymail.urls").func
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a missing secret, which E011 says more clearly
            view.view_class(**view.view_initkwargs)
    except Resolver404:
        return "django-anymail does not know it"
    except AnymailConfigurationError as error:
        return str(error).partition("\n")[0]
    return ""


@register()
def the_bounce_mailbox_is_encrypted(**_: Any) -> list[CheckMessage]:
    try:
        if settings.BOUNCE_IMAP_URL:
            mailbox.Address.parse(settings.BOUNCE_IMAP_URL)
    except ValueError as error:
        hint = "imaps://user:password@host/INBOX; imap:// only for this machine."
        return [Error(f"BOUNCE_IMAP_URL: {error}", hint=hint, id="mailings.E013")]
    return []
