"""The portal on a telephone's home screen: its manifest, a page for when there is no connection, and the worker that
shows it. The worker keeps that page and what it is drawn with, and nothing else: no page of anybody's is ever stored.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from comms.people.scoped import public

THEME, PAPER = "#7a1f2b", "#faf7f2"  # of portal.css
DRAWN_WITH = (
    "css/portal.css",
    "css/mark.svg",
    "fonts/lato-regular.woff2",
    "fonts/lato-bold.woff2",
    "fonts/source-serif-600.woff2",
)


@public
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a telephone needs to know to install the portal (W3C Web Application Manifest)."""
    content = {
        "id": "/",
        "name": settings.UNION_NAME,
        "short_name": settings.UNION_NAME,
        "lang": translation.get_language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": THEME,
        "background_color": PAPER,
        "icons": [icon(name, purpose, size) for name, purpose in ICONS for size in (192, 512)],
    }
    return JsonResponse(content, content_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


ICONS = (("icon", "any"), ("maskable", "maskable"))


def icon(name: str, purpose: str, size: int) -> dict[str, Any]:
    source = static(f"icons/{name}-{size}.png")
    return {"src": source, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


@public
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker; another list of files makes it another one, and the browser fetches them anew."""
    page = f"{reverse('portal:offline')}?language={translation.get_language()}"
    files = [page, *map(static, DRAWN_WITH)]
    name = "offline-" + hashlib.sha256("\n".join(files).encode()).hexdigest()[:12]
    context = {"name": json.dumps(name), "page": json.dumps(page), "files": json.dumps(files)}
    response = render(request, "portal/worker.js", context, content_type="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@public
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown without a connection: the same for everybody, in the language asked for."""
    asked = request.GET.get("language", "")
    language = asked if asked in dict(settings.LANGUAGES) else translation.get_language()
    with translation.override(language):
        response = render(request, "portal/offline.html", {"hide_languages": True})
    response.headers["Content-Language"] = language or settings.LANGUAGE_CODE
    return response
