"""Practice: where it begins, what the report of one shows, and the tap with which it is gone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from comms.people.scope import Scope
from comms.people.scoped import scoped
from mailings.models import Mailing
from mailings.practice import choosing, course, people
from mailings.reasons import REASONS, explain
from mailings.views.found import Request, changing, practises, writing_mandates
from mailings.views.start import begun

PAGE = 50


@scoped
@require_safe
def practice(request: Request, scope: Scope) -> HttpResponse:
    """What practice is, and the caller's own that are not deleted yet."""
    mine = Mailing.objects.within(scope, practice=True).filter(author=request.user).select_related("unit").newest()
    may_send = writing_mandates(request, scope).exists()
    return render(request, "mailings/practice.html", {"rows": mine, "may_send": may_send, "section": "home"})


@scoped
@require_POST
def create(request: Request, scope: Scope) -> HttpResponse:
    return begun(request, scope, practice=True)


@changing
@practises
def delete(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Gone at once: there is nothing in it that anybody got. A real invitation has no such door."""
    if not mailing.practice:
        raise Http404
    course.delete(mailing=mailing)
    messages.success(request, _("The practice is deleted. Nobody has got anything."))
    return redirect("home")


# --- what the pages of the composer show of it ------------------------------------------------------------------------
def reach_of(mailing: Mailing) -> dict[str, Any]:
    """The ledger of the choice, as `reach.reached` answers for real members."""
    ledger = people.ledger(mailing)
    skipped = [(code, explain(code), n) for code, n in ledger.skipped]
    form = choosing.PracticeForm(mailing=mailing)
    return {"form": form, "ledger": ledger, "skipped": skipped, "whole": len(people.EVERYBODY), "gone": 0}


def names(request: Request, mailing: Mailing, reason: str) -> HttpResponse:
    """The invented members behind one number of the ledger, "" for those who get the mail."""
    page = Paginator([one for one in people.chosen(mailing) if one.skipped == reason], PAGE).get_page(1)
    context = {"mailing": mailing, "page": page, "reason": REASONS.get(reason), "step": "recipients"}
    return render(request, "mailings/people.html", context)
