"""Believable sample values for previews, and the first template, in four languages."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from comms.people.models import Unit
from templates_lib import artwork, pictures
from templates_lib.models import Brand, InvitationTemplate, Topic
from templates_lib.render.document import Sender
from templates_lib.slots import Slot, is_empty

Texts = dict[str, str]

PERSON = {"sv": "Ingrid Sjöberg", "nb": "Ingrid Solberg", "da": "Ingrid Sørensen", "en": "Ingrid Sjöberg"}
ROLE = {"sv": "Förtroendevald", "nb": "Tillitsvalgt", "da": "Tillidsrepræsentant", "en": "Representative"}
UNIT = {"sv": "Avdelning Älvdalen", "nb": "Avdeling Østerdalen", "da": "Afdeling Ærø", "en": "Älvdalen branch"}
MEMBER = {"first_name": "Máret Čiŋala", "last_name": "Đorđević-Åström"}
PLACE = {
    "sv": {"name": "Folkets hus, Stora salen", "address": "Storgatan 12, Östersund", "url": ""},
    "nb": {"name": "Folkets hus, Storsalen", "address": "Kirkegata 8, Hamar", "url": ""},
    "da": {"name": "Folkets Hus, Store Sal", "address": "Møllegade 4, Ærøskøbing", "url": ""},
    "en": {"name": "Folkets hus, Main hall", "address": "Storgatan 12, Östersund", "url": ""},
}
PREHEADER = {
    "sv": "Fredag 12 mars kl. 18.00. Vi bjuder på soppa.",
    "nb": "Fredag 12. mars kl. 18.00. Vi byr på suppe.",
    "da": "Fredag den 12. marts kl. 18.00. Vi byder på suppe.",
    "en": "Friday 12 March at 18:00. Soup is served.",
}
SAMPLE_LINE = {
    "sv": "Vad vi vill i vår",
    "nb": "Hva vi vil i vår",
    "da": "Hvad vi vil til foråret",
    "en": "What we want this spring",
}


def value(slot: Slot, language: str) -> Any:
    """A believable value for one slot."""
    line = slot.example or SAMPLE_LINE[language]
    return {
        "short_text": line[: slot.max_length],
        "rich_text": f"<p>{line}</p>",
        "date_time": "2027-03-12T18:00",
        "place": PLACE[language],
        "person": {
            "name": PERSON[language],
            "role": ROLE[language],
            "phone": "+46 70 123 45 67",
            "email": "ingrid@example.org",
        },
        "image": {"sha256": "", "alt": ""},
        "link": {"url": "https://example.org/svar", "text": line[: slot.max_length]},
        "choice": next(iter(slot.choices), ""),
    }[slot.type]


def values(slots: Sequence[Slot], defaults: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Staff's own defaults where there are any, believable values elsewhere."""
    return {
        slot.key: value(slot, language) if is_empty(slot, defaults.get(slot.key)) else defaults[slot.key]
        for slot in slots
    }


def sender(language: str) -> Sender:
    return Sender(PERSON[language], ROLE[language], UNIT[language], "ingrid.sjoberg@example.org", "+46 70 123 45 67")


def member(language: str) -> dict[str, str]:
    """Values for every hole of a preview."""
    full = f"{MEMBER['first_name']} {MEMBER['last_name']}"
    return {**MEMBER, "full_name": full, "unit": UNIT[language], "unsubscribe_url": "#", "web_url": "#"}


def subject(template: InvitationTemplate, language: str) -> str:
    return template.subject.get(language) or template.name


def preheader(language: str) -> str:
    return PREHEADER[language]


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


def member_meeting(topic: Topic) -> InvitationTemplate:
    """The first template, saved and published."""
    template = InvitationTemplate.objects.create(
        name="Kallelse till medlemsmöte",
        description="När avdelningen eller klubben bjuder in till medlemsmöte.",
        topic=topic,
        subject={
            "sv": "Kallelse till medlemsmöte",
            "nb": "Innkalling til medlemsmøte",
            "da": "Indkaldelse til medlemsmøde",
            "en": "Notice of member meeting",
        },
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
    blocks = [
        ("header", {}),
        (
            "heading",
            {
                "kind": _choice(KINDS, LABELS["kind"]),
                "text": _text(HEADING, LABELS["heading"], required=True, max_length=80),
            },
        ),
        ("rich_text", {"text": _text(INTRO, LABELS["intro"], max_length=1200)}),
        ("facts", _facts()),
        ("image", {"picture": {**_field(), "picture": hero.pk, "alt": HERO_ALT}}),
        ("rich_text", {"text": _text(AGENDA, LABELS["agenda"], max_length=3000)}),
        ("button", {"link": {**_field(LABELS["button"], slot=True, max_length=40), "url": "", "text": BUTTON}}),
        ("contact", {"person": _field(LABELS["contact"], slot=True)}),
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

    return {
        "when": at(LABELS["when"], required=True),
        "until": at(LABELS["until"]),
        "where": {
            **_field(LABELS["where"], slot=True, required=True, help=LABELS["where_help"]),
            "name": "",
            "address": "",
            "url": "",
        },
        "how": _choice(WAYS, LABELS["how"]),
        "answer_by": at(LABELS["answer_by"]),
    }


NAMESPACE = uuid.UUID("6f1d7c52-0b8e-4a52-9f0c-2f6f3b1b7a10")
KINDS: list[Texts] = [
    {"sv": "Kallelse", "nb": "Innkalling", "da": "Indkaldelse", "en": "Notice"},
    {"sv": "Inbjudan", "nb": "Invitasjon", "da": "Invitation", "en": "Invitation"},
    {"sv": "Påminnelse", "nb": "Påminnelse", "da": "Påmindelse", "en": "Reminder"},
]
WAYS: list[Texts] = [
    {"sv": "På plats", "nb": "Fysisk oppmøte", "da": "Fysisk fremmøde", "en": "In person"},
    {
        "sv": "På plats eller digitalt",
        "nb": "Fysisk eller digitalt",
        "da": "Fysisk eller digitalt",
        "en": "In person or online",
    },
    {"sv": "Digitalt", "nb": "Digitalt", "da": "Digitalt", "en": "Online"},
]
HEADING: Texts = {
    "sv": "Välkommen till medlemsmöte",
    "nb": "Velkommen til medlemsmøte",
    "da": "Velkommen til medlemsmøde",
    "en": "Welcome to the member meeting",
}
INTRO: Texts = {
    "sv": "<p>Hej [[förnamn]]!</p><p>Nu är det dags för vårens medlemsmöte. Vi går igenom läget på våra arbetsplatser och "
    "bestämmer tillsammans vad vi ska driva i lönerörelsen. Din röst behövs.</p>",
    "nb": "<p>Hei [[fornavn]]!</p><p>Nå er det tid for vårens medlemsmøte. Vi går gjennom situasjonen på arbeidsplassene våre og "
    "bestemmer sammen hva vi skal kjempe for i lønnsoppgjøret. Vi trenger din stemme.</p>",
    "da": "<p>Hej [[fornavn]]!</p><p>Nu er det tid til forårets medlemsmøde. Vi gennemgår situationen på vores arbejdspladser og "
    "beslutter sammen, hvad vi vil kæmpe for ved overenskomsten. Vi har brug for din stemme.</p>",
    "en": "<p>Hello [[first_name]]!</p><p>It is time for the spring member meeting. We look at how things stand at our workplaces and "
    "decide together what to push for in the pay round. Your voice is needed.</p>",
}
AGENDA: Texts = {
    "sv": "<p><b>På dagordningen</b></p><ul><li>Läget på arbetsplatserna</li><li>Våra krav inför lönerörelsen</li>"
    "<li>Val av skyddsombud</li><li>Övriga frågor</li></ul><p>Vi bjuder på soppa och smörgås. Säg till om du är allergisk mot något.</p>",
    "nb": "<p><b>På dagsorden</b></p><ul><li>Situasjonen på arbeidsplassene</li><li>Våre krav i lønnsoppgjøret</li>"
    "<li>Valg av verneombud</li><li>Eventuelt</li></ul><p>Vi byr på suppe og brødmat. Si fra hvis du er allergisk mot noe.</p>",
    "da": "<p><b>På dagsordenen</b></p><ul><li>Situationen på arbejdspladserne</li><li>Vores krav til overenskomsten</li>"
    "<li>Valg af arbejdsmiljørepræsentant</li><li>Eventuelt</li></ul><p>Vi byder på suppe og brød. Sig til, hvis du er allergisk over for noget.</p>",
    "en": "<p><b>On the agenda</b></p><ul><li>How things stand at our workplaces</li><li>Our demands for the pay round</li>"
    "<li>Election of a safety representative</li><li>Any other business</li></ul><p>We serve soup and sandwiches. Tell us if you are allergic to something.</p>",
}
HERO_ALT: Texts = {
    "sv": "Fjällryggar i kvällssol",
    "nb": "Fjellrygger i kveldssol",
    "da": "Bjergkamme i aftensol",
    "en": "Mountain ridges in the evening sun",
}
BUTTON: Texts = {"sv": "Anmäl dig", "nb": "Meld deg på", "da": "Tilmeld dig", "en": "Sign up"}
LABELS: dict[str, Texts] = {
    "kind": {"sv": "Vad är det?", "nb": "Hva er det?", "da": "Hvad er det?", "en": "What is it?"},
    "heading": {"sv": "Rubrik", "nb": "Overskrift", "da": "Overskrift", "en": "Heading"},
    "intro": {"sv": "Inledning", "nb": "Innledning", "da": "Indledning", "en": "Introduction"},
    "agenda": {
        "sv": "Dagordning och praktiskt",
        "nb": "Dagsorden og praktisk",
        "da": "Dagsorden og praktisk",
        "en": "Agenda and practical matters",
    },
    "when": {
        "sv": "När börjar mötet?",
        "nb": "Når begynner møtet?",
        "da": "Hvornår begynder mødet?",
        "en": "When does it begin?",
    },
    "until": {
        "sv": "När slutar det?",
        "nb": "Når slutter det?",
        "da": "Hvornår slutter det?",
        "en": "When does it end?",
    },
    "where": {"sv": "Var?", "nb": "Hvor?", "da": "Hvor?", "en": "Where?"},
    "where_help": {
        "sv": "Skriv lokalens namn och gatuadress, så får medlemmarna en länk till kartan.",
        "nb": "Skriv navnet på lokalet og gateadressen, så får medlemmene en lenke til kartet.",
        "da": "Skriv lokalets navn og adressen, så får medlemmerne et link til kortet.",
        "en": "Write the name of the room and the street address, and members get a link to the map.",
    },
    "how": {
        "sv": "Hur kan man delta?",
        "nb": "Hvordan kan man delta?",
        "da": "Hvordan kan man deltage?",
        "en": "How can one take part?",
    },
    "answer_by": {"sv": "Svara senast", "nb": "Svar senest", "da": "Svar senest", "en": "Answer no later than"},
    "button": {
        "sv": "Knapp för anmälan",
        "nb": "Knapp for påmelding",
        "da": "Knap til tilmelding",
        "en": "Sign-up button",
    },
    "contact": {"sv": "Kontakt", "nb": "Kontakt", "da": "Kontakt", "en": "Contact"},
}
