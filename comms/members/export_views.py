"""Taking out the list as a file: only for a role that staff let, after a fresh sign-in, for a reason."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from comms.accounts.sessions import is_fresh
from comms.members import about, exports, lists
from comms.members.exports import CannotBeMade
from comms.members.forms import ExportForm, ListForm
from comms.members.models import ListExport
from comms.members.views import READ, chosen, mandates_of, reasons
from comms.people.models import Mandate
from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal import searches
from comms.portal.requests import SignedInRequest
from comms.privacy import pledge

SHOWN = 10  # of the files somebody has ordered
TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}


# --- the door -------------------------------------------------------------------------------------------------------
def admit(mandate: Mandate) -> None:
    """What stands before every page about taking out a list: 404 unless the role may, then the pledge."""
    if not exports.may(mandate):
        raise Http404
    pledge.require(mandate, now=timezone.now())


def taking_out(*methods: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """`view(request, scope, mandate)`, or with the caller's own export in place of the mandate where the URL names one.

    `scope` is that of the mandate. Whatever is not the caller's gives 404 whatever the method.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: SignedInRequest, scope: Scope, export: UUID | None = None) -> HttpResponseBase:
            mine = _own(request, scope, export) if export else None
            mandate = mine.mandate if mine else chosen(mandates_of(scope), request.GET.get("mandate", ""))
            admit(mandate)
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            return view(request, Scope.of_mandate(mandate, on=scope.on), mine or mandate)

        door: Callable[..., HttpResponseBase] = scoped(guarded)
        return door

    return decorate


def _own(request: SignedInRequest, scope: Scope, public_id: UUID) -> ListExport:
    mine = exports.own(request.user).filter(mandate__in=scope.mandates)
    return get_object_or_404(mine.select_related("mandate__unit", "mandate__user", "by"), public_id=public_id)


def sign_in_again(request: SignedInRequest, *, go_on: str) -> HttpResponse | None:
    """The page that asks for it; None when the sign-in is fresh."""
    if is_fresh(request.session, now=timezone.now()):
        return None
    return render(request, "members/export_sign_in.html", {"go_on": go_on, "section": "members"})


# --- ordering -------------------------------------------------------------------------------------------------------
@taking_out(*READ)
def offer(request: SignedInRequest, scope: Scope, mandate: Mandate) -> HttpResponse:
    """What would be in the file, the question why, and the files ordered before."""
    return _asked(request, mandate) or _page(request, scope, mandate, ExportForm())


@taking_out("POST")
def order(request: SignedInRequest, scope: Scope, mandate: Mandate) -> HttpResponse:
    """Orders the file; pressing twice orders once."""
    if asked := _asked(request, mandate):
        return asked
    form = ExportForm(request.POST)
    if not form.is_valid():
        return _page(request, scope, mandate, form, status=422)
    said = form.cleaned_data
    try:
        made = exports.order(
            mandate=mandate, by=request.user, scope=scope, wanted=_narrowed(request, scope).wanted(), keys=form.keys(),
            format=said["format"], reason=said["reason"], now=timezone.now(),
        )  # fmt: skip
    except CannotBeMade as error:
        form.add_error(None, str(ListExport.Problem(error.args[0]).label))
        return _page(request, scope, mandate, form, status=422)
    return redirect("members:export", made.public_id)


def _asked(request: SignedInRequest, mandate: Mandate) -> HttpResponse | None:
    """To sign in again, or to search again: a sign-in forgets the words, and without them the list would be longer."""
    query = request.GET.urlencode()
    if again := sign_in_again(request, go_on=f"{reverse('members:exports')}{'?' if query else ''}{query}"):
        return again
    key = request.GET.get("search", "")
    if not key or searches.recall(request.session, key):
        return None
    messages.info(request, _("You have signed in anew, so your search is forgotten. Search again, then take it out."))
    rest = {name: value for name, value in request.GET.items() if name not in {"search", "after", "before"}}
    return redirect(f"{reverse('members:list')}?{urlencode(rest)}")


def _narrowed(request: SignedInRequest, scope: Scope) -> ListForm:
    words = searches.recall(request.session, request.GET.get("search", ""))
    return ListForm({**request.GET.dict(), "q": words}, scope=scope)


def _page(
    request: SignedInRequest, scope: Scope, mandate: Mandate, form: ExportForm, *, status: int = 200
) -> HttpResponse:
    narrowed = _narrowed(request, scope)
    matching = lists.count(scope, narrowed.wanted(), units=lists.units_of(scope))
    context: dict[str, Any] = {"section": "members", "mandate": mandate, "form": form, "matching": matching}
    context |= {"reasons": [words for words, _rest in reasons(request, narrowed)], "duties": about.duties()}
    context |= {"most": exports.MOST, "too_many": matching > exports.MOST, "now": timezone.now()}
    context["files"] = list(exports.own(request.user).filter(mandate=mandate)[:SHOWN])
    return render(request, "members/exports.html", context, status=status)


# --- the file -------------------------------------------------------------------------------------------------------
@taking_out(*READ)
def detail(request: SignedInRequest, scope: Scope, export: ListExport) -> HttpResponse:
    """How far it is; htmx asks for that part alone."""
    moving, now = export.state in exports.OPEN and export.expires_at > timezone.now(), timezone.now()
    failed = export.state == ListExport.State.FAILED
    context = {"section": "members", "export": export, "duties": about.duties(), "moving": moving, "failed": failed}
    context |= {"back": _back(export), "ready": exports.is_there(export, scope=scope, now=now)}
    return render(request, "members/_export.html" if request.htmx else "members/export.html", context)  # type: ignore[attr-defined]


def _back(export: ListExport) -> str:
    return f"{reverse('members:exports')}?mandate={export.mandate.public_id}"


@taking_out(*READ)
def file(request: SignedInRequest, scope: Scope, export: ListExport) -> HttpResponseBase:
    """The file, to whoever ordered it; that they have it is noted before they get it."""
    page = reverse("members:export", args=[export.public_id])
    if again := sign_in_again(request, go_on=page):
        return again
    path = exports.hand_over(export, scope=scope, now=timezone.now())
    if path is None:
        return redirect(page)
    name = about.file_name(export)
    response = FileResponse(path.open("rb"), content_type=TYPES[export.format], as_attachment=True, filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response
