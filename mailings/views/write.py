"""The text step: every slot of the template, saved while one types."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from comms.people.scope import Scope
from mailings import composing
from mailings.forms import TextForm, picture_addresses
from mailings.models import Mailing
from mailings.views.found import Request, changing, drafting

NEXT = {"next": "mailings:preview", "stay": "mailings:text"}


@drafting
def text(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    return render(request, "mailings/text.html", page_of(mailing, form_of(mailing)))


@changing
def save(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Stores what was sent: as JSON for the autosave (`Accept: application/json`), else leads on to the next step."""
    quiet = "application/json" in request.headers.get("Accept", "")
    form = form_of(mailing, request)
    if not form.is_valid():
        return refused(request, mailing, form, quiet)
    version, now = form.cleaned_data["version"], timezone.now()
    try:
        saved = composing.save(mailing=mailing, version=version, changes=form.changes(), by=request.user, now=now)
    except composing.Conflict as conflict:
        return collided(request, conflict, quiet)
    except composing.NotADraft:
        return locked(request, mailing, quiet)
    if quiet:
        return JsonResponse(receipt(saved))
    return redirect(NEXT.get(request.POST.get("go", ""), "mailings:preview"), mailing.public_id)


def form_of(mailing: Mailing, request: Request | None = None, **data: Any) -> TextForm:
    """The form over the draft, filled from a request or from what is stored."""
    initial = {"subject": mailing.subject, "preheader": mailing.preheader, "version": mailing.version}
    sent = ({**request.POST.dict(), **data}, request.FILES) if request else ()
    return TextForm(*sent, slots=composing.slots_of(mailing), values=mailing.values, initial=initial)


def page_of(mailing: Mailing, form: TextForm, **more: Any) -> dict[str, Any]:
    return {"mailing": mailing, "form": form, "step": "text", **more}


def receipt(saved: Mailing) -> dict[str, Any]:
    """What the page needs after a save: the new version, the time in words, and where pictures are."""
    now = timezone.localtime()
    said = _("Saved %(time)s") % {"time": date_format(now, "H.i")}
    return {"version": saved.version, "said": said, "pictures": picture_addresses(saved.values)}


def refused(request: Request, mailing: Mailing, form: TextForm, quiet: bool) -> HttpResponse:
    """Only a picture can be refused; the words stay in the page."""
    if quiet:
        errors = {name: [str(error) for error in errors] for name, errors in form.errors.items()}
        return JsonResponse({"errors": errors}, status=422)
    return render(request, "mailings/text.html", page_of(mailing, form), status=422)


def collided(request: Request, conflict: composing.Conflict, quiet: bool) -> HttpResponse:
    """Two people or two tabs: both versions are kept, and the person chooses."""
    theirs = conflict.stored
    if quiet:
        return JsonResponse({"version": theirs.version}, status=409)
    mine = form_of(theirs, request, version=theirs.version)
    return render(request, "mailings/text.html", page_of(theirs, mine, theirs=form_of(theirs)), status=409)


def locked(request: Request, mailing: Mailing, quiet: bool) -> HttpResponse:
    if quiet:
        return JsonResponse({"locked": True}, status=410)
    messages.error(request, _("This invitation has been approved, so the text is locked. Nothing was changed."))
    return redirect("mailings:sent", mailing.public_id)
