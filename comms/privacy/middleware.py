"""A name for each request, in every line logged meanwhile; and the pledge asked for before members are shown."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from comms.people.scoped import came_from
from comms.privacy import logs, pledge

Handler = Callable[[HttpRequest], HttpResponseBase]


def RequestIdMiddleware(get_response: Handler) -> Handler:
    """Kept inside: an answer that differs each time would tell two unknown pages apart."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        with logs.about(request=request, request_id=secrets.token_hex(8)):
            return get_response(request)

    return respond


class PledgeMiddleware:
    """Whoever is about to see members without having pledged confidentiality reads the pledge, and then goes on."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, pledge.Missing):
            return None
        part = request.headers.get("HX-Request") == "true"
        on = request.htmx.current_url_abs_path if part else came_from(request)  # type: ignore[attr-defined]
        page = f"{reverse('pledge', args=[exception.mandate.public_id])}?{urlencode({'next': on or ''})}"
        return HttpResponseClientRedirect(page) if part else redirect(page)
