"""What every portal page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from comms.portal.help import screen_of

NATIVE_NAMES = [("sv", "Svenska"), ("nb", "Norsk"), ("da", "Dansk"), ("en", "English")]


def portal(request: HttpRequest) -> dict[str, Any]:
    """The union's name, the languages, the page's help, and the scope the view was given (only for drawing the
    navigation).
    """
    match = request.resolver_match
    screen = screen_of(match.view_name) if match else ""
    return {
        "help_url": reverse("portal:help", args=[screen] if screen else []),
        "union_name": settings.UNION_NAME,
        "portal_languages": NATIVE_NAMES,
        "portal_scope": getattr(request, "portal_scope", None),
    }
