"""The documents of a mailing as its own unit handles them: add, look, take out, put back."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from comms.people.scope import Scope
from mailings import enclosures
from mailings.drafts import NotADraft
from mailings.models import Enclosure, Mailing
from mailings.views.found import Request, changing, practises, reading
from templates_lib import uploads


@changing
@practises
def add(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Takes in what was chosen, file by file; one that is refused does not hold up the others."""
    taken = 0
    for upload in request.FILES.getlist("document")[: settings.DOCUMENT_MAX_COUNT + 1]:
        try:
            if (upload.size or 0) > settings.DOCUMENT_MAX_BYTES:
                raise uploads.UploadRefused(uploads.too_large(settings.DOCUMENT_MAX_BYTES))
            name, content = upload.name or "", upload.read()
            enclosures.add(mailing=mailing, name=name, content=content, by=request.user, now=timezone.now())
            taken += 1
        except uploads.UploadRefused as refused:
            messages.error(request, f"{upload.name}: {refused.message}")
        except NotADraft:
            return locked(request, mailing)
    if taken:
        messages.success(request, ngettext("%(n)d document added.", "%(n)d documents added.", taken) % {"n": taken})
    elif not request.FILES:
        messages.error(request, _("Choose a file first."))
    return back(mailing)


@reading
@practises
def document(request: Request, scope: Scope, mailing: Mailing, n: int) -> HttpResponse:
    """The file itself, for the mailing's own unit and, once confirmed, for those above it."""
    found = Enclosure.objects.filter(mailing=mailing, n=n, removed_at=None).first()
    if found is None:
        raise Http404
    return download(found)


@changing
@practises
def remove(request: Request, scope: Scope, mailing: Mailing, n: int) -> HttpResponse:
    try:
        if enclosures.remove(mailing=mailing, n=n, now=timezone.now()):
            messages.success(request, _("The document is taken out. You can put it back until you send."))
    except NotADraft:
        return locked(request, mailing)
    return back(mailing)


@changing
@practises
def put_back(request: Request, scope: Scope, mailing: Mailing, n: int) -> HttpResponse:
    try:
        if enclosures.put_back(mailing=mailing, n=n, now=timezone.now()):
            messages.success(request, _("The document goes with the invitation again."))
        else:
            messages.error(request, _("There is no room for it. Take another document out first."))
    except NotADraft:
        return locked(request, mailing)
    return back(mailing)


def back(mailing: Mailing) -> HttpResponse:
    return redirect(reverse("mailings:text", args=[mailing.public_id]))


def locked(request: Request, mailing: Mailing) -> HttpResponse:
    messages.error(request, _("This invitation has been approved, so its documents are locked. Nothing was changed."))
    return redirect("mailings:sent", mailing.public_id)


def download(found: Enclosure) -> HttpResponse:
    """The bytes, saved and never shown in our name: what is in a document can do nothing here."""
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
