"""What every portal page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

NATIVE_NAMES = [("sv", "Svenska"), ("nb", "Norsk"), ("da", "Dansk"), ("en", "English")]


def portal(request: HttpRequest) -> dict[str, Any]:
    """The union's name, the languages, and the scope the view was given (only for drawing the navigation)."""
    return {
        "union_name": settings.UNION_NAME,
        "portal_languages": NATIVE_NAMES,
        "portal_scope": getattr(request, "portal_scope", None),
    }
