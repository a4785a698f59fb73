"""Which characters the shipped typefaces can draw (rendering.md, "Fonts")."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

from templates_lib.render.merge import HOLE

FONTS = Path(__file__).parent.parent / "fonts"
FACES = ("Regular", "Bold", "Italic", "BoldItalic")


@lru_cache(maxsize=8)
def drawable(family: str) -> frozenset[int]:
    """Code points every face of the family has."""
    cmaps = []
    for face in FACES:
        with TTFont(FONTS / f"{family.replace(' ', '')}-{face}.ttf", lazy=True) as font:
            cmaps.append(frozenset(font.getBestCmap()))
    return frozenset.intersection(*cmaps)


def uncovered(text: str, family: str = "Lato") -> list[str]:
    """The characters of `text` the family cannot draw, each once, in order of appearance."""
    known = drawable(family)
    typed = unicodedata.normalize("NFC", HOLE.sub("", text))
    return [char for char in dict.fromkeys(typed) if ord(char) not in known and char not in "\n\r\t"]


def name(char: str) -> str:
    """What a character is called: `U+1F600 GRINNING FACE`."""
    return f"U+{ord(char):04X} {unicodedata.name(char, '')}".strip()
