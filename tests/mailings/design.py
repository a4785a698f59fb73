"""A published template and drafts on it, as plain functions."""

from __future__ import annotations

import datetime
import json
from typing import Any

from django.utils import timezone

from comms.people.models import Mandate
from mailings import composing, coverage, reading
from mailings.models import Mailing
from templates_lib.models import InvitationTemplate, Topic
from tests.factories import make_topic

HEADING, TEXT, FACTS, BUTTON, IMAGE = (f"00000000-0000-4000-8000-00000000000{n}" for n in range(1, 6))


def slot(label: str, *, required: bool = False, **content: Any) -> dict[str, Any]:
    """The raw value of a field that the representative fills in."""
    return {"slot": True, "required": required, "max_length": None, "label": {"sv": label}, **content}


def body() -> list[dict[str, Any]]:
    blocks = [
        ("header", "00000000-0000-4000-8000-000000000010", {}),
        ("heading", HEADING, {"text": slot("Rubrik", required=True, text={}), "kind": {"choices": [], "slot": False}}),
        ("rich_text", TEXT, {"text": slot("Text", text={"sv": "<p>Välkommen!</p>"})}),
        ("facts", FACTS, {
            "when": slot("När", required=True, at=None),
            "where": slot("Var", required=True, name="", address="", url=""),
            "answer_by": slot("Svara senast", at=None),
        }),
        ("image", IMAGE, {"picture": slot("Bild", picture=None, alt={})}),
        ("button", BUTTON, {"link": slot("Knapp", url="", text={})}),
        ("contact", "00000000-0000-4000-8000-000000000011", {}),
        ("footer", "00000000-0000-4000-8000-000000000012", {}),
    ]  # fmt: skip
    return [{"type": kind, "id": key, "value": value} for kind, key, value in blocks]


def make_template(*, topic: Topic | None = None, name: str = "Årsmöte") -> InvitationTemplate:
    template = InvitationTemplate(
        name=name,
        topic=topic or make_topic(),
        descriptions={"sv": "När medlemmarna ska kallas."},
        subject={"sv": "Kallelse"},
    )
    template.body = InvitationTemplate._meta.get_field("body").to_python(json.dumps(body()))
    template.save()
    template.save_revision().publish()
    return InvitationTemplate.objects.get(pk=template.pk)


def filled(*, days: int = 30) -> dict[str, Any]:
    """Slot values of a finished invitation, the meeting in `days` days."""
    when = timezone.localtime() + datetime.timedelta(days=days)
    return {
        f"{HEADING}.text": "Årsmöte på Folkets hus",
        f"{TEXT}.text": "<p>Hej [[first_name]]! Välkommen till årsmötet.</p>",
        f"{FACTS}.when": when.strftime("%Y-%m-%dT18:00"),
        f"{FACTS}.where": {"name": "Folkets hus", "address": "Storgatan 1, Kiruna", "url": ""},
    }


def make_draft(
    mandate: Mandate, *, template: InvitationTemplate | None = None, ready: bool = True, **changes: Any
) -> Mailing:
    """A draft under the mandate, ready to be sent unless told otherwise."""
    now = timezone.now()
    draft = composing.new_draft(template=template or make_template(), mandate=mandate, by=mandate.user, now=now)
    changes = {"subject": "Kallelse till årsmöte", "values": filled(), **changes} if ready else changes
    return (
        composing.save(mailing=draft, version=draft.version, changes=changes, by=mandate.user, now=now)
        if changes
        else draft
    )


def translate(draft: Mailing, language: str) -> Mailing:
    """The draft with every text that is left written in `language`: the sender's words with the code in front."""
    said = coverage.version(draft, composing.design_of(draft), language)
    left = {one.key: one for one in said.wordings if one.key in said.missing}
    texts = {
        key: f"<p>{language}: {reading.words(one.original)}</p>"
        if one.slot.type == "rich_text"
        else f"{language}: {one.original}"
        for key, one in left.items()
    }
    heads = {key: texts.pop(key) for key in ("subject", "preheader") if key in texts}
    return composing.save(
        mailing=draft,
        version=draft.version,
        changes={**heads, "values": texts},
        by=draft.author,
        now=timezone.now(),
        language=language,
    )
