"""From “Publish” and “Approve” to the gate: the check is started, followed on a page of its own, and told in words."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail import hooks
from wagtail.admin import messages
from wagtail.models import Revision

from comms.people.models import User
from templates_lib import gate, gate_words
from templates_lib.models import GateRun, InvitationTemplate
from templates_lib.models.template import GateState

PUBLISH = GateRun.Then.PUBLISH
SECONDS = 2  # between two looks at the progress
may_edit = permission_required("templates_lib.change_invitationtemplate", raise_exception=True)


class Request(HttpRequest):
    """Wagtail lets nobody in who has not signed in."""

    user: User


def url(name: str, *args: Any) -> str:
    return reverse(InvitationTemplate.snippet_viewset.get_url_name(name), args=args)


@hooks.register("before_publish")
def check_first(request: Request, instance: Any) -> HttpResponse | None:
    """Every “Publish” of a template goes through the gate; it is saved as a draft meanwhile."""
    if not isinstance(instance, InvitationTemplate):
        return None
    if instance.retired_at:
        return _kept_as_draft(request, instance, _("The template is retired. Take it back before you publish it."))
    if instance.needs_approval:
        words = _("Somebody else has to approve this template. Send it for approval.")
        return _kept_as_draft(request, instance, words)
    if instance.is_cleared(instance.latest_revision):
        return None
    return begin(request, instance, revision=instance.latest_revision, then=PUBLISH)


def _kept_as_draft(request: HttpRequest, template: InvitationTemplate, why: str) -> HttpResponse:
    messages.error(request, _("Saved as a draft, but not published. %(why)s") % {"why": why})
    return redirect(url("edit", template.pk))


def begin(
    request: Request, template: InvitationTemplate, *, revision: Revision, then: str, comment: str = ""
) -> HttpResponseRedirect:
    """Starts the check and leads to its page."""
    run = gate.start(
        template=template, revision=revision, by=request.user, then=then, comment=comment, now=timezone.now()
    )
    return HttpResponseRedirect(url("check", run.pk))


@may_edit
@require_safe
def check(request: HttpRequest, run: int) -> HttpResponse:
    """How far the check is, and what it found; asks again by itself, without a script."""
    found = get_object_or_404(GateRun.objects.select_related("template", "revision"), pk=run)
    running = found.state in gate.OPEN
    context = {
        "run": found,
        "running": running,
        "passed": found.state == GateState.PASSED,
        "told": [] if running else gate_words.told(found.findings),
        "due": found.revision.approved_go_live_at,
        "edit_url": url("edit", found.template_id),
        "list_url": url("list"),
        "again_url": url("check_again", found.pk),
    }
    response = render(request, "templates_lib/staff/check.html", context)
    if running:
        response["Refresh"] = str(SECONDS)
    return response


@may_edit
@require_POST
def again(request: Request, run: int) -> HttpResponse:
    """The same version once more, after a check that broke."""
    found = get_object_or_404(GateRun.objects.select_related("template", "revision"), pk=run)
    if found.state in gate.OPEN:
        return redirect(url("check", found.pk))
    return begin(request, found.template, revision=found.revision, then=found.then, comment=found.comment)
