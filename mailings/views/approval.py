"""What the second person sees: the message as it will be, how many get it, and two buttons."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from comms.accounts import sessions
from comms.people.scope import Scope
from mailings import composing, discretion, dispatch, lifecycle
from mailings.approvers import SendBackForm
from mailings.forms import ApproveForm
from mailings.models import Mailing
from mailings.reasons import explain
from mailings.views.found import Request, approving, deciding
from mailings.views.preview import FRAME, chosen_language, framed
from templates_lib.pdf_worker import PdfFailed
from templates_lib.render.document import RenderRefused
from templates_lib.shown import shows_a_mail


@approving
def approval(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    if not mailing.is_awaiting:
        return redirect("mailings:sent", mailing.public_id)
    return asked(request, mailing)


@shows_a_mail(FRAME)
@xframe_options_sameorigin
@approving
def frame(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The mail as it will be, for the sandboxed frame."""
    if not mailing.is_awaiting:
        raise Http404
    return HttpResponse(framed(request, mailing))


def asked(
    request: Request,
    mailing: Mailing,
    form: ApproveForm | None = None,
    line: SendBackForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    ledger = composing.reach(mailing, now=now)
    problems = composing.check(mailing, now=now, by=mailing.mandate.user, ledger=ledger)
    initial = {"version": mailing.version, "count": ledger.mail}
    language, languages = chosen_language(request, mailing)
    context = {
        "mailing": mailing,
        "ledger": ledger,
        "skipped": [(n, explain(code)) for code, n in ledger.skipped],
        "blocking": [problem for problem in problems if problem.blocking],
        "neutral": discretion.subject(mailing.language) if discretion.is_neutral(mailing) else "",
        "is_late": bool(mailing.due_at and mailing.due_at <= now),
        "form": form or ApproveForm(initial=initial, reach=ledger.mail, now=now),
        "line": line or SendBackForm(),
        "language": language,
        "languages": languages,
    }
    return render(request, "mailings/approval.html", context, status=status)


@deciding
def approve(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Of exactly the text and the number that were on the screen, as for whoever sends alone."""
    if not mailing.is_awaiting:
        return redirect("mailings:sent", mailing.public_id)
    now = timezone.now()
    form = ApproveForm(request.POST, reach=composing.reach(mailing, now=now, fresh=True).mail, now=now)
    if not form.is_valid():
        return asked(request, mailing, form, status=422)
    if form.is_large and not sessions.is_fresh(request.session, now=now):
        back = reverse("mailings:approval", args=[mailing.public_id])
        return render(request, "mailings/sign_in_again.html", {"back": back})
    try:
        composing.draw_ahead(mailing, now=now)
        release(request, scope, mailing, version=form.cleaned_data["version"])
    except lifecycle.NotNow:
        return redirect("mailings:sent", mailing.public_id)
    except (composing.Conflict, lifecycle.NotAllowed) as error:
        messages.error(request, _("Nothing was sent: %(why)s") % {"why": error})
        return redirect("mailings:approval", mailing.public_id)
    except (PdfFailed, RenderRefused):
        messages.error(request, _("Nothing was sent: the PDF could not be made. Send it back."))
        return redirect("mailings:approval", mailing.public_id)
    return redirect("mailings:sent", mailing.public_id)


def release(request: Request, scope: Scope, mailing: Mailing, *, version: int) -> None:
    """Checks once more and lets it go, in one transaction; the bell rings after it."""
    now = timezone.now()
    with transaction.atomic():
        stored = Mailing.objects.within(scope).select_for_update(of=("self",)).filter(pk=mailing.pk).first()
        if stored is None:  # taken back in this moment
            raise lifecycle.NotNow("approve")
        blocked = any(one.blocking for one in composing.check(stored, now=now, by=stored.mandate.user))
        if stored.version != version or blocked:
            raise composing.Conflict(stored, {})
        lifecycle.approve(mailing=stored, by=request.user, now=now)
        transaction.on_commit(dispatch.ring)


@deciding
def send_back(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Not like this: a draft again, with a line to its author."""
    if not mailing.is_awaiting:
        return redirect("mailings:sent", mailing.public_id)
    line = SendBackForm(request.POST)
    if not line.is_valid():
        return asked(request, mailing, line=line, status=422)
    try:
        lifecycle.send_back(mailing=mailing, by=request.user, says=line.cleaned_data["says"], now=timezone.now())
    except lifecycle.NotNow:
        messages.error(request, _("Too late for that: the invitation is in another state now. Nothing was changed."))
        return redirect("home")
    messages.success(request, _("Sent back to %(name)s with your line. Nobody else got anything.") % {
        "name": mailing.mandate.user,
    })  # fmt: skip
    return redirect("home")
