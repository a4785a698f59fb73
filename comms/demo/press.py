"""What the demo union sends: topics, its brand, the published templates, and drafts somebody has begun."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from comms.demo.places import Forest
from comms.people.models import Mandate
from mailings import composing
from mailings.models import Mailing
from templates_lib import artwork, pictures, samples
from templates_lib.models import Brand, InvitationTemplate
from templates_lib.slots import Slot


def brands(forest: Forest) -> list[Brand]:
    """The union's look; the southern region's, which is quite another; and branch A's own mark beside the union's."""
    union = samples.brand(forest.root)
    union.footer = "Norrskensgatan 4, 972 31 Luleå\ndataskydd@norrsken.example.org"
    union.website = "https://norrsken.example.org"
    union.below_may = list(Brand.PARTS)
    union.save(update_fields=["footer", "website", "below_may"])
    south = Brand.objects.create(
        unit=forest.branch_b.unit.get_parent(),
        name="Norrsken Syd",
        logo=pictures.store(artwork.river(ink="#cfe6e4", dot="#f2a48f")),
        primary="#0b5563",
        on_primary="#ffffff",
        accent="#e2543a",
        ink="#12262b",
        paper="#eef4f3",
        typeface="Noto Serif",
    )
    own = Brand.objects.create(
        unit=forest.branch_a.unit,
        name="Luleälven",
        logo=pictures.store(artwork.river()),
        sender_name=f"{forest.root.name} Luleälven",
    )
    return [union, south, own]


def filled(template: InvitationTemplate, *, language: str, now: datetime.datetime) -> dict[str, Any]:
    """Believable values for every slot: an evening in three weeks, answers a week before."""
    slots = template.slots(language)
    values = samples.values(slots, template.defaults(language), language)
    evening = timezone.localtime(now).replace(hour=18, minute=0, second=0, microsecond=0, tzinfo=None)
    evening += datetime.timedelta(days=21 + (3 - evening.weekday()) % 7)  # a Thursday
    written: dict[str, Any] = {
        "when": f"{evening:%Y-%m-%dT%H:%M}",
        "until": f"{evening + datetime.timedelta(hours=2, minutes=30):%Y-%m-%dT%H:%M}",
        "answer_by": f"{evening - datetime.timedelta(days=7):%Y-%m-%dT%H:%M}",
        "where": {"name": "Folkets hus, Älvsalen", "address": "Storgatan 18, Luleå", "url": ""},
        "link": {"url": "https://norrsken.example.org/anmalan", "text": "Anmäl dig"},
    }
    own = {slot.key: written[name] for slot in slots if (name := slot.key.rpartition(".")[2]) in written}
    return {**values, **own, **_contact(slots)}


def _contact(slots: list[Slot]) -> dict[str, Any]:
    """An empty person means the sender."""
    return {slot.key: {"name": "", "role": "", "phone": "", "email": ""} for slot in slots if slot.type == "person"}


def invitation(template: InvitationTemplate, *, mandate: Mandate, subject: str, now: datetime.datetime) -> Mailing:
    """A draft under the mandate with everything filled in."""
    by = mandate.user
    draft = composing.new_draft(template=template, mandate=mandate, by=by, now=now)
    changes = {
        "subject": subject,
        "preheader": "Soppa och smörgås från halv sex. Alla medlemmar är välkomna.",
        "values": filled(template, language=draft.language, now=now),
        "attach_pdf": True,
    }
    return composing.save(mailing=draft, version=draft.version, changes=changes, by=by, now=now)


def drafts(templates: list[InvitationTemplate], *, mandate: Mandate, now: datetime.datetime) -> list[Mailing]:
    """One draft ready to check, one only just begun."""
    meeting, annual = (
        next(one for one in templates if one.slug == slug) for slug in ("member-meeting", "annual-meeting")
    )
    ready = invitation(meeting, mandate=mandate, subject="Medlemsmöte om lönerörelsen", now=now)
    return [ready, composing.new_draft(template=annual, mandate=mandate, by=mandate.user, now=now)]
