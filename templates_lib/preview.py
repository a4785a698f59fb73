"""One face of a template, filled with samples, for staff's eyes; an error is told in place, never a broken page."""

from __future__ import annotations

import logging

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from jinja2 import TemplateError

from templates_lib import brands, build, pdf_worker, samples
from templates_lib import preview_faces as faces
from templates_lib.languages import borrowed
from templates_lib.models import Brand, InvitationTemplate, Topic
from templates_lib.render.document import Document, RenderRefused

log = logging.getLogger(__name__)
DARK = faces.DARK
PAGE_URL = "/m/exempel/"  # where the sample's web copy would be


def sample_document(
    template: InvitationTemplate, language: str, *, brand: build.Brand | None = None, page_url: str = ""
) -> Document:
    """The template as it would arrive, with believable values; in the union's brand unless told otherwise."""
    return build.of_blocks(
        template.body,
        samples.values(template.slots(language), template.defaults(language), language),
        language=language,
        brand=brand or union_brand(),
        sender=samples.sender(language),
        topic=template.topic if template.topic_id else Topic(category=Topic.Category.INFORMATION),
        subject=samples.subject(template, language),
        preheader=samples.preheader(language),
        page_url=page_url,
    )


def union_brand() -> build.Brand:
    """The brand at the top of the tree, in which staff see their templates."""
    row = Brand.objects.select_related("logo").defer("logo__content").order_by("unit__path").first()
    return brands.merged([row] if row else [])


def brand_of(pk: str) -> build.Brand:
    """How a unit with a brand of its own looks; the union's brand when there is none."""
    row = Brand.objects.select_related("unit").filter(pk=pk).first() if pk.isdigit() else None
    return brands.brand_for(row.unit) if row else union_brand()


def face(template: InvitationTemplate, mode: str) -> SafeString:
    """The page of a preview mode ("face", "face:language", "face:language:brand id")."""
    name, language, brand = (*mode.split(":"), "", "")[:3]
    language = language or settings.LANGUAGE_CODE
    return drawn(template, name, language=language, brand=None if not brand else brand_of(brand))


def drawn(template: InvitationTemplate, name: str, *, language: str, brand: build.Brand | None = None) -> SafeString:
    """A face, with a line above it where a text is shown in another language; or why it cannot be drawn."""
    try:
        page_url = settings.BASE_URL + PAGE_URL
        document = sample_document(template, language, brand=brand, page_url=page_url)
        page = faces.page(document, name)
    except (RenderRefused, TemplateError) as error:
        return _told(_("This cannot be drawn yet."), error)
    except pdf_worker.PdfFailed as error:
        return _told(_("The PDF cannot be made yet."), error.reason)
    except Exception:  # a half-written template in any state: the page says so, the log says what
        log.exception("preview of template %s", template.pk)
        return _told(_("This cannot be drawn yet."), _("Something in the last block you changed is not complete."))
    return faces.with_notes(page, borrowed(template, language))


def brand_face(row: Brand, mode: str) -> SafeString:
    """A unit's brand as it is being edited, worn by the first published template."""
    template = InvitationTemplate.objects.filter(live=True, retired_at=None).select_related("topic").first()
    if template is None:
        return _told(_("There is nothing to show yet."), _("Publish a template: it is shown here in this brand."))
    try:
        worn = brands.merged(brands.with_those_above(row))
    except RenderRefused as error:
        return _told(_("This cannot be drawn yet."), error)
    return drawn(template, mode, language=settings.LANGUAGE_CODE, brand=worn)


def _told(what: str, why: object) -> SafeString:
    return faces.framed(format_html('<div class="why"><p><b>{}</b></p><p>{}</p></div>', what, why))
