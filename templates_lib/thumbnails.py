"""A template in small: the first page of its paper face in a brand, drawn once per look and kept for a while."""

from __future__ import annotations

import hashlib

from django.core.cache import caches

from templates_lib import pdf_worker, pictures, preview
from templates_lib.models import InvitationTemplate
from templates_lib.render.document import Brand
from templates_lib.render.html import print_html

WIDTH = 480  # pixels
KEPT_SECONDS = 30 * 24 * 3600


def key(template: InvitationTemplate, *, brand: Brand, language: str) -> str:
    """What the drawing depends on, in one short word: the published revision, the look and the language."""
    facts = f"{template.pk} {template.live_revision_id} {language} {brand!r}"
    return hashlib.sha256(facts.encode()).hexdigest()[:24]


def png(template: InvitationTemplate, *, brand: Brand, language: str) -> bytes:
    """The drawing, `WIDTH` pixels wide. Raises `PdfFailed` and `RenderRefused`."""
    cache, name = caches["drawings"], f"thumbnail:{key(template, brand=brand, language=language)}"
    drawn = cache.get(name)
    if drawn is None:
        document = preview.sample_document(template, language, brand=brand)
        pdf = pdf_worker.make_pdf(print_html(document), pictures.contents(document.pictures))
        drawn = pdf_worker.page_images(pdf, width=WIDTH)[0]
        cache.set(name, drawn, KEPT_SECONDS)
    return drawn
