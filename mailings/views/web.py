"""A message in a browser: a member's own web copy, and the page for everybody, both with every name left out."""

from __future__ import annotations

import re

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from comms.accounts.middleware import wishes
from comms.people.scoped import public
from comms.people.tokens import BadToken
from mailings.links import documents_url, mailing_of, recipient_of
from mailings.models import Mailing, MailingState, Recipient, Rendition
from templates_lib.render import merge
from templates_lib.shown import shows_a_mail

OWN_NAMES = {"sv": "Svenska", "nb": "Norsk", "da": "Dansk", "en": "English"}
PAGE_POLICY = {
    "default-src": ["'none'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'none'"],
    "base-uri": ["'none'"],
}


@public
@require_safe
@never_cache
@shows_a_mail(PAGE_POLICY)
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
    own = {"documents_url": documents_url(recipient.public_id)}
    return _unlisted(merge.compiled(rendition.html).fill_bytes(own), rendition.language)


# What anybody may read: confirmed, and not stopped before it began.
UNCONFIRMED = Q(confirmed_at__isnull=True) | Q(state__in=[MailingState.DRAFT, MailingState.AWAITING_APPROVAL])
NEVER_BEGUN = Q(state=MailingState.CANCELLED, started_at__isnull=True)


@public
@require_safe
@never_cache
@shows_a_mail(PAGE_POLICY)
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The page a poster leads to: the frozen text, to nobody in particular, in the language asked for."""
    try:
        mailing = Mailing.unscoped.exclude(UNCONFIRMED | NEVER_BEGUN).get(pk=mailing_of(token))
    except (BadToken, Mailing.DoesNotExist) as error:
        raise Http404 from error
    found = mailing.renditions.only("mailing", "language", "prints")
    renditions = {rendition.language: rendition for rendition in found if "web" in rendition.prints}
    asked = (request.GET.get("language", ""), *wishes(request), mailing.language)
    rendition = next((renditions[language] for language in asked if language in renditions), None)
    if rendition is None:
        raise Http404
    return _unlisted(_with_switch(rendition, renditions), rendition.language)


def _unlisted(html: str | bytes, language: str) -> HttpResponse:
    """A page for whoever holds its address: no search engine lists it, no link says where one came from."""
    response = HttpResponse(html)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Content-Language"] = language
    return response


def _with_switch(rendition: Rendition, renditions: dict[str, Rendition]) -> str:
    """The page, with the other languages above it when there are any."""
    html: str = rendition.prints["web"]
    if len(renditions) < 2:
        return html
    languages = [(code, name) for code, name in OWN_NAMES.items() if code in renditions]
    switch = render_to_string("mailings/_switch.html", {"languages": languages, "language": rendition.language})
    return re.sub(r"<body[^>]*>", lambda body: body[0] + switch, html, count=1)
