"""Files and pictures of a page, for those who may read it."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from wagtail.images.models import Image

from cms import pictures
from cms.access import Reader
from cms.models import Attachment, Entry
from cms.sheets import WIDTHS, pictures_of
from cms.views.found import Request, reads
from templates_lib import filekinds

UNKNOWN = filekinds.Kind("", "application/octet-stream")


@reads
def file(request: Request, reader: Reader, entry: Entry, file: UUID) -> HttpResponse:
    return attached(entry, file)


@reads
def picture(request: Request, reader: Reader, entry: Entry, image: int) -> HttpResponse:
    return shown(entry, image, request.GET.get("width", ""))


def attached(entry: Entry, file: UUID) -> HttpResponse:
    """An attachment as it is published, saved and never shown in our name; only a PDF may open in the browser."""
    found = get_object_or_404(Attachment.objects.select_related("document"), page=entry.page_id, public_id=file)
    try:
        with found.document.open_file() as opened:
            content = opened.read()
        kind = filekinds.judge(content, name=found.document.filename) or UNKNOWN
    except OSError as error:  # it is in the database and not on the disk
        raise Http404 from error
    except (filekinds.Macros, filekinds.OldOffice):
        kind = UNKNOWN
    kind = filekinds.Kind("", picture_type(content)) if kind.picture else kind
    response = HttpResponse(content, content_type=kind.content_type)
    named = file_name(str(found), found.document.filename)
    response.headers["Content-Disposition"] = content_disposition_header(kind.ending != "pdf", named) or "attachment"
    if kind.ending != "pdf":  # not every browser's PDF viewer opens in a sandbox
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return discreet(response)


def shown(entry: Entry, image: int, width: str) -> HttpResponse:
    """A picture that the published text shows, in one of the widths it is drawn in."""
    if image not in pictures_of(entry.page.specific):
        raise Http404
    found = get_object_or_404(Image, pk=image)
    wanted = int(width) if width in map(str, WIDTHS) else max(WIDTHS)
    try:
        content = pictures.drawn(found, wanted)
    except OSError as error:
        raise Http404 from error
    response = HttpResponse(content, content_type=picture_type(content))
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return discreet(response)


def picture_type(content: bytes) -> str:
    """By its first bytes; we keep no other pictures."""
    return "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"


def file_name(typed: str, stored: str) -> str:
    """The name that staff gave, with the ending of the file."""
    ending = PurePath(stored).suffix
    line = " ".join(typed.split()).replace("/", "-")
    return line if line.lower().endswith(ending.lower()) else f"{line}{ending}"


def discreet(response: Any) -> Any:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
