"""The mail as one of its recipients gets it. The address names nobody: it holds the member's opaque id."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from csp.decorators import csp
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from comms.people.models import Member
from comms.people.scope import Scope
from mailings import stepping
from mailings.models import Mailing
from mailings.views.found import Request, drafting, looked
from mailings.views.preview import FACES, FRAME
from mailings.wire import HeaderRefused
from templates_lib.render.document import RenderRefused


@drafting
def first(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Leads to the first recipient, or with `?who=` to one worth a look; without any it says so."""
    who = request.GET.get("who", "")
    found = stepping.first(mailing, who, now=timezone.now()) or stepping.first(mailing, "", now=timezone.now())
    if found is None:
        return render(request, "mailings/as_nobody.html", {"mailing": mailing, "step": "preview"})
    return redirect("mailings:as_member", mailing.public_id, found)


@drafting
def as_member(request: Request, scope: Scope, mailing: Mailing, member: UUID) -> HttpResponse:
    """One recipient's mail, with the ways to the ones before and after and to those worth a look."""
    person, now = reader(request, scope, mailing, member), timezone.now()
    before, after = stepping.neighbours(mailing, person, now=now)
    nameless, languages = stepping.kinds(mailing, now=now)
    context = {"mailing": mailing, "member": person, "before": before, "after": after, "step": "preview"}
    kinds = {"nameless": nameless, "languages": languages, "faces": FACES.items()}
    return render(request, "mailings/as_member.html", {**context, **kinds, **shown(mailing, person)})


@csp(FRAME)
@xframe_options_sameorigin
@drafting
def frame(request: Request, scope: Scope, mailing: Mailing, member: UUID) -> HttpResponse:
    """The HTML of that mail, for the sandboxed frame."""
    return HttpResponse(shown(mailing, reader(request, scope, mailing, member))["html"])


def reader(request: Request, scope: Scope, mailing: Mailing, public_id: UUID) -> Member:
    """Somebody who gets this mailing; everybody else is not there. Each look is a row in the access log."""
    found = stepping.reader(mailing, public_id, now=timezone.now())
    if found is None:
        raise Http404
    looked(request, scope, mailing, [found.pk])
    return found


def shown(mailing: Mailing, member: Member) -> dict[str, Any]:
    """The parts of the mail, or in their place that it cannot be drawn."""
    try:
        got = stepping.got(mailing, member, now=timezone.now())
    except (RenderRefused, HeaderRefused):
        return {"html": _("The mail cannot be drawn. Your text is safe. Tell the staff."), "got": None}
    return {"html": got.html, "got": got}
