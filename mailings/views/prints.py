"""Files to take away: the PDF, posters and the picture for social media; a draft's are marked as drafts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from comms.people.models import LANGUAGES
from comms.people.scope import Scope
from mailings import composing, links, prints
from mailings.models import Mailing, MailingState, Rendition
from mailings.views.found import Request, drafting, practises, reading
from templates_lib import outputs
from templates_lib.pdf_worker import PdfFailed
from templates_lib.render.document import RenderRefused
from templates_lib.render.html import print_html
from templates_lib.render.sms import segments


@reading
def pdf(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The PDF of a confirmed invitation, as it was attached or would have been."""
    rendition = frozen(request, mailing)
    if rendition is None:
        raise Http404
    return _download(bytes(rendition.pdf), rendition.pdf_name, "application/pdf")


@reading
def file(request: Request, scope: Scope, mailing: Mailing, name: str) -> HttpResponse:
    """A poster or picture of a confirmed invitation, with the text that was confirmed."""
    paper, rendition = prints.PAPERS.get(name), frozen(request, mailing)
    if paper is None or rendition is None or paper.source not in rendition.prints:
        raise Http404
    named = prints.file_name(rendition.pdf_name, paper, language=rendition.language)
    page = rendition.prints[paper.source]
    return _or_why(request, mailing, lambda: _download(prints.content(paper, page), named, paper.content_type))


@drafting
@practises
def proof(request: Request, scope: Scope, mailing: Mailing, name: str) -> HttpResponse:
    """The same of a draft, and its PDF, with “draft” across every page."""
    if name != "pdf" and name not in prints.PAPERS:
        raise Http404
    return _or_why(request, mailing, lambda: _proof(mailing, request.GET.get("language", ""), name))


def _proof(mailing: Mailing, language: str, name: str) -> HttpResponse:
    page = composing.document(mailing, language=language if language in dict(LANGUAGES) else mailing.language)
    stem = composing.pdf_name(page.subject)
    if name == "pdf":
        marked = prints.proof(print_html(page), language=page.language)
        paper = prints.Paper("", "invitation", "pdf", "PDF", "PDF")
    else:
        paper = prints.PAPERS[name]
        marked = prints.proof(outputs.prints(page)[paper.source], language=page.language)
    named = prints.file_name(stem, paper, language=page.language, draft=True)
    return _download(prints.content(paper, marked), named, paper.content_type)


def _or_why(request: Request, mailing: Mailing, make: Callable[[], HttpResponse]) -> HttpResponse:
    """The file, or in its place why it cannot be made."""
    try:
        return make()
    except (PdfFailed, RenderRefused) as error:
        context = {"mailing": mailing, "reason": getattr(error, "reason", error)}
        return render(request, "mailings/not_drawn.html", context, status=422)


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


def frozen(request: Request, mailing: Mailing) -> Rendition | None:
    """The rendition in the language asked for, else in the mailing's own."""
    found = {rendition.language: rendition for rendition in mailing.renditions.defer("html", "text")}
    wanted = (request.GET.get("language", ""), mailing.language)
    return next((found[language] for language in wanted if language in found), next(iter(found.values()), None))


def to_share(request: Request, mailing: Mailing) -> dict[str, Any]:
    """What the report offers besides figures: files, the text message and the address of the page. One query."""
    if mailing.state in (MailingState.HOLD, MailingState.SCHEDULED):
        return {}
    found = {one.language: one for one in mailing.renditions.only("mailing", "language", "prints")}
    rendition = found.get(request.GET.get("language", "")) or found.get(mailing.language)
    if rendition is None or not rendition.prints:
        return {}
    return {
        "rendition": rendition,
        "spoken": [(code, name) for code, name in LANGUAGES if code in found],
        "files": prints.offered(rendition),
        "sms": rendition.prints.get("sms", ""),
        "cost": segments(rendition.prints.get("sms", "")),
        "page_url": links.page_url(mailing),
    }
