"""Whom it reaches, whom not, and why: the reach ledger and its lists."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from comms.people.freshness import as_of
from comms.people.scope import Scope
from mailings import audience, composing
from mailings.forms import AudienceForm
from mailings.models import Mailing
from mailings.reasons import REASONS, explain
from mailings.views.found import Request, changing, drafting

PAGE = 50
REACHED = "mail"


@drafting
def recipients(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The scope in words, simple filters, and the ledger whose numbers open the lists."""
    mandate_scope = composing.scope_of(mailing, now=timezone.now())
    ledger = composing.reach(mailing, now=timezone.now())
    context = {
        "mailing": mailing,
        "ledger": ledger,
        "skipped": [(code, explain(code), n) for code, n in ledger.skipped],
        "form": AudienceForm(mailing=mailing),
        "as_of": as_of(mandate_scope),
        "step": "recipients",
    }
    return render(request, "mailings/recipients.html", context)


@changing
def narrow(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Stores the choice of recipients: ids from the form only ever narrow (threat S2)."""
    form = AudienceForm(request.POST, mailing=mailing)
    if not form.is_valid():
        raise Http404
    changes, version = {"audience": form.filter()}, form.cleaned_data["version"]
    try:
        composing.save(mailing=mailing, version=version, changes=changes, by=request.user, now=timezone.now())
    except (composing.Conflict, composing.NotADraft):
        messages.error(request, _("The invitation was changed elsewhere. Your choice of recipients was not saved."))
    return redirect("mailings:recipients", mailing.public_id)


@drafting
def people(request: Request, scope: Scope, mailing: Mailing, reason: str) -> HttpResponse:
    """The names behind one number of the ledger: `mail` or a reason code."""
    if reason != REACHED and reason not in REASONS:
        raise Http404
    chosen = audience.Filter.from_json(mailing.audience)
    found = audience.members(
        scope=composing.scope_of(mailing, now=timezone.now()),
        topic=mailing.topic,
        filter=chosen,
        reason="" if reason == REACHED else reason,
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"mailing": mailing, "page": page, "reason": REASONS.get(reason), "step": "recipients"}
    return render(request, "mailings/people.html", context)
