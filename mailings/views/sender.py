"""Staff: whether our mail domain is ready for large mailings, and what to publish if it is not."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from comms.people.scope import Scope
from comms.people.scoped import scoped
from mailings import readiness, tasks
from mailings.models import SenderCheck
from mailings.readiness import words
from mailings.readiness.judging import BAD
from mailings.views.found import Request
from templates_lib import bell


@scoped(staff=True)
@require_safe
def sender(request: Request, scope: Scope) -> HttpResponse:
    checks = list(SenderCheck.objects.all())
    context = {
        "section": "staff",
        "sender": readiness.sender(),
        "is_real": readiness.is_real(),
        "groups": [group for name in words.TITLES if (group := _group(name, checks))["rows"]],
        "red": any(one.state == BAD for one in checks),
        "looked_at": checks[0].looked_at if checks else None,
    }
    return render(request, "mailings/sender.html", context)


def _group(name: str, checks: list[SenderCheck]) -> dict[str, Any]:
    rows = [(one, words.SAYS[one.code]) for one in checks if one.check_name == name]
    return {"title": words.TITLES[name], "rows": rows}


@scoped(staff=True)
@require_POST
def look(request: Request, scope: Scope) -> HttpResponse:
    """A worker looks: DNS may take its time."""
    if bell.ring(tasks.look_at_sender.name):
        messages.success(request, _("We are looking. Load this page again in a moment."))
    else:
        messages.error(request, _("The post office does not answer just now. Try again in a minute."))
    return redirect("mailings:sender")
