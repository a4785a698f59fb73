"""Mails that tell a person what has changed about how they sign in, so that nobody takes over an account unseen."""

from __future__ import annotations

import datetime
import logging
from typing import Any

from allauth.account.adapter import get_adapter
from anymail.exceptions import AnymailError
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from comms.accounts import devices
from comms.people.models import User

log = logging.getLogger(__name__)

PASSKEY_ADDED = _("A passkey was added.")
PASSKEY_REMOVED = _("A passkey was removed.")
APP_ADDED = _("An app with codes was set up.")
APP_REMOVED = _("The app with codes was removed.")
CODES_MADE = _("New recovery codes were made. Those before no longer work.")
CODES_REMOVED = _("The recovery codes were removed.")
PASSWORD_SET = _("A new password was chosen.")
PHONE_CHANGED = _("The mobile number that gets codes was changed.")
PHONE_REMOVED = _("The mobile number that gets codes was removed.")
PROVIDER_ADDED = _("Signing in through the union's own sign-in service was connected.")
ALL_REMOVED = _("Passkeys, app, recovery codes and a connected sign-in service were removed by the union's staff.")

_in_words = lazy(devices.in_words, str)  # in the language of the mail


def tell(user: User, *what: Any, now: datetime.datetime, device: Any = "") -> None:
    """One mail about what was changed, when, and on which device; in the language of the account.

    A mail server that does not answer undoes nothing; it is logged.
    """
    context = {
        "person": user,
        "changes": what,
        "at": now,
        "device": device,
        "url": settings.BASE_URL + reverse("account"),
        "union_name": settings.UNION_NAME,
    }
    try:
        get_adapter().send_mail("account/email/changed", user.email, context)
    except (OSError, AnymailError) as error:
        log.error("the mail about a change of sign-in was not sent: %s", type(error).__name__)


def tell_of(request: HttpRequest, *what: Any) -> None:
    """The same about what the signed-in person has just done."""
    device = _in_words(request.headers.get("User-Agent", ""))
    tell(request.user, *what, now=timezone.now(), device=device)  # type: ignore[arg-type]
