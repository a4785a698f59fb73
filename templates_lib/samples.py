"""Believable sample values for previews, the sample brand, and the topics a union begins with."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from comms.people.models import Unit
from templates_lib import artwork, pictures
from templates_lib.models import Brand, InvitationTemplate, Topic
from templates_lib.render.document import Sender
from templates_lib.slots import Slot, is_empty

WORDS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "samples.toml").read_text("utf-8"))
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
    return {slot.key: _filled(slot, defaults.get(slot.key), language) for slot in slots}


def _filled(slot: Slot, default: Any, language: str) -> Any:
    if not is_empty(slot, default):
        return default
    sample = value(slot, language)
    if slot.type == "link" and default and default.get("text"):  # only the address is missing
        return {**sample, "text": default["text"]}
    return sample


def sender(language: str) -> Sender:
    return Sender(WORDS["person"][language], WORDS["role"][language], WORDS["unit"][language], EMAIL, PHONE)


def member(language: str) -> dict[str, str]:
    """Values for every hole of a preview."""
    full = f"{MEMBER['first_name']} {MEMBER['last_name']}"
    return {
        **MEMBER,
        "full_name": full,
        "unit": WORDS["unit"][language],
        "unsubscribe_url": "#",
        "web_url": "#",
        "documents_url": "#",
    }


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
    Topic.Category.STATUTORY: (
        "kallelser", "Kallelser och viktiga meddelanden", "Innkallinger og viktige meldinger",
        "Indkaldelser og vigtige meddelelser", "Summonses and important notices",
    ),
    Topic.Category.INFORMATION: (
        "moten", "Möten och medlemsinformation", "Møter og medlemsinformasjon",
        "Møder og medlemsinformation", "Meetings and member information",
    ),
    Topic.Category.OFFER: ("erbjudanden", "Erbjudanden", "Tilbud", "Tilbud", "Offers"),
}  # fmt: skip


def topics() -> dict[str, Topic]:
    """The topics a union begins with, category -> topic; those that are there already are kept."""
    return {
        str(category): Topic.objects.get_or_create(
            slug=slug, defaults={"category": category, "names": dict(zip(("sv", "nb", "da", "en"), names, strict=True))}
        )[0]
        for category, (slug, *names) in TOPICS.items()
    }
