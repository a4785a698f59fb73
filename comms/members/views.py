"""My members: the list of one mandate, and one member's contact details when there is a reason."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from comms.members import exports
from comms.members.forms import ContactForm, ListForm
from comms.members.lists import find
from comms.members.rows import rows
from comms.people.freshness import as_of, is_stale
from comms.people.models import Mandate, Member
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal import searches
from comms.portal.requests import SignedInRequest
from comms.privacy import access
from comms.privacy.models import AccessLog

READ = ("GET", "HEAD")


def mandates_of(scope: Scope) -> list[Mandate]:
    return list(Mandate.objects.filter(pk__in=scope.mandates).select_related("unit", "user").order_by("unit__path"))


def chosen(mandates: list[Mandate], asked: str) -> Mandate:
    """The mandate the URL names (demand MS19), else the first; one that is not the caller's does not exist."""
    found = next((mandate for mandate in mandates if asked in ("", str(mandate.public_id))), None)
    if found is None:
        raise Http404
    return found


@scoped
@require_safe
def index(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """Everybody the mandate reaches, narrowed by what the URL says. Each view is one row in the access log."""
    mandates = mandates_of(scope)
    mandate = chosen(mandates, request.GET.get("mandate", ""))
    mine = Scope.of_mandate(mandate, on=scope.on)
    words = searches.recall(request.session, request.GET.get("search", ""))
    form = ListForm({**request.GET.dict(), "q": words}, scope=mine)
    get = request.GET.get
    found = find(mine, form.wanted(), after=get("after", ""), before=get("before", ""))
    kind = AccessLog.Kind.SEARCH if words else AccessLog.Kind.LIST
    access.note(user=request.user, mandate=mandate, kind=kind, members=found.page.ids, now=timezone.now())
    context = {"mandates": mandates, "mandate": mandate, "form": form, "found": found, **freshness(mine)}
    context |= {"rows": rows(found.page.ids, scope=mine), "reasons": reasons(request, form), "section": "members"}
    context["may_take_out"] = exports.may(mandate)
    return render(request, "members/list.html", context)


def reasons(request: SignedInRequest, form: ListForm) -> list[tuple[str, str]]:
    """Why the list is shorter than the mandate, each in words and with the query string of the list without it."""
    found = []
    for name, words in form.reasons():
        rest = request.GET.copy()
        for gone in (name, "after", "before"):
            rest.pop(gone, None)
        found.append((words, rest.urlencode()))
    return found


def freshness(scope: Scope) -> dict[str, Any]:
    stamp = as_of(scope)
    return {"as_of": stamp, "stale": stamp is not None and is_stale(stamp, now=timezone.now())}


@scoped
@require_POST
def search(request: SignedInRequest, scope: Scope) -> HttpResponse:
    """From the form to the list's own address: the filters in it, the words behind a key."""
    mandate = chosen(mandates_of(scope), request.POST.get("mandate", ""))
    form = ListForm(request.POST.dict(), scope=Scope.of_mandate(mandate, on=scope.on))
    said = {"mandate": str(mandate.public_id) if len(scope.mandates) > 1 else "", **form.in_url()}
    said["search"] = searches.keep(request.session, form.wanted().words)
    query = urlencode({name: value for name, value in said.items() if value})
    return redirect(f"{reverse('members:list')}{'?' if query else ''}{query}")


def of_one_member(*methods: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponseBase]]:
    """`view(request, scope, mandate, member)` in place of `public_id`. A stranger gets 404 whatever the method."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def found(request: SignedInRequest, scope: Scope, public_id: UUID) -> HttpResponseBase:
            mandate = chosen(mandates_of(scope), request.GET.get("mandate", ""))
            mine = Scope.of_mandate(mandate, on=scope.on)
            person = get_object_or_404(Member.objects.within(mine), public_id=public_id)
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            return view(request, mine, mandate, person)

        guarded: Callable[..., HttpResponseBase] = scoped(found)
        return guarded

    return decorate


@of_one_member(*READ)
def member(request: SignedInRequest, scope: Scope, mandate: Mandate, person: Member) -> HttpResponse:
    """What the list shows, larger, and the question why somebody wants to reach the member."""
    return _look(request, scope, mandate, person, form=ContactForm())


@of_one_member("POST")
def contact(request: SignedInRequest, scope: Scope, mandate: Mandate, person: Member) -> HttpResponse:
    """E-mail and mobile of one member, for a reason that goes into the access log; never while restricted (art. 18)."""
    form = ContactForm(request.POST)
    if person.restricted or not form.is_valid():
        return _look(request, scope, mandate, person, form=form)
    access.note(
        user=request.user, mandate=mandate, kind=AccessLog.Kind.CONTACT, members=[person.pk], now=timezone.now(),
        reason=form.cleaned_data["reason"],
    )  # fmt: skip
    return _page(request, scope, person, form=form, shown=True)


def _look(
    request: SignedInRequest, scope: Scope, mandate: Mandate, person: Member, *, form: ContactForm
) -> HttpResponse:
    """The page without e-mail and mobile."""
    access.note(user=request.user, mandate=mandate, kind=AccessLog.Kind.LIST, members=[person.pk], now=timezone.now())
    return _page(request, scope, person, form=form)


def _page(
    request: SignedInRequest, scope: Scope, person: Member, *, form: ContactForm, shown: bool = False
) -> HttpResponse:
    (row,) = rows([person.pk], scope=scope)
    contact = person if shown else None
    context = {"row": row, "form": form, "contact": contact, "is_staff": scope.staff, **freshness(scope)}
    return render(request, "members/member.html", {**context, "section": "members"})
