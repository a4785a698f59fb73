"""The archive: every invitation of one's mandates, searched, and read as it was sent."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from comms.people.models import LANGUAGES
from comms.people.scope import Scope
from comms.people.scoped import scoped
from mailings.archive import ArchiveFilter, readable
from mailings.models import Mailing
from mailings.views.found import Request, reading, writing_mandates
from mailings.views.preview import FRAME, example
from mailings.views.prints import frozen
from templates_lib.render import merge
from templates_lib.shown import shows_a_mail

PAGE = 25


@scoped
@require_safe
def archive(request: Request, scope: Scope) -> HttpResponse:
    """Every mailing of the scope that one can open; the filters live in the address."""
    mine = set(writing_mandates(request, scope).values_list("unit", flat=True))
    rows = readable(scope, writes_for=mine).select_related("unit", "author", "template")
    form = ArchiveFilter(request.GET, rows=rows, language=request.user.language)
    page = Paginator(form.chosen(), PAGE).get_page(request.GET.get("page"))
    for mailing in page.object_list:
        mailing.template_title = mailing.template.title(request.user.language)
    context = {"page": page, "form": form, "section": "invitations", "writes_for": mine}
    return render(request, "mailings/list.html", context)


@reading
def read(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The invitation as members got it, language by language: the stored bytes, names left to an invented member."""
    rendition = None if mailing.is_draft else frozen(request, mailing)
    if rendition is None:
        return redirect("mailings:sent", mailing.public_id)
    spoken = set(mailing.renditions.values_list("language", flat=True))
    context = {
        "mailing": mailing,
        "rendition": rendition,
        "subject": merge.fill(rendition.subject, example(mailing), context="text"),
        "plain": merge.fill(rendition.text, example(mailing), context="text"),
        "spoken": [(code, name) for code, name in LANGUAGES if code in spoken],
        "template_title": mailing.template.title(request.user.language),
        "purpose": mailing.purpose_in(request.user.language),
        "section": "invitations",
    }
    return render(request, "mailings/read.html", context)


@shows_a_mail(FRAME)
@xframe_options_sameorigin
@reading
def frame(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The mail itself, for the sandboxed frame."""
    rendition = None if mailing.is_draft else frozen(request, mailing)
    if rendition is None:
        raise Http404
    return HttpResponse(merge.compiled(rendition.html).fill_bytes(example(mailing)))
