"""What a list of mails says of an invitation, and what becomes of addresses at an employer."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from comms.people.scope import Scope
from mailings import composing
from mailings.forms import DiscretionForm
from mailings.models import Mailing
from mailings.views.check import back
from mailings.views.found import Request, changing, practises


@changing
@practises
def discretion(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Stores the choice; the check page shows what it means, with the time that was chosen on it."""
    form = DiscretionForm(request.POST, mailing=mailing)
    if not form.is_valid():
        raise Http404
    version, changes = form.cleaned_data["version"], form.changes()
    try:
        composing.save(mailing=mailing, version=version, changes=changes, by=request.user, now=timezone.now())
    except (composing.Conflict, composing.NotADraft):
        messages.error(request, _("The invitation was changed elsewhere. Your choice was not saved. Look once more."))
    return redirect(back(request, mailing))
