"""Staff's screens for what members ask about their own data. Each look is in the access log, as every other is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from comms.accounts.sessions import fresh
from comms.people.models import Mandate, Member
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest
from comms.privacy import access, subject_access, wishes
from comms.privacy.models import AccessLog, Wish

WHY = gettext_lazy("You are about to change or hand over what the union knows about a member.")
LABELS = {
    "email": gettext_lazy("E-mail"), "mobile": gettext_lazy("Mobile"), "street": gettext_lazy("Street address"),
    "postcode": gettext_lazy("Postcode"), "city": gettext_lazy("Town"),
}  # fmt: skip


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("Why it is not possible"), max_length=300, widget=forms.Textarea(attrs={"rows": "3"}),
        help_text=gettext_lazy("The member reads this on their page."),
    )  # fmt: skip


def note(request: SignedInRequest, scope: Scope, kind: str, members: list[int]) -> None:
    mandate = Mandate.objects.filter(pk__in=scope.mandates, role=Mandate.Role.STAFF)[0]
    reason = AccessLog.Reason.ASKED if kind != AccessLog.Kind.LIST else ""
    access.note(user=request.user, mandate=mandate, kind=kind, members=members, now=timezone.now(), reason=reason)


@scoped(staff=True)
@require_safe
def index(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """What waits, the oldest first: a month is the longest it may take (GDPR art. 12(3))."""
    rows = list(wishes.waiting())
    note(request, scope, AccessLog.Kind.LIST, sorted({row.member_id for row in rows}))
    done = Wish.objects.exclude(state=Wish.State.OPEN).select_related("member", "closed_by").order_by("-closed_at")[:20]
    return render(request, "members/wishes.html", {"section": "staff", "rows": rows, "done": done})


@scoped(staff=True)
@require_safe
def detail(request: SignedInRequest, scope: Scope, public_id: UUID) -> HttpResponse:
    wish = get_object_or_404(Wish.objects.select_related("member"), public_id=public_id)
    return _page(request, scope, wish)


@scoped(staff=True)
@require_POST
@fresh(WHY, go_on="members:wishes")
def carry_out(request: SignedInRequest, scope: Scope, public_id: UUID) -> HttpResponse:
    """Taking somebody out asks for the member number, so that it is nobody else."""
    wish = get_object_or_404(Wish.objects.select_related("member"), public_id=public_id)
    if wish.kind == Wish.Kind.ERASE and request.POST.get("number", "").strip() != wish.member.number:
        return _page(request, scope, wish, wrong_number=True)
    return _told(request, lambda: wishes.carry_out(wish, by=request.user, now=timezone.now()), _("Done."))


@scoped(staff=True)
@require_POST
def refuse(request: SignedInRequest, scope: Scope, public_id: UUID) -> HttpResponse:
    wish = get_object_or_404(Wish.objects.select_related("member"), public_id=public_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, scope, wish, form=form)
    said = form.cleaned_data["answer"]
    return _told(request, lambda: wishes.refuse(wish, answer=said, by=request.user, now=timezone.now()), _("Answered."))


@scoped(staff=True)
@require_POST
def lift(request: SignedInRequest, scope: Scope, public_id: UUID) -> HttpResponse:
    """The pause is over: because the member says so, or because its reason has gone (GDPR art. 18(3))."""
    wish = get_object_or_404(Wish, public_id=public_id, kind=Wish.Kind.RESTRICT, state=Wish.State.DONE)
    note(request, scope, AccessLog.Kind.CONTACT, [wish.member_id])
    return _told(request, lambda: wishes.lift(wish), _("The pause is over."))


@scoped(staff=True)
@require_POST
@fresh(WHY, go_on="members:wishes")
def copy(request: SignedInRequest, scope: Scope, public_id: UUID) -> HttpResponse:
    """Everything about the member as one page to hand over, in the member's language."""
    wish = get_object_or_404(Wish.objects.select_related("member"), public_id=public_id, kind=Wish.Kind.COPY)
    note(request, scope, AccessLog.Kind.EXPORT, [wish.member_id])
    response = HttpResponse(_copy_of(wish.member), content_type="text/html; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="member-{wish.member.public_id.hex}.html"'
    return response


def _copy_of(member: Member) -> str:
    with translation.override(member.language):
        found = subject_access.export(member, now=timezone.now())
        return render_to_string("privacy/export.html", {**found, "language": member.language})


def _told(request: HttpRequest, act: Any, said: str) -> HttpResponse:
    try:
        act()
    except wishes.NotNow as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, said)
    return redirect("members:wishes")


def _page(request: SignedInRequest, scope: Scope, wish: Wish, **said: Any) -> HttpResponse:
    note(request, scope, AccessLog.Kind.CONTACT, [wish.member_id])
    values = [(LABELS[column], getattr(wish.member, column), value) for column, value in wish.said.items()]
    context = {"section": "staff", "wish": wish, "values": values, "form": said.pop("form", AnswerForm()), **said}
    return render(request, "members/wish.html", context)
