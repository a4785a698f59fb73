"""A view cannot start without saying whom it serves: `@scoped` or `@public`, or `manage.py check` fails.

Strangers get 404, the same body as for what does not exist: whether somebody is a member of a union is
special-category data (GDPR art. 9).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone

from comms.people.scope import Scope

View = Callable[..., HttpResponseBase]


def scope_of(request: HttpRequest) -> Scope:
    """The scope of the signed-in caller today, asked of the database once per request."""
    kept = getattr(request, "_scope", None)
    if kept is None or kept[0] != request.user.pk:
        kept = request._scope = request.user.pk, Scope.of(request.user, on=timezone.localdate())  # type: ignore[attr-defined,arg-type]
    return kept[1]


def scoped(view: View | None = None, *, staff: bool = False, without_mandate: bool = False) -> Any:
    """`view(request, scope, …)` for a signed-in user with a live mandate.

    `staff=True` asks for a staff mandate at the root unit; `without_mandate=True` lets the view answer an
    empty scope (home and account pages say that a mandate has ended). Anonymous visitors are sent to sign-in.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(came_from(request))
            scope = scope_of(request)
            request.portal_scope = scope  # type: ignore[attr-defined]  # for drawing the navigation, nothing else
            if (staff and not scope.staff) or (not scope and not without_mandate):
                raise Http404
            return view(request, scope, *args, **kwargs)

        guarded.access = "staff" if staff else "scoped"  # type: ignore[attr-defined]
        return guarded

    return decorate(view) if view else decorate


def came_from(request: HttpRequest) -> str:
    """Where to go on after something in between: the page itself; for a form that was sent, the page it stood on."""
    page = urlsplit(request.headers.get("Referer", ""))
    if request.method == "POST" and page.netloc == request.get_host():
        return page._replace(scheme="", netloc="", fragment="").geturl()
    return request.get_full_path()


def public(view: View) -> View:
    """For everybody: sign-in, mailed pages, health. Says so aloud, so that nothing is public by accident."""
    view.access = "public"  # type: ignore[attr-defined]
    return view
