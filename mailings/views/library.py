"""From the library into a text: a passage is looked up and put in; when its article changes, the new one is taken or
the old one kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.access import Reader
from cms.passages import Passage
from comms.people.scope import Scope
from mailings import composing, coverage, excerpts, history, insertions
from mailings.forms import field_id
from mailings.library import look_up, passage
from mailings.models import Mailing
from mailings.views.found import Request, changing, drafting, practises, writing_mandate
from mailings.views.write import collided, form_of, language_of, library_url, locked, quiet, refused, stored


@dataclass(frozen=True, slots=True)
class Place:
    """A rich text of a draft in one language, and what stands in it."""

    key: str
    language: str
    label: str
    text: str


def place_of(data: QueryDict, mailing: Mailing) -> Place:
    """The text that `slot` and `language` name. Raises `Http404` for what is none."""
    key, language = data.get("slot", ""), language_of(data, mailing)
    if language == mailing.language:
        asked = [(slot, insertions.text_of(mailing, slot.key, language)) for slot in composing.slots_of(mailing)]
    else:
        said = coverage.version(mailing, composing.design_of(mailing), language)
        asked = [(one.slot, one.words) for one in said.wordings if not one.locked]
    for slot, text in asked:
        if slot.key == key and slot.type == "rich_text":
            return Place(key, language, slot.label, text)
    raise Http404


def reader_of(request: Request, scope: Scope, mailing: Mailing) -> Reader:
    """The caller as who may write for the mailing's unit: what other mandates of theirs read does not belong in it."""
    mandate = writing_mandate(request, scope, mailing.unit)
    assert mandate is not None  # the guard has asked
    return Reader.of(Scope.of_mandate(mandate, on=scope.on))


def passage_of(request: Request, scope: Scope, mailing: Mailing) -> Passage:
    """The passage that `page` and `block` name, among what the caller may read. Raises `Http404`."""
    try:
        page = UUID(request.POST.get("page", ""))
    except ValueError as error:
        raise Http404 from error
    found = passage(reader_of(request, scope, mailing), page, request.POST.get("block", ""))
    if found is None:
        raise Http404
    return found


def text_url(mailing: Mailing, key: str, language: str) -> str:
    """The text step, down to the field."""
    address = reverse("mailings:text", args=[mailing.public_id])
    address += "" if language == mailing.language else f"?language={language}"
    return f"{address}#{field_id(key)}"


@drafting
@practises
def library(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """What may be taken: `?q=` looks for it, `?slot=&language=` say for which text; htmx gets the part alone."""
    place, words = place_of(request.GET, mailing), request.GET.get("q", "")[:100]
    found = look_up(reader_of(request, scope, mailing), words, language=place.language, on=scope.on)
    back = text_url(mailing, place.key, place.language)
    context = {"mailing": mailing, "place": place, "q": words, "sources": found, "back": back, "step": "text"}
    return render(request, "mailings/_library.html" if request.htmx else "mailings/library.html", context)


@changing
@practises
def insert(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The passage is noted; the page's own script puts it where the caret is, without one it follows the text."""
    place, chosen = place_of(request.POST, mailing), passage_of(request, scope, mailing)
    if not mailing.is_draft:
        return locked(request, mailing)
    try:
        put(request, mailing, place, chosen)
    except composing.Conflict as conflict:
        messages.error(request, str(conflict))
        return redirect(library_url(mailing, place.key, place.language))
    except composing.NotADraft:
        return locked(request, mailing)
    said = _("The text from “%(title)s” is in your invitation.") % {"title": chosen.entry.title}
    if quiet(request):
        return JsonResponse({"html": chosen.html, "said": said})
    messages.success(request, said)
    return redirect(text_url(mailing, place.key, place.language))


@transaction.atomic
def put(request: Request, mailing: Mailing, place: Place, chosen: Passage) -> None:
    """The record, and without a script the text itself. Raises `Conflict` and `NotADraft`."""
    now, by = timezone.now(), request.user
    if not quiet(request):
        version = int(request.POST.get("version") or 0)
        changes = {"values": {place.key: excerpts.appended(place.text, chosen.html)}}
        composing.save(
            mailing=mailing, version=version, changes=changes, by=by, now=now, language=place.language, apart=True
        )
    insertions.record(mailing=mailing, slot=place.key, language=place.language, passage=chosen, by=by, now=now)


# --- the article has changed ----------------------------------------------------------------------------------------
@changing
@practises
def take(request: Request, scope: Scope, mailing: Mailing, number: int) -> HttpResponse:
    """The new text where the old one stands; what stood on the page is saved first."""
    return answered(request, mailing, number, taken)


@changing
@practises
def keep(request: Request, scope: Scope, mailing: Mailing, number: int) -> HttpResponse:
    """The text stays, and nothing more is said until the article changes again."""
    return answered(request, mailing, number, kept)


def answered(request: Request, mailing: Mailing, number: int, answer: Any) -> HttpResponse:
    """Saves the page, then does what was chosen about one change; 404 for what was never in this text."""
    language = language_of(request.POST, mailing)
    record = mailing.insertions.filter(pk=number, language=language).first()
    if record is None:
        raise Http404
    form = form_of(mailing, language, request)
    if not form.is_valid():
        return refused(request, mailing, form)
    try:
        with transaction.atomic():
            saved = stored(request, mailing, form)
            every = insertions.changes(saved, composing.mandate_scope(saved, now=timezone.now()))
            change = next((one for one in every if one.insertion.pk == number), None)
            said = answer(request, saved, change) if change else ""
    except composing.Conflict as conflict:
        return collided(request, conflict, language)
    except composing.NotADraft:
        return locked(request, mailing)
    if said:
        messages.success(request, said)
    else:
        messages.error(request, _("The text from the library is not there any more. Nothing was changed."))
    return redirect(text_url(saved, record.slot, language))


def taken(request: Request, mailing: Mailing, change: insertions.Change) -> str:
    """What is told when the new passage stands in the text, "" when the article has none."""
    if change.passage is None:
        return ""
    now, language = timezone.now(), change.language
    old = insertions.text_of(mailing, change.key, language)
    text = excerpts.exchanged(old, change.insertion.html, change.passage.html)
    if not mailing.versions.exists():  # a copy: what it says today is in no history yet
        history.note(mailing, by=request.user, now=now)
    composing.save(
        mailing=mailing, version=mailing.version, changes={"values": {change.key: text}},
        by=request.user, now=now, language=language, apart=True,
    )  # fmt: skip
    insertions.record(
        mailing=mailing, slot=change.key, language=language, passage=change.passage, by=request.user, now=now
    )
    return _("The new text is in. What you had is among the earlier versions.")


def kept(request: Request, mailing: Mailing, change: insertions.Change) -> str:
    insertions.decline(change)
    return _("Your text stays as it is.")
