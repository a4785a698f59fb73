"""What the gate looks at: a template in every language, with short, long and worst text, in every look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from comms.people.models import LANGUAGES
from templates_lib import pdf_worker, pictures, preview
from templates_lib.render.document import RenderRefused
from templates_lib.render.gate import Finding
from templates_lib.render.html import print_html
from templates_lib.render.mjml import MAX_BYTES, mail_html

if TYPE_CHECKING:
    from templates_lib.models import InvitationTemplate


@dataclass(frozen=True, slots=True)
class Step:
    """So far: `done` of `total` drawings, and what the latest one showed."""

    done: int
    total: int
    findings: list[Finding] = field(default_factory=list)


def steps(template: InvitationTemplate) -> Iterator[Step]:
    """Draws the template every way it can be sent. Raises nothing for a bad template."""
    if not any(child.block_type == "footer" for child in template.body):
        yield Step(1, 1, [Finding("", "no_footer")])
        return
    for done, (language, _name) in enumerate(LANGUAGES, start=1):
        yield Step(done, len(LANGUAGES), list(_drawn(template, language)))


def _drawn(template: InvitationTemplate, language: str) -> Iterator[Finding]:
    try:
        document = preview.sample_document(template, language)
        weight = len(mail_html(document).encode())
        pdf_worker.make_pdf(print_html(document), pictures.contents(document.pictures))
    except (RenderRefused, TemplateError) as error:
        yield Finding("P7", "layout", detail=str(error), language=language)
    except pdf_worker.PdfFailed as error:
        yield Finding("P6", error.code, language=language)
    else:
        if weight > MAX_BYTES:
            yield Finding("P7", "heavy", detail=str(weight // 1000), language=language)
