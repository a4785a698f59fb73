"""After the approval: a minute to regret, the progress, and the report per recipient."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from comms.people.scope import Scope
from comms.privacy import pledge
from mailings import composing, dispatch, insertions, lifecycle
from mailings.facts import consequences
from mailings.models import BounceTask, Mailing, MailingState, Recipient, RecipientState
from mailings.offers import LOCKED
from mailings.practice import course as practice
from mailings.reasons import explain
from mailings.views.found import Request, looked, practises, reading, steering, writing_mandate
from mailings.views.prints import to_share

PAGE = 50
WATCHED = 3600  # seconds before a scheduled mailing is due: then an open page follows it
WAITING = (RecipientState.QUEUED, RecipientState.CLAIMED, RecipientState.COMMITTING, RecipientState.DEFERRED)
REACHED = (RecipientState.SENT, RecipientState.DELIVERED)
MISSED = (RecipientState.FAILED, RecipientState.BOUNCED, RecipientState.COMPLAINED, RecipientState.UNKNOWN)
GROUPS = {"waiting": WAITING, "reached": REACHED, "missed": MISSED, "skipped": (RecipientState.SKIPPED,)}


@reading
@practises
def sent(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Hold, progress or report, by the mailing's state; htmx asks for the moving part alone."""
    if mailing.is_draft:
        return redirect("mailings:text", mailing.public_id)
    if mailing.practice:
        return practised(request, mailing)
    writes = writing_mandate(request, scope, mailing.unit) is not None
    if mailing.is_awaiting:
        return waiting(request, mailing, writes=writes)
    context = {**course(mailing), "may_steer": scope.staff or writes}
    if request.htmx:
        return moving_part(request, mailing, context)
    task = BounceTask.objects.filter(mailing=mailing, closed_at=None).first()
    context["may_repeat"] = writes and mailing.state in LOCKED
    context["changed"] = changed(mailing) if writes else []
    context["purpose"] = mailing.purpose_in(request.user.language)
    if not context["not_begun"]:
        context |= names(request, scope, mailing)
    page = {"mailing": mailing, "task": task, **context, **to_share(request, mailing)}
    return render(request, "mailings/sent.html", page)


def practised(request: Request, mailing: Mailing) -> HttpResponse:
    """The same pages of a practice, which goes by the clock alone."""
    found = practice.course(mailing, now=timezone.now())
    by_state = Counter(str(line.state) for line in found.lines)
    context = {**progress(found.state, by_state, until=found.until), "may_steer": True}
    if request.htmx:
        return moving_part(request, mailing, context)
    group = request.GET.get("state", "")
    lines = [line for line in found.lines if group not in GROUPS or line.state in GROUPS[group]]
    page = {"page": Paginator(lines, PAGE).get_page(1), "group": group}
    return render(request, "mailings/sent.html", {"mailing": mailing, **context, **page})


def moving_part(request: Request, mailing: Mailing, context: dict[str, Any]) -> HttpResponse:
    """What htmx asks for again and again; when the state is another it asks for the whole page."""
    part = render(request, "mailings/_progress.html", {"mailing": mailing, **context})
    if request.GET.get("was") != context["state"]:
        part.headers["HX-Refresh"] = "true"  # hold -> sending -> report: the whole page is another
    return part


def waiting(request: Request, mailing: Mailing, *, writes: bool) -> HttpResponse:
    """Nothing has happened yet: whom it waits for, or to them what they are asked."""
    if mailing.approver_id == request.user.pk:
        return redirect("mailings:approval", mailing.public_id)
    if not writes:
        raise Http404
    late = bool(mailing.due_at and mailing.due_at <= timezone.now())
    return render(request, "mailings/waiting.html", {"mailing": mailing, "is_late": late, "changed": changed(mailing)})


def changed(mailing: Mailing) -> list[insertions.Change]:
    """What has become of passages of the library in it, for those who may correct it."""
    return insertions.changes(mailing, composing.mandate_scope(mailing, now=timezone.now()))


def course(mailing: Mailing) -> dict[str, Any]:
    """How far it has come, in numbers whose sum is the locked list."""
    shown = progress(mailing.state, mailing.recipients.by_state(), until=mailing.due_at)
    paused = mailing.state == MailingState.PAUSED
    return {**shown, "pause_reason": explain(mailing.pause_reason) if paused else None}


def progress(state: str, by_state: Mapping[str, int], *, until: datetime.datetime | None) -> dict[str, Any]:
    """The numbers of a mailing in a state, from how many of its recipients are in which; `until` is the undo time."""
    counts = {group: sum(by_state.get(one, 0) for one in states) for group, states in GROUPS.items()}
    total, left = sum(counts.values()), counts["waiting"]
    seconds = max(0, round((until - timezone.now()).total_seconds())) if until else 0
    soon = state == MailingState.SCHEDULED and seconds < WATCHED
    return {
        "state": state,
        "counts": counts,
        "total": total,
        "to_send": total - counts["skipped"],
        "handled": total - counts["skipped"] - left,
        "seconds": seconds,
        "refresh": seconds + 1 if soon else min(seconds + 1, 5),
        "moving": soon or state in (MailingState.HOLD, MailingState.SENDING),
        "not_begun": state in (MailingState.HOLD, MailingState.SCHEDULED),
    }


def names(request: Request, scope: Scope, mailing: Mailing) -> dict[str, Any]:
    """One page of the report, once confidentiality is pledged: until then the way there. Pausing and undoing wait for
    nothing.
    """
    found = rows(request, scope, mailing)
    seen = [one.member_id for one in found["page"].object_list if one.member_id and (one.first_name or one.last_name)]
    try:
        if seen:
            looked(request, scope, mailing, seen)
    except pledge.Missing as missing:
        return {"unpledged": missing.mandate, "group": found["group"]}
    return found


def rows(request: Request, scope: Scope, mailing: Mailing) -> dict[str, Any]:
    """One page of the report: names, states and reasons in plain words."""
    group = request.GET.get("state", "")
    found = Recipient.objects.within(scope).for_mailing(mailing).order_by("last_name", "first_name", "id")
    found = found.filter(state__in=GROUPS[group]) if group in GROUPS else found
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    for recipient in page.object_list:
        recipient.why = explain(recipient.reason) if recipient.reason else None
    return {"page": page, "group": group if group in GROUPS else ""}


def steer(request: Request, mailing: Mailing, act: Callable[..., Any], said: str) -> bool:
    """Whether `act` found the mailing in a state it could change; the person is told either way."""
    try:
        with transaction.atomic():
            act(mailing=mailing, by=request.user, now=timezone.now())
            if not mailing.practice:
                transaction.on_commit(dispatch.ring)
    except lifecycle.NotNow:
        messages.error(request, _("Too late for that: the invitation is in another state now. Nothing was changed."))
        return False
    except lifecycle.NotAllowed as error:
        messages.error(request, str(error))
        return False
    messages.success(request, said)
    return True


@steering
@practises
def undo(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Back to the draft; nobody has been written to."""
    act = practice.undo if mailing.practice else lifecycle.undo
    if steer(request, mailing, act, _("Stopped in time. Nobody got anything; it is a draft again.")):
        return redirect("mailings:check", mailing.public_id)
    return redirect("mailings:sent", mailing.public_id)


@steering
def send_now(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Not at the time that was chosen, but after the minute to regret."""
    steer(request, mailing, lifecycle.hurry, _("It is sent now instead."))
    return redirect("mailings:sent", mailing.public_id)


@steering
def pause(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    steer(request, mailing, lifecycle.pause, _("Paused. The rest wait until you go on."))
    return redirect("mailings:sent", mailing.public_id)


@steering
def resume(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    steer(request, mailing, lifecycle.resume, _("Going on with the rest."))
    return redirect("mailings:sent", mailing.public_id)


@steering
def cancel(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    steer(
        request, mailing, lifecycle.cancel, _("Stopped for good. Those who have got it keep it; nobody else gets it.")
    )
    return redirect("mailings:sent", mailing.public_id)


@steering
def returned(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Those whom it did not reach after all have been taken care of; pressing twice does no harm."""
    consequences.close_task(mailing=mailing, by=request.user, now=timezone.now())
    messages.success(request, _("Done. You find them under “Not reached”."))
    return redirect("mailings:sent", mailing.public_id)
