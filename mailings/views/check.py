"""Before sending: what is wrong, what will be sent to how many, a test to myself, and the approval."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from kombu.exceptions import OperationalError

from comms.accounts import sessions
from comms.people.models import User
from comms.people.scope import Scope
from mailings import composing, dispatch, lifecycle, quiet, tasks
from mailings.colleagues import AlsoForm, colleagues
from mailings.forms import ApproveForm
from mailings.models import Mailing
from mailings.practice import course
from mailings.views.found import Request, changing, drafting, practises, writing_mandate
from templates_lib.pdf_worker import PdfFailed
from templates_lib.render.document import RenderRefused


@drafting
@practises
def check(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    return summary(request, mailing)


def summary(
    request: Request,
    mailing: Mailing,
    form: ApproveForm | None = None,
    *,
    test: AlsoForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The check page: problems with their ways out, then the last look."""
    now = timezone.now()
    ledger = composing.reach(mailing, now=now)
    problems = composing.check(mailing, now=now, by=request.user, ledger=ledger)
    initial = {"version": mailing.version, "count": ledger.mail, "attach_pdf": mailing.attach_pdf}
    context = {
        "mailing": mailing,
        "ledger": ledger,
        "left": ledger.total - ledger.mail,
        "blocking": [problem for problem in problems if problem.blocking],
        "warnings": [problem for problem in problems if not problem.blocking],
        "hints": [] if mailing.practice else quiet.hints(mailing, at=now),
        "form": form or ApproveForm(initial=initial, reach=ledger.mail),
        "test": test or also_form(request, mailing),
        "step": "check",
        "not_mine": mailing.mandate.user_id != request.user.pk,
    }
    return render(request, "mailings/check.html", context, status=status)


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
        return summary(request, mailing, test=form, status=422)
    try:
        with_attachment(request, mailing)
        send_tests(request, mailing, form.cleaned_data["also"])
    except (composing.Conflict, composing.NotADraft, ValueError):
        messages.error(request, _("The invitation was changed elsewhere. No test was sent. Look once more."))
    except OperationalError:
        messages.error(request, _("The post office does not answer just now. No test was sent. Try again in a minute."))
    return redirect("mailings:check", mailing.public_id)


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
    form = ApproveForm(request.POST, reach=composing.reach(mailing, now=timezone.now(), fresh=True).mail)
    if not form.is_valid():
        return summary(request, mailing, form, status=422)
    if form.is_large and not sessions.is_fresh(request.session, now=timezone.now()):
        return render(request, "mailings/sign_in_again.html", {"mailing": mailing})
    if mailing.practice:
        return practised(request, mailing)
    return approved(request, scope, mailing, version=form.cleaned_data["version"])


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


def approved(request: Request, scope: Scope, mailing: Mailing, *, version: int) -> HttpResponse:
    try:
        composing.draw_ahead(mailing, now=timezone.now())
        approve(request, scope, mailing, version=version)
    except (composing.NotADraft, lifecycle.NotNow):
        return redirect("mailings:sent", mailing.public_id)
    except (composing.Conflict, lifecycle.NotAllowed) as error:
        messages.error(request, _("Nothing was sent: %(why)s") % {"why": error})
        return redirect("mailings:check", mailing.public_id)
    except (PdfFailed, RenderRefused):
        messages.error(
            request, _("Nothing was sent: the PDF could not be made. Your text is safe. Shorten it and try again.")
        )
        return redirect("mailings:check", mailing.public_id)
    return redirect("mailings:sent", mailing.public_id)


def approve(request: Request, scope: Scope, mailing: Mailing, *, version: int) -> None:
    """Checks once more and confirms, in one transaction; the bell rings after it."""
    now = timezone.now()
    with transaction.atomic():
        stored = Mailing.objects.within(scope).select_for_update(of=("self",)).get(pk=mailing.pk)
        draft = with_attachment(request, stored)
        blocked = any(problem.blocking for problem in composing.check(draft, now=now, by=request.user))
        if stored.version != version or blocked:
            raise composing.Conflict(draft, {})
        lifecycle.confirm(mailing=draft, by=request.user, scope=scope, now=now)
        transaction.on_commit(dispatch.ring)
