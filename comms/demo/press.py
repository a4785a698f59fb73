"""What the demo union sends: topics, its brand, the published templates, and drafts somebody has begun."""

from __future__ import annotations

from comms.people.models import Unit
from templates_lib.models import Brand, Topic

TOPICS = {  # category -> slug, then names in sv, nb, da, en
    Topic.Category.STATUTORY: ("kallelser", "Kallelser", "Innkallinger", "Indkaldelser", "Summonses"),
    Topic.Category.INFORMATION: ("moten", "Möten", "Møter", "Møder", "Meetings"),
    Topic.Category.OFFER: ("erbjudanden", "Erbjudanden", "Tilbud", "Tilbud", "Offers"),
}


def topics() -> dict[str, Topic]:
    """Category -> topic."""
    return {
        str(category): Topic.objects.get_or_create(
            slug=slug, defaults={"category": category, "names": dict(zip(("sv", "nb", "da", "en"), names, strict=True))}
        )[0]
        for category, (slug, *names) in TOPICS.items()
    }


def brand(root: Unit) -> Brand:
    return Brand.objects.create(
        unit=root,
        name=root.name,
        footer=f"{root.name}, Norrskensgatan 4, 972 31 Luleå",
        website="https://norrsken.example.org",
    )
