"""Earlier versions of a draft: the list, one beside the text of today, and getting one back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from comms.people.scope import Scope
from mailings import composing, history
from mailings.forms import TextForm
from mailings.models import DraftVersion, Mailing
from mailings.views.found import Request, changing, drafting, practises


@drafting
@practises
def versions(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    return render(request, "mailings/versions.html", {"mailing": mailing, "versions": history.versions(mailing)})


@drafting
@practises
def version(request: Request, scope: Scope, mailing: Mailing, number: int) -> HttpResponse:
    """What differs between it and today, field by field."""
    earlier = get_object_or_404(mailing.versions.select_related("by"), pk=number)
    context = {"mailing": mailing, "earlier": earlier, "changes": differences(mailing, earlier)}
    context["other_languages"] = earlier.words["translations"] != mailing.translations
    return render(request, "mailings/version.html", context)


@changing
@practises
def get_back(request: Request, scope: Scope, mailing: Mailing, number: int) -> HttpResponse:
    earlier = get_object_or_404(mailing.versions, pk=number)
    stands, now = int(request.POST.get("version") or 0), timezone.now()
    try:
        composing.get_back(mailing=mailing, earlier=earlier, version=stands, by=request.user, now=now)
    except composing.Conflict as conflict:
        messages.error(request, str(conflict))
        return redirect("mailings:version", mailing.public_id, number)
    except composing.NotADraft:
        messages.error(request, _("This invitation has been approved, so the text is locked. Nothing was changed."))
        return redirect("mailings:sent", mailing.public_id)
    messages.success(request, _("The earlier text is back. The one you had is among the earlier versions."))
    return redirect("mailings:text", mailing.public_id)


def differences(mailing: Mailing, earlier: DraftVersion) -> list[tuple[str, str, str]]:
    """(label, then, now) of every field that says something else."""
    slots, words = composing.slots_of(mailing), earlier.words
    then, now = (
        TextForm(slots=slots, values=values, language=mailing.language, initial={"subject": subject, "preheader": head})
        for values, subject, head in (
            (words["values"], words["subject"], words["preheader"]),
            (mailing.values, mailing.subject, mailing.preheader),
        )
    )
    names = [
        name for name, field in now.fields.items() if not isinstance(field.widget, forms.HiddenInput | forms.FileInput)
    ]
    labels = {name: f"{label}: {now.fields[name].label}" for name, label in named_parts(now).items()}
    rows = [
        (labels.get(name) or str(now.fields[name].label), said(shown(then[name])), said(shown(now[name])))
        for name in names
    ]
    return [row for row in rows if row[1] != row[2]]


def named_parts(form: TextForm) -> dict[str, str]:
    """The label of the slot a part belongs to."""
    return {field.name: group.slot.label for group in form.groups() if not group.single for field in group.fields}


def shown(field: forms.BoundField) -> Any:
    """A field's value, in the words of its choices where it has some."""
    value = field.value()
    return dict(getattr(field.field, "choices", ())).get(value, value) if value else value


def said(value: Any) -> str:
    """A field's value in words."""
    if value in (None, ""):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    try:
        moment = parse_datetime(str(value))
    except ValueError:
        moment = None
    return date_format(moment, "j F Y H.i") if moment else " ".join(strip_tags(str(value)).split())
