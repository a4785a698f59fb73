"""Pages that staff have opened to everybody: read with the link alone. Nothing leads to them, nothing lists them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.http import require_safe

from cms import sheets
from cms.models import Entry
from cms.views import files
from cms.views.reading import around
from comms.people.scoped import public


def opened(page: UUID) -> Entry:
    rows = Entry.unscoped.filter(open_to_all=True).exclude(kind=Entry.Kind.SHELF)
    return get_object_or_404(rows.select_related("page"), public_id=page)


@public
@require_safe
def page(request: HttpRequest, page: UUID) -> HttpResponse:
    """The text, its files and pictures; of the pages it points to only those that are open too. In its own language."""
    entry = opened(page)
    found = entry.page.specific
    others = Entry.unscoped.filter(open_to_all=True).exclude(kind=Entry.Kind.SHELF)
    sheet = sheets.sheet(found, at=sheets.doors(found, to_all=True))
    context = {**around(entry, found, others), "responsible": None, "sheet": sheet, "to_all": True}
    with translation.override(entry.language):
        response = render(request, "cms/open.html", {**context, "hide_languages": True})
    response.headers["Content-Language"] = entry.language
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@public
@require_safe
def file(request: HttpRequest, page: UUID, file: UUID) -> HttpResponse:
    return files.attached(opened(page), file)


@public
@require_safe
def picture(request: HttpRequest, page: UUID, image: int) -> HttpResponse:
    return files.shown(opened(page), image, request.GET.get("width", ""))
