"""Every shipped template, drawn once for all the judges: a few in the everyday set, all of them with `--all`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from templates_lib import gate_samples, gate_words, inspection, library, pdf_worker, pictures, proofs, samples
from templates_lib.inspection import CODES, Case
from templates_lib.models import InvitationTemplate, Picture
from templates_lib.render import merge
from templates_lib.render.document import Brand
from templates_lib.render.gate.reading import body_text, by_pdfium, source_text
from templates_lib.render.html import print_html
from templates_lib.render.mjml import mail_html
from tests.factories import make_unit
from tests.journeys.conftest import browser_type_launch_args  # noqa: F401  # Debian's Chromium

SERIF = Brand(
    name="Tjänstefolket", primary="#0b4f4a", accent="#ff8a5c", ink="#10211f", paper="#f2f7f5", typeface="Noto Serif"
)


@dataclass(frozen=True)
class Drawn:
    """One template, one language, one size of text: what a member gets, and what the gate says of it."""

    name: str
    mail: str
    print: str
    pdf: bytes
    told: tuple[str, ...]

    @property
    def source(self) -> str:
        """The words of the print face, as readers are compared with them."""
        return source_text(self.print)[0]

    @property
    def signs(self) -> list[str]:
        """What its lists are drawn with."""
        return source_text(self.print)[1]

    def body(self, pages: tuple[str, ...]) -> str:
        """A reader's pages without page numbers and list signs."""
        return body_text(pages, self.signs)

    @property
    def by_pdfium(self) -> str:
        return self.body(by_pdfium(self.pdf))


@dataclass(frozen=True)
class Shipped:
    drawn: tuple[Drawn, ...]
    pictures: dict[str, bytes]  # by the end of their address


def everyday(templates: list[InvitationTemplate], own: Brand) -> Iterator[tuple[InvitationTemplate, Case]]:
    """Each template in one language, one after the other, and worst text; every other in the second dress."""
    for n, template in enumerate(templates):
        yield template, Case(CODES[n % len(CODES)], "worst", SERIF if n % 2 else own)


def all_of_them(templates: list[InvitationTemplate], own: Brand) -> Iterator[tuple[InvitationTemplate, Case]]:
    """Each template × language × short, long, worst; worst text in the second dress too."""
    for template in templates:
        for language in CODES:
            yield from ((template, Case(language, size, own)) for size in gate_samples.SIZES)
            yield template, Case(language, "worst", SERIF)


@pytest.fixture(
    scope="module", params=[everyday, pytest.param(all_of_them, marks=pytest.mark.slow)], ids=["few", "all"]
)
def shipped(request: Any, django_db_setup: None, django_db_blocker: Any) -> Shipped:
    """Plain data; the database is as it was before."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser of another test may be open
        with transaction.atomic():
            samples.brand(make_unit("Förbundet Samklang", kind="union"))
            templates = library.install(samples.topics())
            drawn = tuple(draw(template, case) for template, case in request.param(templates, inspection.looks()[0]))
            sample, content = proofs.picture()
            stored = {row.path: bytes(row.content) for row in Picture.objects.all()}
            transaction.set_rollback(True)
    return Shipped(drawn, {**stored, f"/i/{sample.sha256}.jpg": content})


def draw(template: InvitationTemplate, case: Case) -> Drawn:
    proof = inspection.proof(template, case)
    html = print_html(proof.document)
    stored = pictures.contents({k: v for k, v in proof.document.pictures.items() if k not in proof.extra})
    return Drawn(
        name=f"{template.slug}-{case.language}-{case.size}-{case.look.typeface}".replace(" ", ""),
        mail=merge.fill(mail_html(proof.document), proof.member),
        print=html,
        pdf=pdf_worker.make_pdf(html, {**stored, **proof.extra}),
        told=tuple(told.message for told in gate_words.told(proofs.findings(proof))),
    )
