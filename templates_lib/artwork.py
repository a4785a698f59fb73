"""Drawings of our own for the sample union: a mark, and hills at dusk. Nothing comes from elsewhere."""

from __future__ import annotations

import io
import math

from PIL import Image, ImageDraw, ImageFilter

SKY = ((246, 222, 196), (233, 168, 134))
HILLS = ((214, 158, 140), (178, 118, 116), (136, 82, 92), (96, 50, 66), (62, 30, 44))


def hero(width: int = 1200, height: int = 560) -> bytes:
    """Five ridges under a low sun, JPEG."""
    picture = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(picture)
    for y in range(height):
        share = y / height
        draw.line([(0, y), (width, y)], fill=_between(*SKY, share))
    sun = Image.new("L", (width, height))
    ImageDraw.Draw(sun).ellipse(_circle(width * 0.68, height * 0.40, height * 0.13), fill=255)
    picture.paste((253, 241, 214), mask=sun.filter(ImageFilter.GaussianBlur(1.2)))
    for n, colour in enumerate(HILLS):
        ridge = [(x, _ridge(x / width, n) * height) for x in range(0, width + 4, 4)]
        ImageDraw.Draw(picture).polygon([*ridge, (width, height), (0, height)], fill=colour)
    out = io.BytesIO()
    picture.filter(ImageFilter.SMOOTH).save(out, "JPEG", quality=86)
    return out.getvalue()


def _between(a: tuple[int, int, int], b: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    return tuple(round(x + (y - x) * share) for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


def _circle(x: float, y: float, radius: float) -> list[float]:
    return [x - radius, y - radius, x + radius, y + radius]


def _ridge(x: float, n: int) -> float:
    """Height of ridge `n` at `x`, both 0–1: waves of three lengths, the near ridges lower and calmer."""
    waves = (
        math.sin(x * 5.1 + n * 1.9) * 0.055 + math.sin(x * 11.7 + n * 4.3) * 0.024 + math.sin(x * 27 + n * 2.2) * 0.007
    )
    return 0.46 + n * 0.115 + waves * (1.25 - n * 0.12)


def mark(size: int = 176, *, ink: str = "#ffffff", dot: str = "#f3c14b") -> bytes:
    """The sample union's mark, see-through PNG: two people side by side under one roof."""
    scale = 4
    side = size * scale
    picture = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(picture)
    roof = [(0.06, 0.50), (0.50, 0.10), (0.94, 0.50)]
    width = round(side * 0.085)
    points = [(x * side, y * side) for x, y in roof]
    draw.line(points, fill=ink, width=width, joint="curve")
    for x, y in points:
        draw.ellipse(_circle(x, y, width / 2), fill=ink)
    for x, colour in ((0.32, ink), (0.68, dot)):
        draw.ellipse(_circle(x * side, 0.54 * side, side * 0.088), fill=colour)
        draw.pieslice(_circle(x * side, 0.93 * side, side * 0.165), 180, 360, fill=colour)
    picture = picture.resize((size, size), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
