"""The answer that shows a mail, or a face of one, in a browser: nothing in it runs, and only its own styles count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from templates_lib.render.shown import on_page

View = Callable[..., HttpResponseBase]


def shows_a_mail(policy: Mapping[str, Sequence[str]]) -> Callable[[View], View]:
    """Below it a view answers with the mail as it is sent. `policy` says everything but which styles there may be."""

    def decorate(view: View) -> View:
        @wraps(view)
        def shows(*args: Any, **options: Any) -> HttpResponseBase:
            response = view(*args, **options)
            return shown(response, policy) if isinstance(response, HttpResponse) else response

        return shows

    return decorate


def shown(response: HttpResponse, policy: Mapping[str, Sequence[str]]) -> HttpResponse:
    """The same answer with the styles of its page in sheets, and the policy that lets just those through."""
    if response.headers["Content-Type"].startswith("text/html") and not response.has_header("Location"):
        page = on_page(response.content.decode())
        response.content = page.html.encode()
        policy = {**policy, "style-src": page.styles or ["'none'"]}
    response.headers["Content-Security-Policy"] = "; ".join(
        " ".join([directive, *allowed]) for directive, allowed in policy.items()
    )
    return response
