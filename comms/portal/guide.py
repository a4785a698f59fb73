"""The first guide: five short pages, offered at home until somebody has read them or passed them over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from comms.people.models import User
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest


@dataclass(frozen=True, slots=True)
class Page:
    """One screen of the guide; `icon` is a file of portal/icons. It fits a telephone without scrolling."""

    title: Any
    lines: tuple[Any, ...]
    icon: str


PAGES = (
    Page(_("Whom you reach"), (
        _("You write to the members of your own mandate, and to nobody else."),
        _("Before anything is sent you see how many get it, who does not, and why."),
    ), "users"),
    Page(_("Write"), (
        _("Choose a template and fill in when, where and your own words."),
        _("What you type is saved by itself. You can leave it and come back."),
    ), "document-text"),
    Page(_("Look and check"), (
        _("Look at the invitation as members see it: on a telephone, on paper, in their language."),
        _("Before you send, the portal says what must be put right, and you can send a test to yourself."),
    ), "magnifying-glass"),
    Page(_("Send, and undo"), (
        _("When you have pressed “Send” you have a minute to undo. Until then nobody has got anything."),
        _("Afterwards you see who was reached. For the others you can print letters, or call them."),
    ), "envelope"),
    Page(_("Where help is"), (
        _("“Help” at the top says what one does on each page. This guide is there too."),
        _("You can practise first, with invented members: nobody gets anything."),
    ), "check"),
)  # fmt: skip


@scoped(without_mandate=True)
@require_safe
def page(request: SignedInRequest, scope: Scope, number: int) -> HttpResponse:
    """One page of it, counted from one."""
    if not 1 <= number <= len(PAGES):
        raise Http404
    after = number + 1 if number < len(PAGES) else None
    shown = {"page": PAGES[number - 1], "icon": f"portal/icons/{PAGES[number - 1].icon}.svg"}
    place = {"number": number, "of": len(PAGES), "before": number - 1, "after": after, "section": "help"}
    return render(request, "portal/guide.html", {**shown, **place})


@scoped(without_mandate=True)
@require_POST
def done(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """Read or passed over: home does not offer it again."""
    User.objects.filter(pk=request.user.pk, guided_at=None).update(guided_at=timezone.now())
    return redirect("home")
