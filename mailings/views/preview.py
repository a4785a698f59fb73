"""What the members will see: every output of the same fill, in every language that is needed."""

from __future__ import annotations

import base64
import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin

from comms.people.models import LANGUAGES
from comms.people.scope import Scope
from mailings import composing, discretion, links, prints
from mailings.models import Mailing
from mailings.views.found import Request, drafting, practises
from templates_lib import outputs, pdf_worker
from templates_lib.models import GateRun
from templates_lib.models.template import GateState
from templates_lib.preview import DARK
from templates_lib.render import merge
from templates_lib.render.document import Document, RenderRefused
from templates_lib.render.sms import segments
from templates_lib.render.text import plain_text
from templates_lib.shown import shows_a_mail

FACES = {  # in the order of the tabs
    "phone": gettext_lazy("Phone"),
    "desktop": gettext_lazy("Desktop"),
    "dark": gettext_lazy("Dark"),
    "images-off": gettext_lazy("Without pictures"),
    "text": gettext_lazy("Plain text"),
    "pdf": "PDF",
    "poster": gettext_lazy("Poster"),
    "square": gettext_lazy("Square picture"),
    "sms": "SMS",
}
FRAMES = {
    "phone": "mailings:frame",
    "desktop": "mailings:frame",
    "dark": "mailings:frame_dark",
    "images-off": "mailings:frame_images_off",
}
PAPERS = {"pdf": ("pdf",), "poster": ("poster-a4", "poster-a3"), "square": ("image",)}  # face -> its files
PAGE_WIDTH = 900  # pixels of a PDF page as an image
FRAME = {
    "sandbox": ["allow-same-origin"],  # no script runs; the page around it may measure the height
    "default-src": ["'none'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "frame-ancestors": ["'self'"],
}
WITHOUT_IMAGES = {**FRAME, "img-src": ["'none'"]}


@drafting
@practises
def preview(request: Request, scope: Scope, mailing: Mailing, face: str = "phone") -> HttpResponse:
    if face not in FACES:
        raise Http404
    language, needed = chosen_language(request, mailing)
    context = {"mailing": mailing, "face": face, "language": language, "languages": needed, "step": "preview"}
    tabs = {"faces": FACES.items(), "frame": FRAMES.get(face), "tested_at": tested_at(mailing)}
    return render(request, "mailings/preview.html", {**context, **tabs, **content(mailing, face, language)})


@shows_a_mail(FRAME)
@xframe_options_sameorigin
@drafting
@practises
def frame(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The mail itself, for the sandboxed frame of the preview."""
    return HttpResponse(framed(request, mailing))


@shows_a_mail(FRAME)
@xframe_options_sameorigin
@drafting
@practises
def frame_dark(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The mail as it looks where everything is dark."""
    return HttpResponse(framed(request, mailing).replace(DARK, "@media all"))


@shows_a_mail(WITHOUT_IMAGES)
@xframe_options_sameorigin
@drafting
@practises
def frame_images_off(request: Request, scope: Scope, mailing: Mailing) -> HttpResponse:
    """The mail as it looks to somebody whose program shows no images: the browser may load none either."""
    return HttpResponse(framed(request, mailing))


def framed(request: Request, mailing: Mailing) -> str:
    """The mail for an invented member, or in its place that it cannot be drawn."""
    language, _needed = chosen_language(request, mailing)
    try:
        return merge.fill(composing.mail(mailing, language=language), example(mailing), context="html")
    except RenderRefused:
        return _("The mail cannot be drawn. Your text is safe. Tell the staff.")


def content(mailing: Mailing, face: str, language: str) -> dict[str, Any]:
    """What one tab shows: subject and text, the pages as images, or the text message and what it costs."""
    page, values = composing.document(mailing, language=language), example(mailing)
    if face in PAPERS:
        return {**pages(page, face), "papers": [(name, label(name)) for name in PAPERS[face]]}
    if face == "sms":
        text = outputs.prints(page)["sms"]
        return {"sms": text, "cost": segments(text)}
    outside = discretion.outside(page, mailing)
    return {
        "subject": merge.fill(outside.subject, values, context="text"),
        "preheader": merge.fill(outside.preheader, values, context="text").rstrip(discretion.BLANK),
        "plain": merge.fill(plain_text(page), values, context="text") if face == "text" else "",
    }


def label(name: str) -> Any:
    return prints.PAPERS[name].label if name in prints.PAPERS else "PDF"


def pages(page: Document, face: str) -> dict[str, Any]:
    """The pages as data addresses, or why they cannot be made."""
    try:
        if face == "pdf":
            images = pdf_worker.page_images(composing.pdf_of(page), width=PAGE_WIDTH)
        else:
            source = "poster_a4" if face == "poster" else "square"
            images = [prints.image(outputs.prints(page)[source], kind=face, width=prints.SIDE)]
    except (pdf_worker.PdfFailed, RenderRefused) as error:
        return {"pages": [], "reason": getattr(error, "reason", error)}
    return {"pages": ["data:image/png;base64," + base64.b64encode(image).decode() for image in images]}


def tested_at(mailing: Mailing) -> datetime.datetime | None:
    """When the gate last passed the design it is written on; None for one that has not been through it."""
    passed = GateRun.objects.filter(revision=mailing.revision_id, state=GateState.PASSED, finished_at__isnull=False)
    return passed.order_by("-id").values_list("finished_at", flat=True).first()


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
        "documents_url": links.own_documents_url(mailing),
    }
