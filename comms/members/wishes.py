"""Staff's screens for what members ask about their own data. Each look is in the access log, as every other is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
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
TYPES = {"html": "text/html", "json": "application/json"}  # in which a copy is handed over


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("Why it is not possible"), max_length=300, widget=forms.Textarea(attrs={"rows": "3"}),
        help_text=gettext_lazy("The member reads this on their page."),
    )  # fmt: skip


def note(request: SignedInRequest, scope: Scope, kind: str, members: list[int]) -> None:
    mandate = Mandate.objects.filter(pk__in=scope.mandates, role=Mandate.Role.STAFF)[0]
    reason = AccessLog.Reason.RIGHTS if kind != AccessLog.Kind.LIST else ""
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
    told(request, lambda: wishes.carry_out(wish, by=request.user, now=timezone.now()), _("Done."))
    return redirect("members:wishes")


@scoped(staff=True)
@require_POST
def refuse(request: SignedInRequest, scope: Scope, public_id: UUID) -> HttpResponse:
    wish = get_object_or_404(Wish.objects.select_related("member"), public_id=public_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, scope, wish, form=form)
    said = form.cleaned_data["answer"]
    told(request, lambda: wishes.refuse(wish, answer=said, by=request.user, now=timezone.now()), _("Answered."))
    return redirect("members:wishes")


@scoped(staff=True)
@require_POST
@fresh(WHY, go_on="members:wishes")
def copy(request: SignedInRequest, scope: Scope, public_id: UUID) -> HttpResponse:
    """Everything about the member as one page to hand over, in the member's language."""
    wish = get_object_or_404(Wish.objects.select_related("member"), public_id=public_id, kind=Wish.Kind.COPY)
    note(request, scope, AccessLog.Kind.EXPORT, [wish.member_id])
    return copy_of(wish.member)


def copy_of(member: Member, *, ending: str = "html") -> HttpResponse:
    text = subject_access.Copy.of(member, now=timezone.now()).as_(ending)
    response = HttpResponse(text, content_type=f"{TYPES[ending]}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="member-{member.public_id.hex}.{ending}"'
    return response


def told(request: HttpRequest, act: Callable[[], object], said: str) -> None:
    """Does it, and says on the next page that it is done or why it is not."""
    try:
        act()
    except wishes.NotNow as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, said)


def _page(request: SignedInRequest, scope: Scope, wish: Wish, **said: Any) -> HttpResponse:
    note(request, scope, AccessLog.Kind.CONTACT, [wish.member_id])
    said_here = wish.said if wish.kind == Wish.Kind.ADDRESS else {}
    values = [(LABELS[column], getattr(wish.member, column), value) for column, value in said_here.items()]
    context = {"section": "staff", "wish": wish, "values": values, "form": said.pop("form", AnswerForm()), **said}
    return render(request, "members/wish.html", context)
