"""A new invitation: choose what it is for, and in which of my mandates."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from comms.people.scope import Scope
from comms.people.scoped import scoped
from mailings import composing
from mailings.forms import StartForm
from mailings.views.found import Request, writing_mandates
from templates_lib import brands
from templates_lib.models import InvitationTemplate


def gallery():  # type: ignore[no-untyped-def]
    """The published templates, by task."""
    return InvitationTemplate.objects.filter(live=True).select_related("topic")


@scoped
@require_safe
def new(request: Request, scope: Scope) -> HttpResponse:
    """The gallery. `?mandate=` chooses among several mandates beforehand."""
    mandates = list(writing_mandates(request, scope))
    if not mandates:
        raise Http404
    chosen = next((m for m in mandates if str(m.public_id) == request.GET.get("mandate")), mandates[0])
    context = {"templates": gallery(), "mandates": mandates, "chosen": chosen, "brand": brands.brand_for(chosen.unit)}
    return render(request, "mailings/new.html", context)


@scoped
@require_POST
def create(request: Request, scope: Scope) -> HttpResponse:
    form = StartForm(request.POST, templates=gallery(), mandates=writing_mandates(request, scope))
    if not form.is_valid():
        raise Http404
    with transaction.atomic():
        mailing = composing.new_draft(**form.cleaned_data, by=request.user, now=timezone.now())
    return redirect("mailings:text", mailing.public_id)
