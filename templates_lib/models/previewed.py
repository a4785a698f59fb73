"""The preview panel: which faces there are, in which languages and brands, and at which widths."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.models import PreviewableMixin

from comms.people.models import LANGUAGES
from templates_lib.shown import shown

FACES = {
    "mail": _("Mail"),
    "dark": _("Mail, dark"),
    "images-off": _("Mail, images off"),
    "text": _("Text"),
    "print": _("Print"),
    "poster": _("Poster"),
    "sms": _("SMS"),
    "square": _("Square picture"),
}
BRANDED = ("mail", "print", "poster")  # the faces worth seeing in other brands
WIDTHS = (("small", "mobile-alt", 320), ("mobile", "mobile-alt", 375), ("tablet", "tablet-alt", 680),
          ("desktop", "desktop", 1280))  # fmt: skip
POLICY = {"default-src": ["'none'"], "img-src": ["'self'", "data:"], "frame-ancestors": ["'self'"]}
WITHOUT_IMAGES = {**POLICY, "img-src": ["'none'"]}


class Previewed(PreviewableMixin, models.Model):
    """A mode is "face", "face:language" or "face:language:brand id"."""

    class Meta:
        abstract = True

    @property
    def preview_sizes(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "icon": icon, "device_width": width, "label": _("%(width)d pixels wide") % {"width": width}}
            for name, icon, width in WIDTHS
        ]

    @property
    def default_preview_size(self) -> str:
        return "mobile"

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The face, or in its place why it cannot be drawn; nothing in it may run or load from outside."""
        response = super().serve_preview(request, mode_name).render()
        return shown(response, WITHOUT_IMAGES if mode_name.startswith("images-off") else POLICY)

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        return "templates_lib/preview.html"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        return {"shown": self, "mode": mode_name}


def modes(brands: list[tuple[int, str]]) -> list[tuple[str, Any]]:
    """Every face in the union's language, then in the others, then the main ones in the brands of units below."""
    own = settings.LANGUAGE_CODE
    others = [(code, name) for code, name in LANGUAGES if code != own]
    in_languages = [
        (f"{face}:{code}", format_lazy("{}: {}", name, label)) for code, name in others for face, label in FACES.items()
    ]
    in_brands = [
        (f"{face}:{own}:{pk}", format_lazy("{}: {}", name, FACES[face])) for pk, name in brands for face in BRANDED
    ]
    return [*FACES.items(), *in_languages, *in_brands]
