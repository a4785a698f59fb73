"""Before sending: what is wrong, what will be sent to how many, a test to myself, and the approval."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from kombu.exceptions import OperationalError

from comms.accounts import sessions
from comms.people.models import User
from comms.people.scope import Scope
from mailings import approvers, composing, discretion, dispatch, lifecycle, quiet, stepping, tasks
from mailings.approvers import ApproverForm
from mailings.colleagues import AlsoForm, colleagues
from mailings.forms import ApproveForm, DiscretionForm
from mailings.messages import letterhead
from mailings.models import Mailing
from mailings.practice import course, people
from mailings.timing import WhenForm
from mailings.views.found import Request, changing, drafting, looked, practises, writing_mandate
from templates_lib.pdf_worker import PdfFailed
from templates_lib.render.document import RenderRefused

EXAMPLES = 3


@drafting
@practises
def check(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The address may name a time (`WhenForm`), so that the page says in words what it would mean."""
    return summary(request, scope, mailing)


def summary(
    request: Request,
    scope: Scope,
    mailing: Mailing,
    form: ApproveForm | None = None,
    *,
    test: AlsoForm | None = None,
    asking: ApproverForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The check page: problems with their ways out, then the last look."""
    now = timezone.now()
    ledger = composing.reach(mailing, now=now)
    at_work = composing.at_work(mailing, now=now, ledger=ledger)
    problems = composing.check(mailing, now=now, by=request.user, ledger=ledger, at_work=at_work)
    second = approvers.is_needed(mailing, recipients=ledger.mail)
    measures = clock(mailing, now=now)
    wish = wished(request, **measures)
    at = wish.cleaned_data["at"]
    untold = not at and wish.data.get("when") == WhenForm.LATER  # a hint about this minute would mislead
    context = {
        "mailing": mailing,
        "ledger": ledger,
        "left": ledger.total - ledger.mail,
        "examples": examples(request, scope, mailing, reach=ledger.mail),
        "discretion": DiscretionForm(mailing=mailing, at_work=at_work),
        "outside": outside(mailing),
        "blocking": [problem for problem in problems if problem.blocking],
        "warnings": [problem for problem in problems if not problem.blocking],
        "at": at,
        "refusals": [] if form else refusals(wish),
        "hints": [] if mailing.practice or untold else quiet.hints(mailing, at=at or now),
        "form": form or approve_form(request, mailing, reach=ledger.mail, asks=second, **measures),
        "test": test or also_form(request, mailing),
        "asking": (asking or approver_form(request, mailing)) if second else None,
        "step": "check",
        "not_mine": mailing.mandate.user_id != request.user.pk,
    }
    return render(request, "mailings/check.html", context, status=status)


def examples(request: Request, scope: Scope, mailing: Mailing, *, reach: int) -> list[str]:
    """A few of those who get it, by name (threat S20): a row in the access log, as wherever names are shown."""
    if mailing.practice:
        return [one.full_name for one in people.reached(mailing)[:EXAMPLES]]
    some = stepping.some(mailing, EXAMPLES, reach=reach, now=timezone.now())
    if some:
        looked(request, scope, mailing, [member.pk for member in some])
    return [member.full_name or member.number for member in some]


def outside(mailing: Mailing) -> dict[str, str]:
    """What a list of mails says of it."""
    words = discretion.subject(mailing.language) if discretion.is_neutral(mailing) else mailing.subject
    return {"sender": letterhead(mailing).from_name, "subject": words}


def clock(mailing: Mailing, *, now: datetime.datetime) -> dict[str, Any]:
    """What a chosen time is measured by."""
    return {"now": now, "before": composing.first_time(mailing)}


def approve_form(
    request: Request, mailing: Mailing, data: Any = None, *, reach: int, asks: bool, **measures: Any
) -> ApproveForm:
    """What was sent as the last word, or the page's first state with the time that was chosen on it."""
    draft = {"version": mailing.version, "count": reach, "attach_pdf": mailing.attach_pdf}
    initial = {**draft, **{name: value for name, value in _typed(request).items() if name in WhenForm.NAMES}}
    return ApproveForm(data, initial=initial, reach=reach, asks=asks, **measures)


def wished(request: Request, **measures: Any) -> WhenForm:
    """The time that was chosen on the page, judged."""
    form = WhenForm(_typed(request), **measures)
    form.is_valid()
    return form


def refusals(wish: WhenForm) -> list[Any]:
    """Why the time cannot be, once both its halves are chosen: nobody is told off while choosing."""
    whole = wish.data.get("day") and wish.data.get("clock")
    return [error for errors in wish.errors.values() for error in errors] if whole else []


def approver_form(request: Request, mailing: Mailing, data: Any = None) -> ApproverForm:
    offered = approvers.approvers(mailing, on=timezone.localdate())
    form = ApproverForm(data, offered=offered)
    form.initial["approver"] = _typed(request).get("approver", "")
    return form


def _typed(request: Request) -> dict[str, str]:
    return (request.POST or request.GET).dict()


def back(request: Request, mailing: Mailing) -> str:
    """The check page with the time and the person that were chosen on it."""
    kept = {name: request.POST[name] for name in (*WhenForm.NAMES, "approver") if request.POST.get(name)}
    chosen = kept.get("when") == WhenForm.LATER or "approver" in kept
    address = reverse("mailings:check", args=[mailing.public_id])
    return f"{address}?{urlencode(kept)}" if chosen else address


def with_attachment(request: Request, mailing: Mailing) -> Mailing:
    """The draft with the box "attach the PDF" as it was on the page. Raises `Conflict` and `NotADraft`."""
    version, attach = int(request.POST.get("version") or 0), "attach_pdf" in request.POST
    changes: dict[str, Any] = {"attach_pdf": attach}
    return composing.save(mailing=mailing, version=version, changes=changes, by=request.user, now=timezone.now())


@changing
@practises
def test(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """One mail to the person who asks, and to those ticked, by the road of all the others."""
    if mailing.practice:
        messages.info(request, _("In practice no test is sent. In earnest it would now be on its way to you."))
        return redirect("mailings:check", mailing.public_id)
    form = also_form(request, mailing, request.POST)
    if not form.is_valid():
        return summary(request, scope, mailing, test=form, status=422)
    try:
        with_attachment(request, mailing)
        send_tests(request, mailing, form.cleaned_data["also"])
    except (composing.Conflict, composing.NotADraft, ValueError):
        messages.error(request, _("The invitation was changed elsewhere. No test was sent. Look once more."))
    except OperationalError:
        messages.error(request, _("The post office does not answer just now. No test was sent. Try again in a minute."))
    return redirect(back(request, mailing))


def also_form(request: Request, mailing: Mailing, data: Any = None) -> AlsoForm:
    offered = colleagues(mailing.unit, besides=request.user, on=timezone.localdate())
    return AlsoForm(data, offered=offered)


def send_tests(request: Request, mailing: Mailing, also: list[User]) -> None:
    """One task a person. Raises `OperationalError` when the broker does not answer."""
    for user in (request.user, *also):
        tasks.send_test.delay(mailing.pk, user.pk)
    if also:
        said = ngettext(
            "A test is on its way to you and %(n)d more.", "A test is on its way to you and %(n)d more.", len(also)
        )
        messages.success(request, said % {"n": len(also)})
    else:
        messages.success(request, _("A test is on its way to %(address)s.") % {"address": request.user.email})


@changing
@practises
def take_over(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The draft goes on in my name."""
    mandate = writing_mandate(request, scope, mailing.unit)
    if mandate is None:
        raise Http404
    try:
        composing.take_over(mailing=mailing, mandate=mandate, by=request.user, now=timezone.now())
    except composing.NotADraft:
        messages.error(request, _("It has been approved already. Nothing was changed."))
    return redirect("mailings:check", mailing.public_id)


@changing
@practises
def confirm(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The approval: of exactly the draft and the number that were on the screen (threats S20 and S24)."""
    if not mailing.is_draft:
        return redirect("mailings:sent", mailing.public_id)  # a second click: it is approved already
    now = timezone.now()
    reach = composing.reach(mailing, now=now, fresh=True).mail
    form = approve_form(request, mailing, request.POST, reach=reach, asks=False, **clock(mailing, now=now))
    if not form.is_valid():
        return summary(request, scope, mailing, form, status=422)
    if form.is_large and not sessions.is_fresh(request.session, now=now):
        return render(request, "mailings/sign_in_again.html", {"back": back(request, mailing)})
    if mailing.practice:
        return practised(request, mailing)
    confirming = partial(lifecycle.confirm, by=request.user, scope=scope, at=form.cleaned_data["at"])
    return settled(request, scope, mailing, confirming, version=form.cleaned_data["version"])


def practised(request: Request, mailing: Mailing) -> HttpResponse:
    """The same approval in practice: nothing is frozen, no list is made, no bell is rung; the clock does the rest."""
    try:
        draft, now = with_attachment(request, mailing), timezone.now()
        blocked = any(problem.blocking for problem in composing.check(draft, now=now, by=request.user))
        if blocked or not course.press(mailing=draft, version=draft.version, now=now):
            raise composing.Conflict(draft, {})
    except composing.NotADraft:
        pass  # a second click
    except composing.Conflict as error:
        messages.error(request, _("Nothing was sent: %(why)s") % {"why": error})
        return redirect("mailings:check", mailing.public_id)
    return redirect("mailings:sent", mailing.public_id)


@changing
def ask(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """A second person is asked, about exactly the draft and the number that were on the screen."""
    if not mailing.is_draft:
        return redirect("mailings:sent", mailing.public_id)
    now = timezone.now()
    reach = composing.reach(mailing, now=now, fresh=True).mail
    form = approve_form(request, mailing, request.POST, reach=reach, asks=True, **clock(mailing, now=now))
    asking = approver_form(request, mailing, request.POST)
    if not (form.is_valid() and asking.is_valid()):
        return summary(request, scope, mailing, form, asking=asking, status=422)
    who, at = asking.cleaned_data["approver"], form.cleaned_data["at"]
    asks = partial(lifecycle.ask, by=request.user, scope=scope, approver=who, at=at)
    return settled(request, scope, mailing, asks, version=form.cleaned_data["version"])


@changing
def take_back(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Nobody is asked any more; it can be changed again."""
    try:
        lifecycle.take_back(mailing=mailing, by=request.user, now=timezone.now())
    except lifecycle.NotNow:
        messages.error(request, _("Too late for that: the invitation is in another state now. Nothing was changed."))
    return redirect("mailings:check", mailing.public_id)


Act = Callable[..., None]


def settled(request: Request, scope: Scope, mailing: Mailing, act: Act, *, version: int) -> HttpResponse:
    """On to the report once `act` has taken the draft, else the check page again, which says why."""
    try:
        composing.draw_ahead(mailing, now=timezone.now())
        take(request, scope, mailing, act, version=version)
    except (composing.NotADraft, lifecycle.NotNow):
        return redirect("mailings:sent", mailing.public_id)
    except (composing.Conflict, lifecycle.NotAllowed) as error:
        messages.error(request, _("Nothing was sent: %(why)s") % {"why": error})
        return redirect(back(request, mailing))
    except (PdfFailed, RenderRefused):
        messages.error(
            request, _("Nothing was sent: the PDF could not be made. Your text is safe. Shorten it and try again.")
        )
        return redirect(back(request, mailing))
    return redirect("mailings:sent", mailing.public_id)


def take(request: Request, scope: Scope, mailing: Mailing, act: Act, *, version: int) -> None:
    """Checks once more and acts, in one transaction; the bell rings after it."""
    now = timezone.now()
    with transaction.atomic():
        stored = Mailing.objects.within(scope).select_for_update(of=("self",)).get(pk=mailing.pk)
        draft = with_attachment(request, stored)
        blocked = any(problem.blocking for problem in composing.check(draft, now=now, by=request.user))
        if stored.version != version or blocked:
            raise composing.Conflict(draft, {})
        act(mailing=draft, now=now)
        transaction.on_commit(dispatch.ring)
