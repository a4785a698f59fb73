"""What the members will see: the mail, its plain text and the PDF, in every language that is needed."""

from __future__ import annotations

import base64
from typing import Any

from csp.decorators import csp
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin

from comms.people.models import LANGUAGES
from comms.people.scope import Scope
from mailings import composing
from mailings.models import Mailing
from mailings.views.found import Request, drafting, reading
from templates_lib import pdf_worker
from templates_lib.render import merge
from templates_lib.render.text import plain_text

FACES = ("mail", "text", "pdf")
PAGE_WIDTH = 900  # pixels of a PDF page as an image
FRAME = {
    "sandbox": ["allow-same-origin"],  # no script runs; the page around it may measure the height
    "default-src": ["'none'"],
    "img-src": ["'self'", "data:"],
    "style-src": ["'unsafe-inline'"],
    "font-src": ["'self'"],
    "frame-ancestors": ["'self'"],
}


@drafting
def preview(request: Request, scope: Scope, mailing: Mailing, face: str = "mail") -> HttpResponse:
    if face not in FACES:
        raise Http404
    language, needed = chosen_language(request, mailing)
    context = {"mailing": mailing, "face": face, "language": language, "languages": needed, "step": "preview"}
    return render(request, "mailings/preview.html", {**context, **content(mailing, face, language)})


@csp(FRAME)
@xframe_options_sameorigin
@drafting
def frame(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The mail itself, for the sandboxed frame of the preview."""
    language, _needed = chosen_language(request, mailing)
    mail = composing.mail(mailing, language=language)
    return HttpResponse(merge.fill(mail, example(mailing), context="html"))


@reading
def pdf(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The PDF of a confirmed invitation, as it was attached or would have been."""
    wanted = request.GET.get("language", mailing.language)
    rendition = mailing.renditions.filter(language=wanted).first() or mailing.renditions.first()
    if rendition is None:
        raise Http404
    response = HttpResponse(bytes(rendition.pdf), content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(True, rendition.pdf_name)
    return response


def content(mailing: Mailing, face: str, language: str) -> dict[str, Any]:
    """What one tab shows: subject and text, or the pages of the PDF as images."""
    if face == "pdf":
        return {"pages": pages(mailing, language)}
    page = composing.document(mailing, language=language)
    values = example(mailing)
    return {
        "subject": merge.fill(page.subject, values, context="text"),
        "plain": merge.fill(plain_text(page), values, context="text") if face == "text" else "",
    }


def pages(mailing: Mailing, language: str) -> list[str] | None:
    """The pages as data addresses, None when the PDF cannot be made."""
    try:
        made = composing.pdf_of(composing.document(mailing, language=language))
    except pdf_worker.PdfFailed:
        return None
    images = pdf_worker.page_images(made, width=PAGE_WIDTH)
    return ["data:image/png;base64," + base64.b64encode(image).decode() for image in images]


def chosen_language(request: Request, mailing: Mailing) -> tuple[str, list[tuple[str, Any]]]:
    """(the language to show, every language among the recipients with its name)."""
    present = {mailing.language, *composing.languages(mailing, now=timezone.now())}
    needed = [(code, name) for code, name in LANGUAGES if code in present]
    wanted = request.GET.get("language", "")
    return (wanted if wanted in dict(needed) else mailing.language), needed


def example(mailing: Mailing) -> dict[str, str]:
    """An invented member for the holes, so that no real name is on the screen."""
    return {
        "first_name": "Kim",
        "last_name": "Exempel",
        "full_name": "Kim Exempel",
        "unit": mailing.unit.name,
        "unsubscribe_url": "#",
        "web_url": "#",
    }
