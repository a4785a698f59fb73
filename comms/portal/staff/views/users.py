"""Users: list, one person, new, change, end, open again, invite again."""

from __future__ import annotations

import logging
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from comms.people.models import Mandate, User
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest
from comms.portal.staff import lists, roles, users
from comms.portal.staff.forms import UserFilter, UserForm
from comms.portal.staff.views import attempt, filtered, searched

log = logging.getLogger(__name__)


@scoped(staff=True)
def index(request: SignedInRequest, scope: Scope) -> HttpResponse:
    form = filtered(request, UserFilter)
    if request.method == "POST":
        return searched(request, form)
    page = lists.page_of(lists.users(on=scope.on, **form.cleaned_data), request)
    return render(request, "portal/staff/users.html", {"section": "staff", "form": form, "page": page, "on": scope.on})


@scoped(staff=True)
def detail(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    person = get_object_or_404(roles.with_editor(User.objects.all()), pk=pk)
    rows = Mandate.objects.filter(user=person).select_related("unit").order_by("-start", "-id")
    mandates = [(row, row.is_live(scope.on), row.start > scope.on) for row in rows]
    return render(request, "portal/staff/user.html", {"section": "staff", "person": person, "mandates": mandates})


def _invite(request: SignedInRequest, person: User) -> None:
    """Mails the invitation and says whether it went; an account is never lost to a mail server's mood."""
    try:
        users.send_invitation(person, by=request.user)
    except OSError:
        log.warning("invitation to user %s could not be handed over", person.pk)
        messages.warning(
            request, _("The invitation could not be mailed. Wait a little, then choose “Mail the invitation again”.")
        )
    else:
        messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": person.email})


@scoped(staff=True)
def new(request: SignedInRequest, scope: Scope) -> HttpResponse:
    form = UserForm(request.POST or None, initial={"language": request.user.language})
    if request.method == "POST" and form.is_valid():
        person = users.create_user(by=request.user, **form.cleaned_data)
        _invite(request, person)
        messages.info(request, _("Now give %(name)s a mandate.") % {"name": person})
        return redirect("portal:mandate_unit", person.pk)
    return render(request, "portal/staff/user_form.html", {"section": "staff", "form": form})


@scoped(staff=True)
def edit(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    form = UserForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        try:
            users.change_user(form.instance, by=request.user)
        except OSError:
            log.warning("user %s could not be told of a changed sign-in", pk)
            messages.warning(request, _("Saved. The mail that tells the person about it could not be sent."))
        else:
            messages.success(request, _("Saved."))
        return redirect("portal:user", pk)
    return render(request, "portal/staff/user_form.html", {"section": "staff", "form": form, "person": person})


@scoped(staff=True)
def end(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    """Asks in words, then closes the account."""
    person = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        if attempt(request, partial(users.end_user, person, by=request.user)):
            messages.success(
                request, _("%(name)s is signed out everywhere and can no longer sign in.") % {"name": person}
            )
        return redirect("portal:user", pk)
    return render(request, "portal/staff/user_end.html", {"section": "staff", "person": person})


@scoped(staff=True)
@require_POST
def reopen(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    if attempt(request, partial(users.reopen_user, person, by=request.user)):
        messages.success(request, _("%(name)s can sign in again, with a code.") % {"name": person})
    return redirect("portal:user", pk)


@scoped(staff=True)
@require_POST
def invite(request: SignedInRequest, scope: Scope, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk, is_active=True)
    _invite(request, person)
    users.note_invited_again(person, by=request.user)
    return redirect("portal:user", pk)
