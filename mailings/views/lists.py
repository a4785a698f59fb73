"""My lists: a choice of recipients kept under a name, for the unit and the role."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from comms.people.scope import Scope
from mailings import composing
from mailings.audience import BadFilter, Filter
from mailings.models import Mailing, SavedList
from mailings.views.found import Request, changing, writing_mandates
from templates_lib.render.merge import clean_line

LONGEST = 80  # characters of a name


def roles(request: Request, scope: Scope, mailing: Mailing) -> list[str]:
    """The roles in which the caller may write for the mailing's unit, the mailing's own first."""
    own = list(writing_mandates(request, scope).filter(unit=mailing.unit).values_list("role", flat=True))
    return sorted(set(own), key=lambda role: (role != mailing.mandate.role, role))


def lists_of(request: Request, scope: Scope, mailing: Mailing) -> dict[str, Any]:
    found = SavedList.objects.of(mailing.unit, roles(request, scope, mailing)).kept().order_by("name", "pk")
    return {"lists": list(found)}


def lately_deleted(request: Request, scope: Scope, mailing: Mailing) -> SavedList | None:
    """The list that was just deleted, so that it can be brought back."""
    try:
        key = UUID(request.GET.get("deleted", ""))
    except ValueError:
        return None
    mine = SavedList.objects.of(mailing.unit, roles(request, scope, mailing))
    return mine.filter(public_id=key, deleted_at__isnull=False).first()


def of_mine(view: Callable[..., HttpResponse]) -> Any:
    """A POST about one of the caller's lists; the list of another unit or role is not there."""

    @wraps(view)
    def found(request: Request, scope: Scope, mailing: Mailing, key: UUID) -> HttpResponse:
        mine = SavedList.objects.of(mailing.unit, roles(request, scope, mailing))
        return view(request, mailing, get_object_or_404(mine, public_id=key))

    return changing(found)


def back(mailing: Mailing) -> HttpResponse:
    return redirect(reverse("mailings:recipients", args=[mailing.public_id]) + "#lists")


def named(request: Request, change: Callable[[str], Any]) -> bool:
    """Whether `change` could use the name that was typed; the person is told when not."""
    name = clean_line(request.POST.get("name", ""), limit=LONGEST)
    if not name:
        messages.error(request, _("Give the list a name."))
        return False
    try:
        with transaction.atomic():
            change(name)
    except IntegrityError:
        messages.error(request, _("There is a list called “%(name)s” already. Choose another name.") % {"name": name})
        return False
    return True


@changing
def keep(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The draft's present choice becomes a list."""
    role = roles(request, scope, mailing)[0]
    if named(request, lambda name: SavedList.keep(name=name, mailing=mailing, role=role, by=request.user)):
        messages.success(request, _("Saved among your lists."))
    return back(mailing)


@of_mine
def use(request: Request, mailing: Mailing, chosen: SavedList) -> HttpResponse:
    """The list's choice for this draft; it narrows the draft's own mandate, whatever it was saved for."""
    try:
        stored = Filter.from_json(chosen.audience).to_json()
        changes = {"audience": stored}
        composing.save(mailing=mailing, version=mailing.version, changes=changes, by=request.user, now=timezone.now())
        messages.success(request, _("The list “%(name)s” is chosen.") % {"name": chosen.name})
    except (BadFilter, composing.Conflict, composing.NotADraft):
        messages.error(request, _("The list could not be used. Your choice of recipients is as it was."))
    return redirect("mailings:recipients", mailing.public_id)


@of_mine
def rename(request: Request, mailing: Mailing, chosen: SavedList) -> HttpResponse:
    if named(request, lambda name: SavedList.objects.filter(pk=chosen.pk).update(name=name)):
        messages.success(request, _("The list has a new name."))
    return back(mailing)


@of_mine
def delete(request: Request, mailing: Mailing, chosen: SavedList) -> HttpResponse:
    SavedList.objects.kept().filter(pk=chosen.pk).update(deleted_at=timezone.now())
    return redirect(reverse("mailings:recipients", args=[mailing.public_id]) + f"?deleted={chosen.public_id}#lists")


@of_mine
def restore(request: Request, mailing: Mailing, chosen: SavedList) -> HttpResponse:
    """The list is back; if another has taken its name meanwhile, nothing happens and the person is told."""
    try:
        with transaction.atomic():
            SavedList.objects.filter(pk=chosen.pk).update(deleted_at=None)
    except IntegrityError:
        message = _("There is a list called “%(name)s” already. Choose another name.")
        messages.error(request, message % {"name": chosen.name})
    return back(mailing)
