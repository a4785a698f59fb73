"""A name for each request, in every line logged meanwhile."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from comms.privacy import logs


def RequestIdMiddleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Kept inside: an answer that differs each time would tell two unknown pages apart."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        with logs.about(request=request, request_id=secrets.token_hex(8)):
            return get_response(request)

    return respond
