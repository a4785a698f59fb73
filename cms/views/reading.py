"""Reading: the front page of the library, and one page of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cms.access import Reader
from cms.models import Entry
from cms.views.found import Request, reads
from comms.people.scope import Scope
from comms.people.scoped import scoped


@scoped
@require_safe
def home(request: Request, scope: Scope) -> HttpResponse:
    entries = Entry.objects.within(Reader.of(scope), below=False)
    shelves = entries.of_kind(Entry.Kind.SHELF).order_by("page__path")
    return render(request, "cms/home.html", {"section": "library", "shelves": shelves})


@reads
def page(request: Request, reader: Reader, entry: Entry) -> HttpResponse:
    return render(request, "cms/page.html", {"section": "library", "entry": entry, "page": entry.page.specific})
