"""One published template and its document, as a mailing would build it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comms.people.models import Unit
from templates_lib import brands, build, library, samples
from templates_lib.models import InvitationTemplate
from templates_lib.render.document import Document
from tests.factories import make_topic, make_unit

VALUES = {
    "when": "2027-03-12T18:00",
    "until": "2027-03-12T20:30",
    "where": {"name": "Folkets hus, Stora salen", "address": "Storgatan 12, Östersund", "url": ""},
    "answer_by": "2027-03-05T17:00",
    "link": {"url": "https://example.org/anmalan", "text": "Anmäl dig"},
}


@pytest.fixture
def unit(db: None) -> Unit:
    root = make_unit("Förbundet Samklang", kind="union")
    samples.brand(root)
    return make_unit("Avdelning Älvdalen", under=root)


@pytest.fixture
def template(db: None) -> InvitationTemplate:
    return library.make("member-meeting", make_topic())


@pytest.fixture
def filled(template: InvitationTemplate) -> dict[str, Any]:
    """Slot key -> value, as a representative would leave them."""
    return _filled(template, "sv")


def _filled(template: InvitationTemplate, language: str) -> dict[str, Any]:
    values = template.defaults(language)
    return {key: VALUES.get(key.split(".")[1], value) for key, value in values.items()}


@pytest.fixture
def make_document(template: InvitationTemplate, unit: Unit):
    """`make_document(heading="…")`: the document with some fields filled otherwise."""

    def make(*, language: str = "sv", subject: str = "Kallelse till medlemsmöte", **changes: Any) -> Document:
        values = _filled(template, language)
        for key in values:
            values[key] = changes.get(key.split(".")[1], values[key])
        return build.document(
            template, values, language=language, brand=brands.brand_for(unit), sender=samples.sender(language),
            subject=subject, preheader=samples.preheader(language),
        )  # fmt: skip

    return make


@pytest.fixture
def document(make_document) -> Document:
    return make_document()


@pytest.fixture(scope="session")
def naughty_strings() -> list[str]:
    """The Big List of Naughty Strings."""
    return json.loads((Path(__file__).parent.parent / "corpora" / "blns.json").read_text("utf-8"))
