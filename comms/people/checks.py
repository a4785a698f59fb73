"""System checks: every URL outside the staff screens and sign-in says whom it serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

FOREIGN_PREFIXES = ("admin/", "accounts/")  # Wagtail's and allauth's own, guarded by them


def patterns(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every route of the project with its pattern, depth first."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


@register("urls")
def urls_say_whom_they_serve(**_: Any) -> list[CheckMessage]:
    return [
        Error(
            f"The URL {route!r} is neither @scoped nor @public.",
            hint="Decorate the view with comms.people.scoped.scoped or .public.",
            id="people.E001",
        )
        for route, pattern in patterns()
        if not route.startswith(FOREIGN_PREFIXES) and not hasattr(pattern.callback, "access")
    ]
