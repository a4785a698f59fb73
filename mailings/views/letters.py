"""Letters to print and a list to call, for those whom the mail does not reach."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from comms.people.models import Member
from comms.people.scope import Scope
from comms.privacy import pledge
from comms.privacy.models import AccessLog
from mailings import composing, letter_files
from mailings import letters as letters_domain
from mailings.models import LetterRun, Mailing, RunState
from mailings.views.found import Request, looked, reading, steering, through, writing_mandate
from templates_lib.pdf_worker import PAGES, REASONS

log = logging.getLogger(__name__)

PAGE = 50
PROBLEMS = {
    **REASONS,
    "pages": PAGES["letters"],
    "nobody": gettext_lazy("When the letters were about to be drawn, nobody was left who may get one."),
}


@reading
def letters(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Who gets a letter and who must be called, and the runs ordered so far; htmx asks for the runs alone.

    It leads to names, so confidentiality is pledged here: a file that is fetched shows no page to do it on.
    """
    may_order = scope.staff or bool(writing_mandate(request, scope, mailing.unit))
    mine = runs(request, mailing)
    context = {"mailing": mailing, "runs": mine, "moving": any(run.moving for run in mine), "may_order": may_order}
    if request.htmx:
        return render(request, "mailings/_letter_runs.html", context)
    pledge.require(through(request, scope, mailing), now=timezone.now())
    found = letters_domain.unreached(mailing, scope=scope, now=timezone.now())
    more = {"found": found, "can_order": letters_domain.can_order(mailing)}
    return render(request, "mailings/letters.html", {**context, **more})


def runs(request: Request, mailing: Mailing) -> list[Any]:
    """The caller's own, newest first: a file may hold whom only their scope holds."""
    rows = own(request, mailing).annotate(total=Count("chunks"), done=done()).order_by("-created_at", "-id")
    found: list[Any] = list(rows)
    for run in found:
        run.moving = run.state in letters_domain.OPEN
        run.why = PROBLEMS.get(run.problem, PROBLEMS["broken"]) if run.problem else ""
    return found


def done() -> Count:
    return Count("chunks", filter=Q(chunks__done_at__isnull=False))


def own(request: Request, mailing: Mailing) -> QuerySet[LetterRun]:
    return LetterRun.objects.filter(mailing=mailing, by=request.user, expires_at__gt=timezone.now())


@steering
def order(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Orders the letters; pressing twice orders once."""
    try:
        letters_domain.order(mailing=mailing, by=request.user, scope=scope, now=timezone.now())
    except letters_domain.NotNow:
        messages.error(request, _("Letters can be made once the invitation has been sent."))
    except letters_domain.Nobody:
        messages.info(request, _("There is nobody a letter could go to."))
    return redirect("mailings:letters", mailing.public_id)


@reading
def file(request: Request, scope: Scope, mailing: Mailing, run: UUID) -> HttpResponseBase:
    """The finished letters, to the person who ordered them and nobody else."""
    found = get_object_or_404(own(request, mailing), public_id=run)
    path = letter_files.whole(found)
    if found.state != RunState.READY or not path.exists():
        return redirect("mailings:letters", mailing.public_id)
    members = [pk for some in found.chunks.order_by("n").values_list("members", flat=True) for pk in some]
    looked(request, scope, mailing, members, kind=AccessLog.Kind.EXPORT)
    log.info("letters %s: fetched by user %s", found.public_id, request.user.pk)
    response = FileResponse(path.open("rb"), content_type="application/pdf")
    name = f"{composing.pdf_name(mailing.subject).removesuffix('.pdf')} – {pgettext('message', 'letters')}.pdf"
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@reading
def call(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Names and numbers of those with neither mail nor a postal address; on the screen only."""
    ids = letters_domain.unreached(mailing, scope=scope, now=timezone.now()).calls
    page = Paginator(ids, PAGE).get_page(request.GET.get("page"))
    people = Member.objects.within(scope).in_bulk(list(page.object_list))
    page.object_list = shown = [people[pk] for pk in page.object_list if pk in people]
    looked(request, scope, mailing, [member.pk for member in shown], kind=AccessLog.Kind.CONTACT)
    return render(request, "mailings/letters_call.html", {"mailing": mailing, "page": page})
