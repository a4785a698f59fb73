"""The web copy of a mail: for whoever holds the link, with every name left out."""

from __future__ import annotations

from csp.decorators import csp
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from comms.people.scoped import public
from comms.people.tokens import BadToken
from mailings.links import recipient_of
from mailings.models import Recipient, Rendition
from templates_lib.render import merge

PAGE_POLICY = {
    "default-src": ["'none'"],
    "img-src": ["'self'", "data:"],
    "style-src": ["'unsafe-inline'"],
    "font-src": ["'self'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'none'"],
    "base-uri": ["'none'"],
}


@public
@csp(PAGE_POLICY)
@never_cache
@require_safe
def web(request: HttpRequest, token: str) -> HttpResponse:
    """The frozen bytes in the recipient's language. A forwarded link names nobody and switches nothing off."""
    try:
        recipient = Recipient.unscoped.get(public_id=recipient_of(token))
        rendition = Rendition.objects.get(mailing=recipient.mailing_id, language=recipient.language)
    except (BadToken, ValueError, Recipient.DoesNotExist, Rendition.DoesNotExist) as error:
        raise Http404 from error
    response = HttpResponse(merge.fill(rendition.html, {}, context="html"))
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
