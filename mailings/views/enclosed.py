"""A member opens a document from the mail: a link of their own, for a while, without signing in."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from comms.people.scoped import public
from comms.people.tokens import BadToken
from mailings.links import reader_of
from mailings.models import Enclosure, Mailing, Recipient
from mailings.models import RecipientState as R
from mailings.views.documents import download

# Nobody else can have the mail in which the link stands; while it is handed over we do not know yet.
MAY_HAVE_IT = (R.COMMITTING, R.UNKNOWN, R.SENT, R.DELIVERED, R.BOUNCED, R.COMPLAINED)


@public
@require_safe
@never_cache
def enclosed(request: HttpRequest, token: str, n: int) -> HttpResponse:
    """The file, as long as the links answer; afterwards one page that says so. A member who was erased has none."""
    recipient = reader(token)
    mailing = recipient.mailing
    found = get_object_or_404(Enclosure.objects.filter(removed_at=None).defer("content"), mailing=mailing, n=n)
    if timezone.now() < answers_until(mailing):
        return download(found)
    with translation.override(recipient.language):
        context = {"mailing": mailing, "days": settings.DOCUMENT_DAYS, "hide_languages": True, "name": found.name}
        page = render(request, "mailings/enclosed_over.html", context, status=410)
    page.headers["Referrer-Policy"] = "no-referrer"
    page.headers["X-Robots-Tag"] = "noindex"
    page.headers["Content-Language"] = recipient.language
    return page


def reader(token: str) -> Recipient:
    """Whose link it is. Raises `Http404` for one that is forged, never left, or belongs to nobody any more."""
    rows = Recipient.unscoped.select_related("mailing").filter(member__erased_at=None, state__in=MAY_HAVE_IT)
    try:
        return rows.filter(member__isnull=False).get(public_id=reader_of(token))
    except (BadToken, Recipient.DoesNotExist) as error:
        raise Http404 from error


def answers_until(mailing: Mailing) -> datetime.datetime:
    """The last moment of the links: so many days after the sending began."""
    begun = mailing.started_at or mailing.confirmed_at or mailing.created_at
    return begun + datetime.timedelta(days=settings.DOCUMENT_DAYS)
