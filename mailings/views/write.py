"""The text step: every slot of the template, saved while one types, in the sender's language and in others."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from comms.people.models import LANGUAGES
from comms.people.scope import Scope
from mailings import composing, coverage, history, insertions, updates
from mailings.forms import TextForm, field_id, picture_addresses
from mailings.models import Mailing
from mailings.tongues import Tongue, tongues
from mailings.translating import TranslationForm
from mailings.views.found import Request, changing, drafting, practises

NEXT = {"next": "mailings:preview", "stay": "mailings:text"}


@drafting
@practises
def text(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """`?language=` asks for the translation into another language than the sender's."""
    form = form_of(mailing, language_of(request.GET, mailing))
    return render(request, "mailings/text.html", page_of(mailing, form))


@changing
@practises
def save(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """Stores what was sent: as JSON for the autosave (`Accept: application/json`), else leads on to the next step."""
    language = language_of(request.POST, mailing)
    form = form_of(mailing, language, request)
    if not form.is_valid():
        return refused(request, mailing, form)
    try:
        saved = stored(request, mailing, form)
    except composing.Conflict as conflict:
        return collided(request, conflict, language)
    except composing.NotADraft:
        return locked(request, mailing)
    if quiet(request):
        return JsonResponse(receipt(saved))
    verb, _colon, key = request.POST.get("go", "").partition(":")
    return reset(request, saved, key) if verb == "reset" else redirect(onward(request, saved, language))


def reset(request: Request, mailing: Mailing, key: str) -> HttpResponse:
    """One slot says again what staff wrote; what the sender had stays among the earlier versions."""
    suggested = composing.suggestions(mailing)
    if key not in suggested:
        raise Http404
    try:
        composing.save(
            mailing=mailing, version=mailing.version, changes={"values": {key: suggested[key]}},
            by=request.user, now=timezone.now(), apart=True,
        )  # fmt: skip
    except composing.Conflict as conflict:
        return collided(request, conflict, mailing.language)
    except composing.NotADraft:
        return locked(request, mailing)
    messages.success(request, _("The template’s text is back. What you had is among the earlier versions."))
    return redirect(f"{reverse('mailings:text', args=[mailing.public_id])}#{field_id(key)}")


@changing
@practises
def adopt(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The draft goes on with the template as it is now; what stood on the page is saved first."""
    form = form_of(mailing, mailing.language, request)
    if not form.is_valid():
        return refused(request, mailing, form)
    try:
        with transaction.atomic():
            saved = stored(request, mailing, form)
            updates.adopt(mailing=saved, version=saved.version, by=request.user, now=timezone.now())
    except composing.Conflict as conflict:
        return collided(request, conflict, mailing.language)
    except composing.NotADraft:
        return locked(request, mailing)
    messages.success(request, _("The invitation now follows the template as it is today. Look through your text."))
    return redirect("mailings:text", mailing.public_id)


def quiet(request: Request) -> bool:
    """Whether the page's own script asks, which wants facts and no page."""
    return "application/json" in request.headers.get("Accept", "")


def language_of(data: QueryDict, mailing: Mailing) -> str:
    """The language that is being written, the sender's own unless another is named. Raises `Http404`."""
    language = data.get("language") or mailing.language
    if language not in dict(LANGUAGES):
        raise Http404
    return language


def stored(request: Request, mailing: Mailing, form: TextForm | TranslationForm) -> Mailing:
    """The draft with what a valid form holds. Raises `Conflict` and `NotADraft`."""
    return composing.save(
        mailing=mailing,
        version=form.cleaned_data["version"],
        changes=form.changes(),
        by=request.user,
        now=timezone.now(),
        language=form.language,
    )


def onward(request: Request, saved: Mailing, language: str) -> str:
    """Where a button leads: to another language, back to this one, to the library, or to the next step."""
    go = request.POST.get("go", "")
    verb, _colon, key = go.partition(":")
    if verb == "library":
        return library_url(saved, key, language)
    if go in dict(LANGUAGES):
        go, language = "stay", go
    address = reverse(NEXT.get(go, "mailings:preview"), args=[saved.public_id])
    return address if language == saved.language else f"{address}?language={language}"


def library_url(mailing: Mailing, key: str, language: str) -> str:
    """Where a passage is chosen for one text in one language."""
    asked = urlencode({"slot": key, "language": language})
    return f"{reverse('mailings:library', args=[mailing.public_id])}?{asked}"


def form_of(mailing: Mailing, language: str, request: Request | None = None, **data: Any) -> TextForm | TranslationForm:
    """The form over the draft in one language, filled from a request or from what is stored."""
    sent = ({**request.POST.dict(), **data}, request.FILES) if request else ()
    if language != mailing.language:
        said = coverage.version(mailing, composing.design_of(mailing), language)
        return TranslationForm(*sent, said=said, initial={"version": mailing.version})
    initial = {"subject": mailing.subject, "preheader": mailing.preheader, "version": mailing.version}
    design = composing.design_of(mailing)
    slots, suggested = design.slots(language), design.defaults(language)
    return TextForm(
        *sent, slots=slots, values=mailing.values, language=language, initial=initial, suggested=suggested
    )  # fmt: skip


def page_of(mailing: Mailing, form: TextForm | TranslationForm, **more: Any) -> dict[str, Any]:
    own = form.language == mailing.language
    shown = tongues_on(mailing, form.language)
    here = next(one for one in shown if one.language == form.language)
    update = updates.update_for(mailing) if own else None
    successor = updates.replacement(mailing) if own else None
    changed = insertions.changes(mailing, composing.mandate_scope(mailing, now=timezone.now()))
    context = {
        "changed": [one for one in changed if one.language == form.language],
        "tongues": shown if len(shown) > 1 else [],
        "here": here,
        "update": update,
        "replaced": successor.title(mailing.language) if successor else "",
    }
    return {"mailing": mailing, "form": form, "step": "text", **context, **more}


def tongues_on(mailing: Mailing, language: str) -> list[Tongue]:
    """The languages worth showing: the sender's, this one, those begun, and those somebody would read it in."""
    every = composing.tongues_of(mailing, composing.reach(mailing, now=timezone.now()))
    begun = {language, *mailing.translations}
    return [one for one in every if one.is_own or one.readers or one.language in begun]


def receipt(saved: Mailing) -> dict[str, Any]:
    """What the page needs after a save: the new version, the time in words, where pictures are, what is left."""
    now = timezone.localtime()
    said = _("Saved %(time)s") % {"time": date_format(now, "H.i")}
    every = tongues(saved, composing.design_of(saved), {})
    return {
        "version": saved.version,
        "said": said,
        "pictures": picture_addresses(saved.values),
        "languages": {one.language: one.state for one in every},
        "complete": [one.language for one in every if one.is_complete],
    }


def refused(request: Request, mailing: Mailing, form: TextForm | TranslationForm) -> HttpResponse:
    """Only a picture can be refused; the words stay in the page."""
    if quiet(request):
        errors = {name: [str(error) for error in errors] for name, errors in form.errors.items()}
        return JsonResponse({"errors": errors}, status=422)
    return render(request, "mailings/text.html", page_of(mailing, form), status=422)


def collided(request: Request, conflict: composing.Conflict, language: str) -> HttpResponse:
    """Two people or two tabs: both versions are kept, and the person chooses."""
    theirs = conflict.stored
    history.set_aside(theirs, conflict.fields, by=request.user, now=timezone.now())
    if quiet(request):
        return JsonResponse({"version": theirs.version}, status=409)
    mine = form_of(theirs, language, request, version=theirs.version)
    page = page_of(theirs, mine, theirs=form_of(theirs, language))
    return render(request, "mailings/text.html", page, status=409)


def locked(request: Request, mailing: Mailing) -> HttpResponse:
    if quiet(request):
        return JsonResponse({"locked": True}, status=410)
    messages.error(request, _("This invitation has been approved, so the text is locked. Nothing was changed."))
    return redirect("mailings:sent", mailing.public_id)
