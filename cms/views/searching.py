"""Searching: the page of what was found, and titles while one types."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from cms import shelving
from cms.access import Reader
from cms.models import Entry
from cms.search import Facet, Filters, Found, search, suggest
from cms.views.found import Request
from comms.people.scope import Scope
from comms.people.scoped import scoped

SIZE = 10  # results on a page
NARROWING = ("kind", "shelf", "level", "year")


class Asked(forms.Form):
    """What the address may ask for; anything else in it is overlooked."""

    q = forms.CharField(required=False, max_length=200)
    kind = forms.ChoiceField(required=False, choices=Entry.Kind.choices)
    shelf = forms.UUIDField(required=False)
    level = forms.IntegerField(required=False, min_value=0, max_value=2)
    year = forms.IntegerField(required=False, min_value=1900, max_value=2100)
    below = forms.BooleanField(required=False)
    exact = forms.BooleanField(required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=100)

    def filters(self, reader: Reader) -> Filters:
        """A shelf the reader may not read is no filter."""
        self.is_valid()
        said = self.cleaned_data
        shelves = Entry.objects.within(reader).of_kind(Entry.Kind.SHELF)
        shelf = said.get("shelf") and shelves.filter(public_id=said["shelf"]).values_list("pk", flat=True).first()
        return Filters(
            kind=said.get("kind") or "",
            shelf=shelf or None,
            level=said.get("level"),
            year=said.get("year"),
            below=bool(said.get("below")),
        )


@scoped
@require_safe
def find(request: Request, scope: Scope) -> HttpResponse:
    reader, form = Reader.of(scope), Asked(request.GET)
    filters = form.filters(reader)
    words, page = form.cleaned_data.get("q", ""), form.cleaned_data.get("page") or 1
    exact, language = form.cleaned_data.get("exact", False), _language()
    found = search(
        reader, words, filters=filters, language=language, on=scope.on, start=SIZE * (page - 1), size=SIZE, exact=exact
    )
    context = {"section": "library", "query": words, "found": found, "filters": filters, "on": scope.on}
    context |= {"facets": _facets(request, found), "pages": _pages(found, page), "kept": _kept(request)}
    context |= {
        "has_below": shelving.has_below(reader),
        "exactly": _link(request, exact="on"),
        "plain": _plain(request),
    }
    return render(request, "cms/_found.html" if request.headers.get("HX-Request") else "cms/search.html", context)


@scoped
@require_safe
def offer(request: Request, scope: Scope) -> HttpResponse:
    """Titles for the box: a fragment, empty when nothing begins like what was typed."""
    form = Asked(request.GET)
    form.is_valid()
    entries = suggest(Reader.of(scope), form.cleaned_data.get("q", ""), language=_language())
    return render(request, "cms/_suggestions.html", {"entries": entries})


def _language() -> str:
    return (get_language() or "sv")[:2]


def _link(request: Request, **changes: str | None) -> str:
    """The query string with these changed, None for without; from the first page again."""
    query = request.GET.copy()
    for name, value in {"page": None, **changes}.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"


def _facets(request: Request, found: Found) -> list[dict[str, Any]]:
    """Each facet with its choices, each a link that chooses it or takes it back."""

    def choice(name: str, facet: Facet) -> dict[str, Any]:
        return {"facet": facet, "href": _link(request, **{name: None if facet.chosen else facet.value})}

    return [
        {"name": name, "choices": [choice(name, facet) for facet in found.facets[name]]}
        for name in NARROWING
        if name in found.facets
    ]


def _pages(found: Found, page: int) -> dict[str, int]:
    last = -(-found.total // SIZE)
    return {"number": page, "last": last, "before": page - 1, "after": page + 1 if page < last else 0}


def _kept(request: Request) -> list[tuple[str, str]]:
    """What the box takes along when other words are typed into it."""
    return [(name, request.GET[name]) for name in (*NARROWING, "below") if request.GET.get(name)]


def _plain(request: Request) -> str:
    """The same words without anything that narrows them."""
    return _link(request, **dict.fromkeys((*NARROWING, "exact")))
