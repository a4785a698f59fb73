"""The mail as one of its recipients gets it. The address names nobody: it holds the member's opaque id."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from comms.people.models import Member
from comms.people.scope import Scope
from mailings import stepping
from mailings.models import Mailing
from mailings.practice import people
from mailings.practice.people import Invented
from mailings.views.found import Request, drafting, looked, practises
from mailings.views.preview import FACES, FRAME
from mailings.wire import HeaderRefused
from templates_lib.render.document import RenderRefused
from templates_lib.shown import shows_a_mail


@drafting
@practises
def first(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Leads to the first recipient, or with `?who=` to one worth a look; without any it says so."""
    who = request.GET.get("who", "")
    if mailing.practice:
        found = people.first(mailing, who)
    else:
        found = stepping.first(mailing, who, now=timezone.now()) or stepping.first(mailing, "", now=timezone.now())
    if found is None:
        return render(request, "mailings/as_nobody.html", {"mailing": mailing, "step": "preview"})
    return redirect("mailings:as_member", mailing.public_id, found)


@drafting
@practises
def as_member(request: Request, scope: Scope, mailing: Mailing, member: UUID) -> HttpResponse:
    """One recipient's mail, with the ways to the ones before and after and to those worth a look."""
    person = reader(request, scope, mailing, member)
    before, after, nameless, languages = beside(mailing, person)
    context = {"mailing": mailing, "member": person, "before": before, "after": after, "step": "preview"}
    kinds = {"nameless": nameless, "languages": languages, "faces": FACES.items()}
    return render(request, "mailings/as_member.html", {**context, **kinds, **shown(mailing, person)})


@shows_a_mail(FRAME)
@xframe_options_sameorigin
@drafting
@practises
def frame(request: Request, scope: Scope, mailing: Mailing, member: UUID) -> HttpResponse:
    """The HTML of that mail, for the sandboxed frame."""
    return HttpResponse(shown(mailing, reader(request, scope, mailing, member))["html"])


def beside(mailing: Mailing, person: Member | Invented) -> tuple[Any, ...]:
    """The ones before and after, whether somebody has no first name, and which other languages are read."""
    if isinstance(person, Invented):
        return *people.neighbours(mailing, person), *people.kinds(mailing)
    now = timezone.now()
    return *stepping.neighbours(mailing, person, now=now), *stepping.kinds(mailing, now=now)


def reader(request: Request, scope: Scope, mailing: Mailing, public_id: UUID) -> Member | Invented:
    """Somebody who gets this mailing; everybody else is not there. Each look at a member is a row in the access log."""
    if mailing.practice:
        if invented := people.reader(mailing, public_id):
            return invented
        raise Http404
    found = stepping.reader(mailing, public_id, now=timezone.now())
    if found is None:
        raise Http404
    looked(request, scope, mailing, [found.pk])
    return found


def shown(mailing: Mailing, member: Member | Invented) -> dict[str, Any]:
    """The parts of the mail, or in their place that it cannot be drawn."""
    try:
        got = stepping.got(mailing, member, now=timezone.now())
    except (RenderRefused, HeaderRefused):
        return {"html": _("The mail cannot be drawn. Your text is safe. Tell the staff."), "got": None}
    return {"html": got.html, "got": got}
