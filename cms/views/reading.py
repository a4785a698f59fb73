"""Reading: the front page of the library, a shelf, and one page of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cms import learning, sheets, shelving
from cms.access import Reader
from cms.models import Entry
from cms.views.found import Request, reads
from comms.people.scope import Scope
from comms.people.scoped import scoped


@scoped
@require_safe
def home(request: Request, scope: Scope) -> HttpResponse:
    """With `?below=1` also what belongs to units below the reader's own."""
    reader, on = Reader.of(scope), timezone.localdate()
    below = request.GET.get("below") == "1"
    front = shelving.front(reader, on=on, below=below)
    context = {"front": front, "below": below, "today": on, "section": "library"}
    context["answers"] = learning.answered_lately(reader, on)
    context["may_look_below"] = shelving.has_below(reader)
    return render(request, "cms/home.html", context)


@reads
def page(request: Request, reader: Reader, entry: Entry) -> HttpResponse:
    return shelf(request, reader, entry) if entry.kind == Entry.Kind.SHELF else sheet(request, reader, entry)


def sheet(request: Request, reader: Reader, entry: Entry) -> HttpResponse:
    """One page, read."""
    found = entry.page.specific
    context = {
        **around(entry, found, Entry.objects.within(reader)),
        "sheet": sheets.sheet(found, at=sheets.doors(found)),
        "crumbs": shelving.crumbs(reader, found),
        "units": list(entry.units.order_by("path")),
        "address": settings.BASE_URL + reverse("cms:open" if entry.open_to_all else "cms:page", args=[entry.public_id]),
        "section": "library",
    }
    return render(request, "cms/page.html", context)


def around(entry: Entry, found: Any, readable: Any) -> dict[str, Any]:
    """What stands around a text, as far as it is among the `readable` entries. At most four queries."""
    related = {one.pk: one for one in readable.filter(pk__in=found.related_pages.order_by().values("related"))}
    order = found.related_pages.values_list("related", flat=True)
    return {
        "entry": entry,
        "related": [related[pk] for pk in order if pk in related],
        "subjects": list(found.subjects.all()),
        "responsible": found.responsible,
        "today": timezone.localdate(),
        "expired": entry.is_expired(timezone.localdate()),
    }


def shelf(request: Request, reader: Reader, entry: Entry) -> HttpResponse:
    """What stands on a shelf: `?kind=` and `?year=` choose among it, `?page=` turns the pages."""
    asked = {name: request.GET.get(name, "") for name in ("kind", "year", "page")}
    below = request.GET.get("below") == "1"
    context = {
        "entry": entry,
        "crumbs": shelving.crumbs(reader, entry.page),
        "standing": shelving.standing(reader, entry.page, below=below, **asked),
        "below": below,
        "may_look_below": shelving.has_below(reader),
        "today": timezone.localdate(),
        "section": "library",
    }
    return render(request, "cms/shelf.html", context)
