"""Language of the signed-in person, and caches that keep nothing of theirs."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


def UserLanguageMiddleware(get_response: Handler) -> Handler:
    return get_response


def PrivateMiddleware(get_response: Handler) -> Handler:
    return get_response
