"""Searching: the page of what was found, and titles while one types."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cms.views.found import Request
from comms.people.scope import Scope
from comms.people.scoped import scoped


@scoped
@require_safe
def search(request: Request, scope: Scope) -> HttpResponse:
    return render(request, "cms/search.html", {"section": "library", "query": request.GET.get("q", "")})


@scoped
@require_safe
def suggest(request: Request, scope: Scope) -> HttpResponse:
    return render(request, "cms/_suggestions.html", {"entries": []})
