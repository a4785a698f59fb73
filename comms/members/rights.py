"""What staff do about one member's data when the member calls or writes: each with a reason, after a fresh sign-in.

Found by the member number, which stands in no address; also former members, who keep their rights (GDPR art. 15–18).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from comms.accounts.sessions import is_fresh
from comms.members.forms import CopyForm, CorrectForm, ReasonForm, ReleaseForm, TakeOutForm
from comms.members.wishes import WHY, copy_of, note, told
from comms.people.models import Member
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest
from comms.privacy import suppression, wishes
from comms.privacy.models import AccessLog, Suppression, Wish

Kind, Look = Wish.Kind, AccessLog.Kind
FORMS = {"copy": CopyForm, "pause": ReasonForm, "go_on": ReasonForm, "take_out": TakeOutForm}


@scoped(staff=True)
@require_POST
def find(request: SignedInRequest, scope: Scope) -> HttpResponse:
    member = Member.unscoped.filter(number=request.POST.get("number", "").strip()).first()
    if member is None:
        messages.warning(request, _("There is no member with this number. Look at it once more."))
        return redirect("members:wishes")
    return redirect("members:rights", member.public_id)


def of_person(*methods: str, seen: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponseBase]]:
    """`view(request, member)` for staff who signed in within 15 minutes; the look is noted as `seen` beforehand."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def found(request: SignedInRequest, scope: Scope, public_id: UUID) -> HttpResponseBase:
            member = get_object_or_404(Member.unscoped, public_id=public_id)
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            if not is_fresh(request.session, now=timezone.now()):
                context = {"why": WHY, "go_on": reverse("members:rights", args=[public_id]), "section": "account"}
                return render(request, "accounts/sign_in_again.html", context)
            note(request, scope, seen, [member.pk])
            return view(request, member)

        guarded: Callable[..., HttpResponseBase] = scoped(staff=True)(found)
        return guarded

    return decorate


@of_person("GET", "HEAD", seen=Look.CONTACT)
def index(request: SignedInRequest, member: Member) -> HttpResponse:
    """What stands against the addresses, what can be done, and what was done before; addresses only as masked."""
    return _page(request, member)


@of_person("POST", seen=Look.EXPORT)
def copy(request: SignedInRequest, member: Member) -> HttpResponse:
    """Everything about the member, to read or for a computer (art. 15 and 20)."""
    form = CopyForm(request.POST, prefix="copy")
    if not form.is_valid():
        return _page(request, member, copy=form)
    wishes.act(member, Kind.COPY, by=request.user, why=form.cleaned_data["why"], now=timezone.now())
    return copy_of(member, ending=form.cleaned_data["ending"])


@of_person("GET", "HEAD", "POST", seen=Look.CONTACT)
def correct(request: SignedInRequest, member: Member) -> HttpResponse:
    """The form holds what we have; what is changed wins over the register until it agrees (art. 16)."""
    form = CorrectForm(request.POST or None, member=member)
    if request.method != "POST" or not form.is_valid():
        context = {"section": "staff", "member": member, "form": form}
        return render(request, "members/correct.html", context)
    return _done(request, member, Kind.CORRECT, form, _("Corrected. It is used at once."), said=form.changed())


@of_person("POST", seen=Look.CHANGE)
def release(request: SignedInRequest, member: Member) -> HttpResponse:
    """One refusal is lifted: the member may be written to there again."""
    form = ReleaseForm(request.POST, prefix="release")
    return _act(request, member, "release", form, Kind.RELEASE, _("Lifted. We write there again."))


@of_person("POST", seen=Look.CHANGE)
def pause(request: SignedInRequest, member: Member) -> HttpResponse:
    form = ReasonForm(request.POST, prefix="pause")
    return _act(request, member, "pause", form, Kind.RESTRICT, _("Paused. Nothing more leaves for the member."))


@of_person("POST", seen=Look.CHANGE)
def go_on(request: SignedInRequest, member: Member) -> HttpResponse:
    """The member says so, or the reason has gone; they are told beforehand (art. 18(3))."""
    form = ReasonForm(request.POST, prefix="go_on")
    return _act(request, member, "go_on", form, Kind.LIFT, _("The pause is over."))


@of_person("POST", seen=Look.CHANGE)
def take_out(request: SignedInRequest, member: Member) -> HttpResponse:
    """Asks for the member number, so that it is nobody else (art. 17)."""
    form = TakeOutForm(request.POST, prefix="take_out", number=member.number)
    return _act(request, member, "take_out", form, Kind.ERASE, _("The member is taken out."))


def _act(request: SignedInRequest, member: Member, name: str, form: ReasonForm, kind: str, words: str) -> HttpResponse:
    """Done, or the page once more with what is wrong in the form of that name."""
    if not form.is_valid():
        return _page(request, member, **{name: form})
    return _done(request, member, kind, form, words, said=form.said())


def _done(request: SignedInRequest, member: Member, kind: str, form: Any, words: str, **said: Any) -> HttpResponse:
    why = form.cleaned_data["why"]
    told(request, lambda: wishes.act(member, kind, by=request.user, why=why, now=timezone.now(), **said), words)
    return redirect("members:rights", member.public_id)


def _page(request: SignedInRequest, member: Member, **bound: Any) -> HttpResponse:
    forms = {name: bound.get(name) or form(prefix=name) for name, form in FORMS.items()}
    against = [_row(member, one, bound.get("release")) for one in suppression.standing(member)]
    past = Wish.objects.filter(member=member).select_related("closed_by").order_by("-at", "-pk")
    context = {"section": "staff", "member": member, "against": against, "past": past, "failed": [*bound], **forms}
    context["addresses"] = [one for one in map(suppression.masked, (member.email, member.mobile)) if one]
    return render(request, "members/rights.html", context)


def _row(member: Member, one: Suppression, sent: ReleaseForm | None) -> dict[str, Any]:
    """A refusal with the form that lifts it: the one that was sent, if it was about this one."""
    about = {"channel": one.channel, "reason": one.reason}
    mine = sent is not None and all(sent[name].value() == value for name, value in about.items())
    form = sent if sent and mine else ReleaseForm(prefix="release", initial=about)
    form.auto_id = f"id_{one.channel}_{one.reason}_%s"
    masked = suppression.masked(suppression.address_of(member, one.channel))
    return {"one": one, "address": masked, "form": form, "failed": mine}
