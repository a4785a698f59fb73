"""Believable sample values for previews, and the first template, in four languages."""

from __future__ import annotations

import json
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from comms.people.models import Unit
from templates_lib import artwork, pictures
from templates_lib.models import Brand, InvitationTemplate, Topic
from templates_lib.render.document import Sender
from templates_lib.slots import Slot, is_empty

Texts = dict[str, str]

WORDS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "samples.toml").read_text("utf-8"))
NAMESPACE = uuid.UUID("6f1d7c52-0b8e-4a52-9f0c-2f6f3b1b7a10")
MEMBER = {"first_name": "Máret Čiŋala", "last_name": "Đorđević-Åström"}
MOMENTS = {"when": "2027-03-12T18:00", "until": "2027-03-12T20:30", "answer_by": "2027-03-05T17:00"}
EMAIL, PHONE = "ingrid.sjoberg@example.org", "+46 70 123 45 67"


def value(slot: Slot, language: str) -> Any:
    """A believable value for one slot."""
    line = slot.example or WORDS["line"][language]
    return {
        "short_text": line[: slot.max_length],
        "rich_text": f"<p>{line}</p>",
        "date_time": MOMENTS.get(slot.key.split(".")[-1], MOMENTS["when"]),
        "place": WORDS["place"][language],
        "person": {
            "name": WORDS["person"][language],
            "role": WORDS["role"][language],
            "phone": PHONE,
            "email": EMAIL,
        },
        "image": {"sha256": "", "alt": ""},
        "link": {"url": "https://example.org/svar", "text": line[: slot.max_length]},
        "choice": next(iter(slot.choices), ""),
        "lines": line,
        "shown": "yes",
    }[slot.type]


def values(slots: Sequence[Slot], defaults: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Staff's own defaults where there are any, believable values elsewhere."""
    return {
        slot.key: value(slot, language) if is_empty(slot, defaults.get(slot.key)) else defaults[slot.key]
        for slot in slots
    }


def sender(language: str) -> Sender:
    return Sender(WORDS["person"][language], WORDS["role"][language], WORDS["unit"][language], EMAIL, PHONE)


def member(language: str) -> dict[str, str]:
    """Values for every hole of a preview."""
    full = f"{MEMBER['first_name']} {MEMBER['last_name']}"
    return {**MEMBER, "full_name": full, "unit": WORDS["unit"][language], "unsubscribe_url": "#", "web_url": "#"}


def subject(template: InvitationTemplate, language: str) -> str:
    return template.subject.get(language) or template.name


def preheader(language: str) -> str:
    return WORDS["preheader"][language]


def brand(unit: Unit, *, name: str = "") -> Brand:
    """The sample union's brand, saved: aubergine, amber and paper, with our own mark."""
    row, _made = Brand.objects.update_or_create(
        unit=unit,
        defaults={
            "name": name or unit.name,
            "logo": pictures.store(artwork.mark()),
            "primary": "#6b1f3a",
            "on_primary": "#ffffff",
            "accent": "#f0b541",
            "ink": "#221a1c",
            "paper": "#f6f1ea",
            "footer": "Box 1234, 111 22 Stockholm\ndataskydd@forbundet.example.org",
            "website": "https://forbundet.example.org",
        },
    )
    return row


TOPICS = {  # category -> slug, then names in sv, nb, da, en
    Topic.Category.STATUTORY: ("kallelser", "Kallelser", "Innkallinger", "Indkaldelser", "Summonses"),
    Topic.Category.INFORMATION: ("moten", "Möten", "Møter", "Møder", "Meetings"),
    Topic.Category.OFFER: ("erbjudanden", "Erbjudanden", "Tilbud", "Tilbud", "Offers"),
}


def topics() -> dict[str, Topic]:
    """The topics a union begins with, category -> topic; those that are there already are kept."""
    return {
        str(category): Topic.objects.get_or_create(
            slug=slug, defaults={"category": category, "names": dict(zip(("sv", "nb", "da", "en"), names, strict=True))}
        )[0]
        for category, (slug, *names) in TOPICS.items()
    }


def member_meeting(topic: Topic) -> InvitationTemplate:
    """The first template, saved and published."""
    template = InvitationTemplate.objects.create(
        name="Kallelse till medlemsmöte",
        descriptions={"sv": "När avdelningen eller klubben bjuder in till medlemsmöte."},
        topic=topic,
        subject=WORDS["subject"],
        body=medlemsmote_template(topic),
        live=False,
    )
    template.save_revision().publish()
    template.refresh_from_db()
    return template


def medlemsmote_template(topic: Topic) -> str:
    """The body of “Kallelse till medlemsmöte” as StreamField JSON; block ids are the same every time.

    Stores the hero picture.
    """
    hero = pictures.store(artwork.hero())
    asks = WORDS["label"]
    blocks = [
        ("header", {}),
        (
            "heading",
            {
                "kind": _choice(WORDS["kinds"], asks["kind"]),
                "text": _text(WORDS["heading"], asks["heading"], required=True, max_length=80),
            },
        ),
        ("rich_text", {"text": _text(WORDS["intro"], asks["intro"], max_length=1200)}),
        ("facts", _facts()),
        ("image", {"picture": {**_field(), "picture": hero.pk, "alt": WORDS["hero_alt"]}}),
        ("rich_text", {"text": _text(WORDS["agenda"], asks["agenda"], max_length=3000)}),
        ("button", {"link": {**_field(asks["button"], slot=True, max_length=40), "url": "", "text": WORDS["button"]}}),
        ("contact", {"person": _field(asks["contact"], slot=True)}),
        ("footer", {"note": {**_field(), "text": {}}}),
    ]
    return json.dumps([
        {"type": kind, "id": str(uuid.uuid5(NAMESPACE, f"{n} {kind}")), "value": content}
        for n, (kind, content) in enumerate(blocks)
    ])  # fmt: skip


def _field(
    label: Texts | None = None,
    *,
    slot: bool = False,
    required: bool = False,
    max_length: int | None = None,
    help: Texts | None = None,
    example: Texts | None = None,
) -> dict[str, Any]:
    return {
        "slot": slot,
        "required": required,
        "max_length": max_length,
        "label": label or {},
        "help": help or {},
        "example": example or {},
    }


def _text(text: Texts, label: Texts, *, required: bool = False, max_length: int) -> dict[str, Any]:
    return {**_field(label, slot=True, required=required, max_length=max_length), "text": text}


def _choice(choices: list[Texts], label: Texts) -> dict[str, Any]:
    items = [{"type": "item", "id": str(uuid.uuid5(NAMESPACE, text["en"])), "value": text} for text in choices]
    return {**_field(label, slot=True), "choices": items}


def _facts() -> dict[str, Any]:
    def at(label: Texts, *, required: bool = False) -> dict[str, Any]:
        return {**_field(label, slot=True, required=required), "at": None}

    asks = WORDS["label"]
    return {
        "when": at(asks["when"], required=True),
        "until": at(asks["until"]),
        "where": {
            **_field(asks["where"], slot=True, required=True, help=asks["where_help"]),
            "name": "",
            "address": "",
            "url": "",
        },
        "how": _choice(WORDS["ways"], asks["how"]),
        "answer_by": at(asks["answer_by"]),
    }
