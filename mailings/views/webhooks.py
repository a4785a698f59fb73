"""Where providers tell what became of mails: one door before all of django-anymail's views.

Anymail asks for the secret and checks the signature. Before that, the door keeps out providers nobody configured and
bodies too large; after it, everything a request brought is committed before the provider hears 200.
"""

from __future__ import annotations

import logging

from anymail.exceptions import AnymailWebhookValidationFailure
from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve
from django.views.decorators.csrf import csrf_exempt

from comms.people.scoped import public

log = logging.getLogger(__name__)

MOST_BYTES = 5 * 1024 * 1024
# not from the provider, or not what it documents
REFUSED = (AnymailWebhookValidationFailure, ValueError, LookupError, TypeError, AttributeError)


@public
@csrf_exempt
def receive(request: HttpRequest, path: str) -> HttpResponseBase:
    """`/webhooks/<provider>/tracking/` and `…/inbound/`, as in anymail's documentation."""
    found = _found(path)
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            return HttpResponse(status=413)
        with transaction.atomic():
            return found.func(request, *found.args, **found.kwargs)
    except REFUSED as error:  # its text may hold the secret or an address
        log.warning("webhook %s: refused (%s)", path.partition("/")[0], type(error).__name__)
        return HttpResponse(status=400)


def _found(path: str) -> ResolverMatch:
    """Anymail's view, where the provider is configured and a secret is set. Raises `Http404`."""
    if path.partition("/")[0] not in settings.WEBHOOK_PROVIDERS or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404
    try:
        return resolve(f"/{path}", urlconf="anymail.urls")
    except Resolver404 as error:
        raise Http404 from error
