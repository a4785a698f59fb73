"""The message as a text message: who, what, when, where and one link; and what it costs to send.

Alphabets and lengths by 3GPP TS 23.038 §6.2.1 and TS 23.040 §9.2.3.24.1.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from templates_lib.render.document import Document
from templates_lib.render.gist import cut, gist

# The GSM 7 bit default alphabet; 0x1B, the escape, is no character.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # each an escape and a character: two places
GSM, UCS2 = "GSM-7", "UCS-2"
LONE = {GSM: 160, UCS2: 70}  # places in a message of one part
PART = {GSM: 153, UCS2: 67}  # in each part of several: the header that joins them takes the rest
PLAIN = str.maketrans({
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "–": "-", "—": "-", "‑": "-", "−": "-", "…": "...", "•": "-", "·": "-",
    "’": "'", "‘": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
})  # fmt: skip
NAME, WHAT, PLACE = 40, 80, 60  # most characters of who, what and where


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs. `characters` are places: a sign of the extension table takes two, so does an emoji."""

    encoding: str
    characters: int
    segments: int
    left: int  # places still free in the last part
    odd_characters: tuple[str, ...]  # those that are not in GSM-7, each once: they more than halve the length


def segments(text: str) -> Segments:
    """How many parts the text is sent in. A character of two places never lies over two parts."""
    odd = tuple(dict.fromkeys(char for char in text if char not in BASIC and char not in EXTENDED))
    encoding = UCS2 if odd else GSM
    places = [_places(char, encoding) for char in text]
    total = sum(places)
    if total <= LONE[encoding]:
        return Segments(encoding, total, 1, LONE[encoding] - total, odd)
    parts, left = 1, PART[encoding]
    for wide in places:
        if wide > left:
            parts, left = parts + 1, PART[encoding]
        left -= wide
    return Segments(encoding, total, parts, left, odd)


def _places(char: str, encoding: str) -> int:
    if encoding == UCS2:
        return 2 if ord(char) > 0xFFFF else 1  # UTF-16 code units
    return 2 if char in EXTENDED else 1


def sms_text(document: Document) -> str:
    """Who, what, when, where, and the shared page; one print for all, so nobody is named."""
    said = gist(document)
    day = said.day.replace("\u00a0", " ")
    year = day[-4:] if day[-4:].isdigit() else ""  # plain enough without
    when = " ".join(part for part in (day.removesuffix(year).strip(" ."), said.time) if part)
    scene = ", ".join(part for part in (when, cut(said.place, PLACE)) if part)
    who = cut(document.brand.own_name or document.brand.name, NAME)
    what = cut(said.heading, WHAT)
    sentences = (one if one[-1:] in "?!.…" else f"{one}." for one in (what, scene) if one)
    return plain(" ".join((f"{who}:", *sentences, document.page_url)).strip())


def plain(text: str) -> str:
    """The text with typographic signs as plain ones, letters as they are."""
    return unicodedata.normalize("NFC", text).translate(PLAIN)
