"""The web copy of a mail: for whoever holds the link, with every name left out."""

from __future__ import annotations

from csp.decorators import csp
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from comms.people.scoped import public
from comms.people.tokens import BadToken
from mailings.links import recipient_of
from mailings.models import Recipient
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
@require_safe
@never_cache
@csp(PAGE_POLICY)  # type: ignore[arg-type]  # its types know only views without arguments
def web(request: HttpRequest, token: str) -> HttpResponse:
    """The frozen bytes in the recipient's language. A forwarded link names nobody and switches nothing off."""
    try:
        recipient = Recipient.unscoped.select_related("mailing").get(public_id=recipient_of(token))
    except (BadToken, ValueError, Recipient.DoesNotExist) as error:
        raise Http404 from error
    mailing = recipient.mailing
    renditions = {rendition.language: rendition for rendition in mailing.renditions.defer("pdf")}
    rendition = renditions.get(recipient.language) or renditions.get(mailing.language)
    if rendition is None:
        raise Http404
    response = HttpResponse(merge.fill(rendition.html, {}, context="html"))
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
