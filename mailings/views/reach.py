"""Whom it reaches, whom not, and why: the choice of recipients, the reach ledger and its lists."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from comms.people.freshness import as_of
from comms.people.scope import Scope
from mailings import audience, composing, narrowing
from mailings.choosing import AudienceForm
from mailings.models import Mailing
from mailings.practice.choosing import PracticeForm
from mailings.reasons import REASONS, explain
from mailings.views import practice
from mailings.views.found import Request, changing, drafting, looked, practises
from mailings.views.home import office_address
from mailings.views.lists import lately_deleted, lists_of

PAGE = 50
REACHED = "mail"


@drafting
@practises
def recipients(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The scope in words, what narrows it, and the ledger whose numbers open the lists; htmx gets the ledger alone.

    The numbers of a large mandate follow the page, which then asks for them by itself (without a script: by a link).
    """
    if mailing.practice:
        shown = {"mailing": mailing, "step": "recipients", **practice.reach_of(mailing)}
        return render(request, f"mailings/{part(request)}.html", shown)
    find = request.GET.get("find", "").strip()[:60]
    mandate_scope = composing.scope_of(mailing, now=timezone.now())
    form = AudienceForm(mailing=mailing, scope=mandate_scope, find=find)
    context = {
        "mailing": mailing,
        "form": form,
        "find": find,
        "as_of": as_of(mandate_scope),
        "step": "recipients",
        **({} if follows(request, mailing, mandate_scope) else reached(mailing, mandate_scope, form.stored)),
        **({} if request.htmx else lists_of(request, scope, mailing)),
        "deleted": lately_deleted(request, scope, mailing),
    }
    return render(request, f"mailings/{part(request)}.html", context)


def part(request: Request) -> str:
    """Which part of the page is asked for: the ledger after a change, the workplaces after a search, or all of it."""
    if not request.htmx:
        return "recipients"
    return "_workplaces" if "find" in request.GET else "_reach"


def follows(request: Request, mailing: Mailing, scope: Scope) -> bool:
    """Whether the page should come without its numbers."""
    if request.htmx or "count" in request.GET:
        return False
    return audience.takes_a_moment(scope=scope, topic=mailing.topic, filter=audience.Filter.of(mailing))


def reached(mailing: Mailing, scope: Scope, chosen: audience.Filter) -> dict[str, Any]:
    """The ledger of the choice, beside how many there are in the whole mandate."""
    ledger = whole = audience.ledger(scope=scope, topic=mailing.topic, filter=audience.Filter.of(mailing))
    if mailing.audience:
        whole = audience.ledger(scope=scope, topic=mailing.topic, filter=audience.Filter())
    gone = narrowing.got(chosen.mailed or (), scope).count() - ledger.total if only_those(chosen) else 0
    skipped = [(code, explain(code), n) for code, n in ledger.skipped]
    return {"ledger": ledger, "skipped": skipped, "whole": whole.total, "gone": gone}


def only_those(chosen: audience.Filter) -> bool:
    """Whether this is a correction's choice: the recipients of one earlier mailing and nothing else."""
    return len(chosen.mailed or ()) == 1 and chosen == audience.Filter(mailed=chosen.mailed)


@changing
@practises
def narrow(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Stores the choice of recipients: ids from the form only ever narrow (threat S2).

    Without a script the page's main button sends the form with `go`: what was ticked and not counted yet counts.
    """
    form: AudienceForm | PracticeForm
    if mailing.practice:
        form = PracticeForm(request.POST, mailing=mailing)
    else:
        form = AudienceForm(request.POST, mailing=mailing, scope=composing.scope_of(mailing, now=timezone.now()))
    if form.errors.keys() - {"new_since"}:
        raise Http404
    if form.errors:  # typed by hand
        messages.error(request, _("We could not read the date. Your choice of recipients was not saved."))
        return redirect("mailings:recipients", mailing.public_id)
    stored = choose(request, mailing, form.filter(), version=form.cleaned_data["version"])
    return redirect("mailings:check" if stored and "go" in request.POST else "mailings:recipients", mailing.public_id)


@changing
@practises
def everybody(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The whole mandate again, whatever was chosen."""
    choose(request, mailing, {}, version=mailing.version)
    return redirect("mailings:recipients", mailing.public_id)


def choose(request: Request, mailing: Mailing, chosen: dict[str, Any], *, version: int) -> bool:
    """Whether the choice was stored; the person is told when not."""
    try:
        composing.save(
            mailing=mailing, version=version, changes={"audience": chosen}, by=request.user, now=timezone.now()
        )
    except (composing.Conflict, composing.NotADraft):
        messages.error(request, _("The invitation was changed elsewhere. Your choice of recipients was not saved."))
        return False
    return True


@drafting
@practises
def people(request: Request, scope: Scope, mailing: Mailing, reason: str) -> HttpResponse:
    """The names behind one number of the ledger: `mail` or a reason code."""
    if reason != REACHED and reason not in REASONS:
        raise Http404
    if mailing.practice:
        return practice.names(request, mailing, "" if reason == REACHED else reason)
    found = behind(mailing, "" if reason == REACHED else reason)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    looked(request, scope, mailing, [member.pk for member in page])
    context: dict[str, Any] = {"mailing": mailing, "page": page, "reason": REASONS.get(reason), "step": "recipients"}
    if context["reason"] and context["reason"].mend:
        context |= {"register": register_of(mailing), "as_of": as_of(scope)}
    return render(request, "mailings/people.html", context)


def behind(mailing: Mailing, reason: str) -> Any:
    """The members of one number; those at an employer's address also while they get the mail."""
    asked: dict[str, Any] = {"scope": composing.scope_of(mailing, now=timezone.now()), "topic": mailing.topic}
    chosen = audience.Filter.of(mailing)
    if reason == "work_address" and not chosen.spare_work:
        return audience.at_work(**asked, filter=chosen)
    return audience.members(**asked, filter=chosen, reason=reason)


def register_of(mailing: Mailing) -> str:
    """Who puts addresses right: the nearest mailbox above the unit, else the union's own address."""
    above = reversed(mailing.unit.lineage()[:-1])
    return next((unit.mailbox for unit in above if unit.mailbox), "") or office_address()
