"""How a view of the library gets its page: found among what the caller may read or 404, then the method."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404

from cms.access import Reader
from cms.models import Entry
from comms.people.models import User
from comms.people.scope import Scope
from comms.people.scoped import scoped

View = Callable[..., HttpResponseBase]


class Request(HttpRequest):
    """What a view is asked by somebody signed in: `@scoped` lets nobody else through."""

    user: User


def _guard(view: View, *, methods: tuple[str, ...]) -> View:
    """`view(request, reader, entry, …)` in place of `page`. A stranger gets 404 whatever the method."""

    @wraps(view)
    def found(request: Request, scope: Scope, page: UUID, **kwargs: Any) -> HttpResponseBase:
        reader = Reader.of(scope)
        entry = get_object_or_404(Entry.objects.within(reader).select_related("page", "shelf"), public_id=page)
        if request.method not in methods:
            return HttpResponseNotAllowed(methods)
        return view(request, reader, entry, **kwargs)

    guarded: View = scoped(found)
    return guarded


def reads(view: View) -> View:
    """GET of something of a page."""
    return _guard(view, methods=("GET", "HEAD"))


def tells(view: View) -> View:
    """POST about a page."""
    return _guard(view, methods=("POST",))
