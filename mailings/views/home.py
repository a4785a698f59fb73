"""What waits for me."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from comms.people.freshness import as_of
from comms.people.models import Mandate, User
from comms.people.scope import Scope
from comms.people.scoped import scoped
from mailings.archive import readable
from mailings.facts import consequences
from mailings.models import MailingState, awaits
from mailings.operations import status
from mailings.practice import course
from mailings.views.found import Request

SHOWN = 5  # sent lately, on the home page
MOVING = [
    MailingState.AWAITING_APPROVAL, MailingState.HOLD, MailingState.SENDING, MailingState.PAUSED,
    MailingState.SCHEDULED,
]  # fmt: skip
OVER = [MailingState.DONE, MailingState.CANCELLED]


@scoped(without_mandate=True)
@require_safe
def home(request: Request, scope: Scope) -> HttpResponse:
    """Drafts, what is about to leave, what is leaving and what left lately."""
    if not scope:
        return render(request, "mailings/ended.html", ended(request.user, on=scope.on))
    mandates = list(Mandate.objects.filter(pk__in=scope.mandates).select_related("unit").order_by("unit__path"))
    chosen = next((m for m in mandates if str(m.public_id) == request.GET.get("mandate")), None)
    mine = {mandate.unit_id for mandate in mandates if mandate.may_send}
    rows = readable(scope, writes_for=mine).select_related("unit", "author").newest()
    rows = rows.filter(unit=chosen.unit) if chosen else rows
    return render(
        request,
        "mailings/home.html",
        {
            "section": "home",
            "mandates": mandates,
            "chosen": chosen,
            "writes_for": mine,
            "beginner": mine and not course.has_sent(request.user),
            "tasks": consequences.waiting(scope, [m.unit_id for m in mandates if m.may_send and chosen in (None, m)]),
            "asked": readable(scope, writes_for=mine).filter(awaits(scope)).select_related("unit", "author").newest(),
            "moving": rows.filter(state__in=MOVING).exclude(awaits(scope)).select_related("approver"),
            "drafts": rows.filter(state=MailingState.DRAFT).select_related("approver"),
            "sent": rows.filter(state__in=OVER).order_by("-finished_at", "-id")[:SHOWN],
            "as_of": as_of(scope),
            "mail": status.status(now=timezone.now()),
        },
    )


def ended(user: User, *, on: datetime.date) -> dict[str, Any]:
    """Why a signed-in person has nothing to do here, and whom to ask."""
    last = user.mandates.filter(end__lt=on).select_related("unit").order_by("-end").first()
    coming = user.mandates.filter(start__gt=on).select_related("unit").order_by("start").first()
    units = reversed(last.unit.lineage()) if last else []
    mailbox = next((unit.mailbox for unit in units if unit.mailbox), "")
    return {"last": last, "coming": coming, "contact": mailbox or office_address(), "section": "home"}


def office_address() -> str:
    """The union's own address, without its display name."""
    return settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip(">")
