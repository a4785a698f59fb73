"""An invitation is one sheet of paper: a second page with nothing but the small print helps nobody."""

from __future__ import annotations

import io

import pypdfium2
import pytest

from templates_lib import brands, build, library, pdf_worker, pictures, samples
from templates_lib.render.html import print_html
from tests.factories import make_topic, make_unit

pytestmark = [pytest.mark.django_db, pytest.mark.once]

TWO = {"annual-meeting", "course"}  # more than a page has room for


@pytest.mark.parametrize("slug", library.SHIPPED)
def test_a_shipped_template_with_its_sample_text_is_one_page(slug):
    unit = make_unit("Förbundet Norrsken", kind="union")
    samples.brand(unit)
    template = library.make(slug, make_topic())
    values = samples.values(template.slots("sv"), template.defaults("sv"), "sv")
    document = build.document(
        template, values, language="sv", brand=brands.brand_for(unit), sender=samples.sender("sv"), subject="Kallelse",
        preheader="",
    )  # fmt: skip
    pdf = pdf_worker.make_pdf(print_html(document), pictures.contents(document.pictures))
    assert len(pypdfium2.PdfDocument(io.BytesIO(pdf))) == (2 if slug in TWO else 1)
