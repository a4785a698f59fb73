"""System checks: whether the way mail leaves the house is set up, and what a provider cannot do for us."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from anymail.exceptions import AnymailNotSupportedWarning
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection

from mailings.transports.providers import KNOWN, Provider
from mailings.transports.smtp import is_loopback


@register("mail")
def mail_can_leave(**_: Any) -> list[CheckMessage]:
    if not settings.MAIL_PROVIDER:
        return []
    provider = KNOWN.get(settings.MAIL_PROVIDER)
    if provider is None:
        known = ", ".join(sorted(KNOWN))
        message = f"MAIL_PROVIDER is {settings.MAIL_PROVIDER!r}, which is no provider we know."
        return [Error(message, hint=f"One of: {known}.", id="mailings.E001")]
    return [*_set_up(provider), *_cannot(provider)]


def _set_up(provider: Provider) -> Iterator[CheckMessage]:
    if settings.EMAIL_URL:
        hint = "Mail leaves one way: unset one of them."
        yield Error("Both EMAIL_URL and MAIL_PROVIDER are set.", hint=hint, id="mailings.E002")
    if not 1 <= settings.MAIL_PROVIDER_CALLS <= 100:
        yield Error("MAIL_PROVIDER_CALLS must be between 1 and 100.", id="mailings.E003")
    if settings.MAIL_PROVIDER_RETURN_PATH and not provider.return_path:
        message = f"{provider.name} takes no return path of ours; MAIL_PROVIDER_RETURN_PATH does nothing."
        yield Error(message, hint="Unset it: bounces come back as events of the provider.", id="mailings.E004")
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            backend = get_connection(provider.backend)
    except (ImproperlyConfigured, ImportError) as error:
        hint = "See docs/running.md, “A mail provider”."
        yield Error(f"{provider.name} cannot be used: {error}", hint=hint, id="mailings.E005")
    else:
        url = urlsplit(getattr(backend, "api_url", ""))
        if url.scheme == "http" and not is_loopback(url.hostname or ""):
            yield Error(f"{url.hostname} is called without TLS.", hint="An https:// address.", id="mailings.E006")
        if any(issubclass(warning.category, AnymailNotSupportedWarning) for warning in warned):
            yield Warning(f"django-anymail no longer tests {provider.name}.", id="mailings.W001")


def _cannot(provider: Provider) -> Iterator[CheckMessage]:
    if not provider.metadata:
        message = f"{provider.name} does not give our id back with its events: bounces may stay unattributed."
        yield Warning(message, hint="Prefer another provider for mailings.", id="mailings.W002")
    if not provider.tracking:
        message = f"{provider.name} cannot be told with each mail to leave links and opens alone."
        yield Info(message, hint="Switch open and click tracking off in its account.", id="mailings.I001")
