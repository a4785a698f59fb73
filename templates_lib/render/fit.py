"""How large a text can be set in a given space: measured in the shipped typefaces, so that a poster never overflows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from fontTools.ttLib import TTFont

from templates_lib.render.glyphs import FONTS

UNKNOWN = 0.7  # of the size: a character of a fallback typeface


@lru_cache(maxsize=8)
def _advances(family: str, face: str) -> dict[int, float]:
    """Code point -> width, as a share of the size."""
    with TTFont(FONTS / f"{family.replace(' ', '')}-{face}.ttf", lazy=True) as font:
        widths, units = font["hmtx"].metrics, int.from_bytes(font.reader["head"][18:20], "big")  # unitsPerEm
        return {code: widths[name][0] / units for code, name in font.getBestCmap().items()}


def width(text: str, family: str, *, bold: bool = True) -> float:
    """Width of one line at size 1."""
    advances = _advances(family, "Bold" if bold else "Regular")
    return sum(advances.get(ord(char), UNKNOWN) for char in text)


def lines(text: str, size: float, measure: float, family: str, *, bold: bool = True) -> int:
    """Lines the text takes at `size` when set `measure` wide; a word wider than that is broken."""
    count, room = 1, measure
    space = width(" ", family, bold=bold) * size
    for word in text.split(" "):
        wide = width(word, family, bold=bold) * size
        if wide > room and room < measure:
            count, room = count + 1, measure
        broken = int(wide // measure) if wide > measure else 0
        count += broken
        room = (measure if broken else room) - (wide - broken * measure) - space
    return count


@dataclass(frozen=True, slots=True)
class Set:
    """A text as it will be set: its size and the height it takes, in the unit of the space."""

    size: float
    height: float


def largest(
    text: str,
    sizes: Sequence[float],
    *,
    measure: float,
    rows: int,
    family: str,
    bold: bool = True,
    leading: float = 1.1,
) -> Set:
    """The text in the largest of the falling `sizes` in which it takes at most `rows` lines and no word is broken.

    What is too long even for the smallest takes the smallest and the lines it needs.
    """
    for size in sizes:
        longest = max(width(word, family, bold=bold) for word in text.split(" ")) * size
        count = lines(text, size, measure, family, bold=bold)
        if longest <= measure and count <= rows:
            return Set(size, count * size * leading)
    return Set(sizes[-1], lines(text, sizes[-1], measure, family, bold=bold) * sizes[-1] * leading)
