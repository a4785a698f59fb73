"""Files of a mailing's other outputs, drawn when somebody asks: posters and the picture for social media.

After the confirmation they come from the frozen pages (`Rendition.prints`), so they say what was sent.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.core.cache import caches
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from mailings.models import Rendition
from templates_lib import outputs, pdf_worker, pictures

KEPT_SECONDS = 900  # what was drawn is not drawn again at once
SIDE = 1080  # pixels of the picture for social media


@dataclass(frozen=True, slots=True)
class Paper:
    """A file people take away: `source` names its page in `outputs.prints`, `word` ends its file name."""

    source: str
    kind: str  # a key of pdf_worker's kinds
    ending: str
    label: Any
    word: Any

    @property
    def content_type(self) -> str:
        return "image/png" if self.ending == "png" else "application/pdf"


PAPERS = {
    "poster-a4": Paper("poster_a4", "poster", "pdf", _("Poster A4"), pgettext_lazy("message", "poster A4")),
    "poster-a3": Paper("poster_a3", "poster", "pdf", _("Poster A3"), pgettext_lazy("message", "poster A3")),
    "image": Paper("square", "square", "png", _("Picture for social media"), pgettext_lazy("message", "picture")),
}


MARK = (  # a ribbon that is seen on every colour, and a word that cannot be cut off
    (
        "before",
        "bottom: 0; z-index: 9; width: 100%; padding: 1.2mm 0; text-align: center; background: #ffd84d; color: #000000;"
        " font-size: 6.5mm; line-height: 1; font-weight: bold;",
    ),
    (
        "after",
        "top: 38%; z-index: 9; width: 100%; text-align: center; color: #808080; opacity: 0.45;"
        " font-size: 38mm; font-weight: bold; transform: rotate(-24deg);",
    ),
)


def pdf(page: str, *, kind: str) -> bytes:
    """The PDF of a page, remembered for a while by the hash of its source. Raises `PdfFailed`."""
    key = f"print:{kind}:{hashlib.sha256(page.encode()).hexdigest()}"
    made: bytes | None = caches["memory"].get(key)
    if made is None:
        shown = pictures.contents(outputs.pictures_of({kind: page}))
        made = pdf_worker.make_pdf(page, shown, kind=kind)
        caches["memory"].set(key, made, KEPT_SECONDS)
    return made


def image(page: str, *, kind: str, width: int) -> bytes:
    """The first sheet of a page as a PNG in all its colours, remembered like `pdf`. Raises `PdfFailed`."""
    key = f"print:{kind}:{width}:{hashlib.sha256(page.encode()).hexdigest()}"
    made: bytes | None = caches["memory"].get(key)
    if made is None:
        made = pdf_worker.page_images(pdf(page, kind=kind), width=width, full=True)[0]
        caches["memory"].set(key, made, KEPT_SECONDS)
    return made


def content(paper: Paper, page: str) -> bytes:
    """What is in the file. Raises `PdfFailed`."""
    return image(page, kind=paper.kind, width=SIDE) if paper.ending == "png" else pdf(page, kind=paper.kind)


def proof(page: str, *, language: str) -> str:
    """The page with “draft” across it, so that nobody puts up what is not confirmed."""
    with translation.override(language):
        word = pgettext("message", "Draft")
    letters = "".join(f"\\{ord(char):x} " for char in word)  # CSS escapes: nothing in a word can end the string
    mark = "".join(
        f'body::{where} {{ content: "{letters}"; position: fixed; left: 0; {style} }}' for where, style in MARK
    )
    return page.replace("</style>", mark + "</style>", 1)


def file_name(pdf_name: str, paper: Paper, *, language: str, draft: bool = False) -> str:
    """A file name people recognise: "Årsmöte 2027 – affisch A4.pdf"."""
    with translation.override(language):
        words = [str(paper.word), *([pgettext("message", "Draft").lower()] if draft else [])]
    return f"{pdf_name.removesuffix('.pdf')} – {', '.join(words)}.{paper.ending}"


def offered(rendition: Rendition) -> list[tuple[str, Any]]:
    """(name, label) of the files there are; what was confirmed before they existed has none."""
    return [(name, paper.label) for name, paper in PAPERS.items() if paper.source in rendition.prints]
