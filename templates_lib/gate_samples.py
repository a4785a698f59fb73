"""Values the gate fills a template with: next to nothing, as much as fits, and the worst somebody may really write."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from templates_lib import samples
from templates_lib.render.document import Sender
from templates_lib.slots import is_empty

if TYPE_CHECKING:
    from templates_lib.models import InvitationTemplate
    from templates_lib.slots import Slot

SIZES = ("short", "long", "worst")
WORDS = {  # the longest in everyday union talk
    "sv": "Kollektivavtalsförhandlingarna om arbetsskadeförsäkringsärenden och föräldraledighetslagstiftningen ",
    "nb": "Arbeidsmiljølovgivningens likestillingsbestemmelser og minoritetsladningsbærerdiffusjonskoeffisienter ",
    "da": "Overenskomstforhandlingernes arbejdsskadeforsikringsselskaber og barselsorlovsudligningsordningen ",
    "en": "Counterrevolutionaries' misrepresentations and institutionalisation of interdepartmentally agreed pay ",
}
PLACE = {
    "name": "Folkets hus och Medborgarhuset i Sundbyberg, Stora kongresshallen Nordanstigssalen",
    "address": "Östra Trädgårdsmästargatan 124 B, uppgång C, plan 3, 831 92 Östersund-Torvalla",
    "url": "https://example.org/karta/folkets-hus-och-medborgarhuset-i-sundbyberg?vaning=3&sal=nordanstig",
}
NAMES = {  # gate P11: longest real names, none at all, Sámi letters, decomposed å, right-to-left
    "longest": ("Anna-Margaretha Wilhelmina Elisabeth", "Oxenstierna-Gyllenhammar af Mälarstrand und zu Hohenlohe"),
    "none": ("", ""),
    "sami": ("Ánne Čeárru", "Ŋiŋŋá Đuoršu-Ŧuohki"),
    "decomposed": (unicodedata.normalize("NFD", "Åsa"), unicodedata.normalize("NFD", "Ödegård-Sjöö")),
    "right-to-left": ("محمد", "عبد الرحمن"),
}


def values(template: InvitationTemplate, language: str, size: str) -> dict[str, Any]:
    """Slot key -> value, for one of `SIZES`. Short leaves out and empties whatever may be."""
    slots, defaults = template.slots(language), template.defaults(language)
    if size == "short":
        return {slot.key: _short(slot, language) for slot in slots}
    made = {slot.key: (_long if size == "long" else _worst)(slot, language) for slot in slots}
    kept = {"image"}  # staff's own picture, where there is one
    return {
        slot.key: defaults[slot.key]
        if slot.type in kept and not is_empty(slot, defaults.get(slot.key))
        else made[slot.key]
        for slot in slots
    }


def sender(language: str, size: str) -> Sender:
    """Who writes."""
    usual = samples.sender(language)
    if size != "worst":
        return usual
    name = " ".join(NAMES["longest"])
    role = "Förhandlingsansvarig vice ordförande och regionalt skyddsombud"
    return Sender(name, role, "Avdelning 27 Mellersta Norrlands inland och fjälltrakter", usual.email, usual.phone)


def _short(slot: Slot, language: str) -> Any:
    if slot.type == "shown":
        return "no"
    if not slot.required:
        return {} if slot.type in {"place", "person", "image", "link"} else ""
    value = samples.value(slot, language)
    if slot.type in {"short_text", "lines"}:
        return str(value)[: min(5, slot.max_length)].strip()
    return "<p>Nu</p>" if slot.type == "rich_text" else value


def _long(slot: Slot, language: str) -> Any:
    """A believable value as long as the slot allows."""
    usual = str(slot.example or samples.WORDS["line"][language])
    if slot.type == "short_text":
        return _filled(usual + " ", slot.max_length)
    if slot.type == "lines":
        return _filled(f"18.00 {usual[:60]}\n", slot.max_length)
    if slot.type == "rich_text":
        return _paragraphs(usual + " ", slot.max_length)
    return samples.value(slot, language)


def _worst(slot: Slot, language: str) -> Any:
    words = WORDS[language]
    if slot.type == "short_text":
        return _filled(words, slot.max_length)
    if slot.type == "lines":
        return _filled(f"18.30–19.45 {words[:60]}\n", slot.max_length)
    if slot.type == "rich_text":
        return _paragraphs(words, slot.max_length, greeting="<p>Hej [[full_name]]!</p>")
    if slot.type == "date_time":
        return "2027-09-30T23:55" if slot.key.endswith("until") else "2027-09-29T18:30"
    if slot.type == "choice":
        return max(slot.choices, key=len, default="")
    special = {
        "place": PLACE,
        "person": {
            "name": " ".join(NAMES["longest"]),
            "role": "Förhandlingsansvarig vice ordförande",
            "phone": "+46 (0)63 123 45 67 89",
            "email": "anna-margaretha.oxenstierna-gyllenhammar@forhandling.example.org",
        },
        "link": {"url": PLACE["url"] + "&anmalan=ja" * 8, "text": _filled(words, slot.max_length)},
    }
    return special.get(slot.type) or samples.value(slot, language)


def _filled(text: str, length: int) -> str:
    """`text` again and again, up to `length` characters, ending with a whole line or word where one fits."""
    filled = (text * (length // len(text) + 1))[:length]
    return filled if len(filled) < len(text) else filled.rpartition("\n" if "\n" in text else " ")[0] or filled


def _paragraphs(text: str, length: int, *, greeting: str = "") -> str:
    """Rich text of at most `length` characters: paragraphs, bold, a list in a list, a link with a long address."""
    room = length - len("Hej [[full_name]]!") * bool(greeting) - 8
    if room < 4 * len(text):
        return greeting * (room > 0) + f"<p>{_filled(text, max(room, 1))}</p>"
    head = (
        f"<p><strong>{text.strip()}</strong></p><ul><li>{text.strip()}<ul><li>{text[:30].strip()}</li></ul></li></ul>"
    )
    link = f'<p><a href="{PLACE["url"].replace("&", "&amp;")}">{text[:40].strip()}</a></p>'
    rest = room - 2 * len(text) - 70
    whole = "".join(f"<p>{_filled(text, 400)}</p>" for _paragraph in range(rest // 402))
    return greeting + head + link + whole
