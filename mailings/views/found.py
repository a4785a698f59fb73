"""How a view gets its mailing: found within the scope or 404, then the method, then the state."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from comms.people.models import Mandate, Unit, User
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.privacy import access
from comms.privacy.models import AccessLog
from mailings.models import Mailing


class Request(HttpRequest):
    """What a view is asked by somebody signed in: `@scoped` lets nobody else through."""

    user: User
    htmx: HtmxDetails


READ = ("GET", "HEAD")
WITH = ("mandate__user", "mandate__unit", "unit", "author", "topic", "confirmed_by", "approver")
View = Callable[..., HttpResponseBase]
May = Callable[[Request, Scope, Mailing], bool]


def writing_mandates(request: Request, scope: Scope) -> Any:
    """The caller's live mandates that may send, as a queryset with their units."""
    roles = Mandate.SENDING_ROLES
    return Mandate.objects.filter(pk__in=scope.mandates, role__in=roles).select_related("unit", "user").order_by("pk")


def writing_mandate(request: Request, scope: Scope, unit: Unit) -> Mandate | None:
    """The mandate under which the caller may write for exactly this unit."""
    return writing_mandates(request, scope).filter(unit=unit).first()


def _may_read(request: Request, scope: Scope, mailing: Mailing) -> bool:
    return True  # within(scope) has decided


def _may_write(request: Request, scope: Scope, mailing: Mailing) -> bool:
    return writing_mandate(request, scope, mailing.unit) is not None


def _may_steer(request: Request, scope: Scope, mailing: Mailing) -> bool:
    return scope.staff or _may_write(request, scope, mailing)


def _may_approve(request: Request, scope: Scope, mailing: Mailing) -> bool:
    return mailing.approver_id == request.user.pk


def _guard(view: View, *, methods: tuple[str, ...], may: May, drafts_only: bool = False) -> View:
    """`view(request, scope, mailing, …)` in place of `public_id`. A stranger gets 404 whatever the method, and so does
    everybody for a practice, unless the view says `@practises`.
    """

    @wraps(view)
    def found(request: Request, scope: Scope, public_id: UUID, **kwargs: Any) -> HttpResponseBase:
        rows = Mailing.objects.within(scope)
        if getattr(view, "practises", False):
            rows |= Mailing.objects.within(scope, practice=True).filter(author=request.user)
        mailing = get_object_or_404(rows.select_related(*WITH), public_id=public_id)
        if not may(request, scope, mailing):
            raise Http404
        if request.method not in methods:
            return HttpResponseNotAllowed(methods)
        if drafts_only and not mailing.is_draft and request.method in READ:
            return redirect("mailings:sent", public_id)
        return view(request, scope, mailing, **kwargs)

    guarded: View = scoped(found)
    return guarded


def practises(view: View) -> View:
    """Below the guard of a view that also serves a practice, to the person whose practice it is."""
    view.practises = True  # type: ignore[attr-defined]
    return view


def reading(view: View) -> View:
    """Anybody whose scope holds the mailing: the unit itself and, once confirmed, everybody above it."""
    return _guard(view, methods=READ, may=_may_read)


def drafting(view: View) -> View:
    """A page of the composer, for those who may send for the mailing's own unit. Afterwards it leads to the report."""
    return _guard(view, methods=READ, may=_may_write, drafts_only=True)


def changing(view: View) -> View:
    """A POST that changes a draft."""
    return _guard(view, methods=("POST",), may=_may_write)


def steering(view: View) -> View:
    """A POST that changes a confirmed mailing's course: its own unit's senders, and staff."""
    return _guard(view, methods=("POST",), may=_may_steer)


def approving(view: View) -> View:
    """A page for the second person who was asked; afterwards it leads to the report."""
    return _guard(view, methods=READ, may=_may_approve)


def deciding(view: View) -> View:
    """A POST of the second person who was asked."""
    return _guard(view, methods=("POST",), may=_may_approve)


def through(request: Request, scope: Scope, mailing: Mailing) -> Mandate:
    """The mandate under which the caller sees the mailing: of its unit or the nearest above, sending before reading."""
    mine = list(Mandate.objects.filter(pk__in=scope.mandates).select_related("unit").order_by("pk"))
    above = [one for one in mine if mailing.unit.path.startswith(one.unit.path)]
    staff = [one for one in mine if one.role == Mandate.Role.STAFF]  # theirs is the whole forest
    return max(above or staff or mine, key=lambda one: (one.unit.depth, one.may_send))


def looked(
    request: Request, scope: Scope, mailing: Mailing, members: list[int], *, kind: str = AccessLog.Kind.LIST
) -> None:
    """The caller is about to see these members because of the mailing. Raises `pledge.Missing`."""
    mandate, reason = through(request, scope, mailing), AccessLog.Reason.MEETING
    access.note(user=request.user, mandate=mandate, kind=kind, members=members, now=timezone.now(), reason=reason)
