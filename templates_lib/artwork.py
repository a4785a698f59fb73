"""Drawings of our own: the sample union's mark, and motifs for the shipped templates. Nothing comes from elsewhere."""

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
    return _jpeg(picture.filter(ImageFilter.SMOOTH))


def books(width: int = 1200, height: int = 400) -> bytes:
    """A shelf of books, some of them leaning."""
    picture = _sky(width, height, (247, 233, 214), (239, 214, 186))
    draw = ImageDraw.Draw(picture)
    shelf, x, n = round(height * 0.88), round(width * 0.03), 0
    draw.rectangle((0, shelf, width, height), fill=(94, 58, 52))
    draw.rectangle((0, shelf, width, shelf + height * 0.025), fill=(122, 78, 66))
    while x < width * 0.97:
        wide, tall = round(width * (0.022 + (n * 7 % 5) * 0.005)), round(height * (0.46 + (n * 5 % 7) * 0.05))
        if n % 8 == 6:  # a gap, and one that leans
            lean = round(wide * 2.2)
            draw.polygon(
                [
                    (x + lean, shelf - tall * 0.96),
                    (x + lean + wide, shelf - tall * 0.92),
                    (x + wide, shelf),
                    (x, shelf),
                ],
                fill=BOOKS[n % len(BOOKS)],
            )
            x += lean + wide + round(width * 0.012)
        else:
            draw.rectangle((x, shelf - tall, x + wide, shelf), fill=BOOKS[n % len(BOOKS)])
            band = BOOKS[(n + 3) % len(BOOKS)]
            draw.rectangle((x, shelf - tall * 0.84, x + wide, shelf - tall * 0.78), fill=band)
            draw.rectangle((x, shelf - tall * 0.2, x + wide, shelf - tall * 0.17), fill=band)
            x += wide + 3
        n += 1
    return _jpeg(picture)


def city(width: int = 1200, height: int = 400) -> bytes:
    """Roofs behind roofs in morning light, a few windows lit."""
    picture = _sky(width, height, (250, 226, 196), (240, 176, 150))
    draw = ImageDraw.Draw(picture)
    draw.ellipse(_circle(width * 0.24, height * 0.42, height * 0.15), fill=(255, 244, 220))
    for row, colour in enumerate(((206, 152, 142), (158, 106, 110), (104, 64, 78))):
        x, n = -round(width * 0.03 * row), row * 3
        while x < width:
            wide = round(width * (0.06 + (n * 5 % 4) * 0.018))
            top = height * (0.36 + row * 0.15 + (n * 7 % 5) * 0.035)
            draw.rectangle((x, top, x + wide, height), fill=colour)
            draw.polygon([(x, top), (x + wide / 2, top - height * 0.1), (x + wide, top)], fill=colour)
            if n % 2:
                draw.rectangle((x + wide * 0.7, top - height * 0.1, x + wide * 0.8, top), fill=colour)
            for window in range(6 if row == 2 else 0):
                at_x, at_y = x + wide * (0.22 + 0.36 * (window % 2)), top + height * (0.06 + 0.1 * (window // 2))
                lit = (247, 205, 128) if (n + window) % 3 == 0 else (128, 84, 96)
                draw.rectangle((at_x, at_y, at_x + wide * 0.16, at_y + height * 0.055), fill=lit)
            x, n = x + wide + 2, n + 1
    return _jpeg(picture.filter(ImageFilter.SMOOTH))


def people(width: int = 1200, height: int = 400) -> bytes:
    """People side by side, all of them different, none of them anybody."""
    picture = _sky(2 * width, 2 * height, (248, 236, 218), (243, 214, 184))
    draw = ImageDraw.Draw(picture)
    for n in range(9):
        _person(
            draw, 2 * width * (n + 0.5) / 9, 2 * height * (0.26 + (n * 5 % 3) * 0.03), size=0.21 * height, n=3 * n + 1
        )
    for n in range(8):
        _person(draw, 2 * width * (n + 1) / 9, 2 * height * (0.37 + (n * 5 % 3) * 0.03), size=0.25 * height, n=2 * n)
    return _jpeg(picture.resize((width, height), Image.Resampling.LANCZOS))


def _person(draw: ImageDraw.ImageDraw, x: float, y: float, *, size: float, n: int) -> None:
    """Head and shoulders; `x`, `y` is the middle of the face, `size` the radius of the head, `n` who it is."""
    skin, hair, coat = SKIN[n * 2 % len(SKIN)], HAIR[n % len(HAIR)], BOOKS[(n * 3 + 1) % len(BOOKS)]
    style = n % 5
    if style == 0:  # down to the shoulders
        draw.rounded_rectangle((x - size * 1.12, y - size, x + size * 1.12, y + size * 1.5), size * 0.9, fill=hair)
    elif style == 1:  # a bun
        draw.ellipse(_circle(x, y - size * 1.35, size * 0.42), fill=hair)
    elif style == 2:  # curls
        for turn in range(9):
            angle = math.pi * (0.95 + turn * 1.1 / 8)
            draw.ellipse(
                _circle(x + math.cos(angle) * size * 0.95, y + math.sin(angle) * size * 0.85, size * 0.42), fill=hair
            )
    elif style == 3:  # a scarf
        draw.ellipse((x - size * 1.14, y - size * 1.22, x + size * 1.14, y + size * 1.35), fill=coat)
    wide = size * 1.85
    draw.rounded_rectangle((x - wide, y + size * 1.35, x + wide, y + size * 12), size * 1.35, fill=coat)
    if style != 3:
        draw.rounded_rectangle(
            (x - size * 0.36, y + size * 0.5, x + size * 0.36, y + size * 1.72), size * 0.34, fill=skin
        )
    draw.ellipse((x - size * 0.86, y - size * 0.98, x + size * 0.86, y + size), fill=skin)
    draw.chord(
        (x - size * 0.89, y - size * 1.03, x + size * 0.89, y + size * 0.95),
        207,
        333,
        fill=coat if style == 3 else hair,
    )
    if n % 8 == 4:  # a beard
        draw.chord((x - size * 0.84, y - size * 0.7, x + size * 0.84, y + size * 1.06), 12, 168, fill=hair)


def evening(width: int = 1200, height: int = 400) -> bytes:
    """Lanterns over still water after sunset."""
    picture = _sky(width, height, (60, 42, 74), (232, 146, 112), until=0.66)
    draw = ImageDraw.Draw(picture)
    for n, colour in enumerate(((142, 88, 102), (84, 54, 80))):
        ridge = [(x, (_ridge(x / width, n) * 0.55 + 0.22 + n * 0.03) * height) for x in range(0, width + 4, 4)]
        draw.polygon([*ridge, (width, height), (0, height)], fill=colour)
    shore = round(height * 0.66)
    for row in range(shore, height):
        draw.line(
            [(0, row), (width, row)], fill=_between((196, 122, 108), (48, 34, 60), (row - shore) / (height - shore))
        )
    lamps = [(width * (n + 0.5) / 9, height * (0.2 + 0.2 * math.sin((n + 0.5) / 9 * math.pi))) for n in range(9)]
    glow = Image.new("L", (width, height))
    light = ImageDraw.Draw(glow)
    for x, y in lamps:
        light.ellipse(_circle(x, y + height * 0.05, height * 0.075), fill=190)
        for step in range(5):  # its reflection, broken by the ripples
            wide, at = height * (0.03 + 0.012 * (step % 3)), shore + height * (0.05 + 0.05 * step)
            light.rounded_rectangle((x - wide, at, x + wide, at + height * 0.012), 3, fill=150 - 22 * step)
    picture.paste((255, 208, 134), mask=glow.filter(ImageFilter.GaussianBlur(height * 0.022)))
    draw = ImageDraw.Draw(picture)
    draw.line([(0, height * 0.15), *lamps, (width, height * 0.15)], fill=(44, 30, 52), width=3, joint="curve")
    for x, y in lamps:
        draw.rounded_rectangle((x - height * 0.034, y, x + height * 0.034, y + height * 0.1), 10, fill=(255, 236, 190))
    return _jpeg(picture.filter(ImageFilter.SMOOTH))


BOOKS = ((122, 38, 66), (214, 152, 74), (64, 92, 104), (178, 92, 72), (92, 112, 84), (232, 196, 138), (84, 58, 88))
SKIN = ((240, 208, 180), (206, 158, 124), (150, 104, 78), (228, 186, 154), (108, 74, 58))
HAIR = ((62, 42, 40), (168, 112, 62), (40, 34, 38), (206, 170, 112), (128, 122, 122))
DRAWINGS = {"hills": hero, "books": books, "city": city, "people": people, "evening": evening}


def _sky(
    width: int, height: int, above: tuple[int, int, int], below: tuple[int, int, int], *, until: float = 1
) -> Image.Image:
    """Light that changes from above to below, and stays as it is from the share `until` of the height."""
    picture = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(picture)
    for y in range(height):
        draw.line([(0, y), (width, y)], fill=_between(above, below, min(y / height / until, 1)))
    return picture


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=86)
    return out.getvalue()


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
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


def river(size: int = 176, *, ink: str = "#ffffff", dot: str = "#f3c14b") -> bytes:
    """The mark of a branch by the water, see-through PNG: a sun over two waves."""
    side = size * 4
    picture = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(picture)
    draw.ellipse(_circle(side * 0.5, side * 0.33, side * 0.2), fill=dot)
    for n in range(2):
        points = [
            (x / 100 * side, side * (0.66 + 0.2 * n + 0.05 * math.sin(x / 100 * 4 * math.pi))) for x in range(6, 95)
        ]
        for x, y in points:
            draw.ellipse(_circle(x, y, side * 0.042), fill=ink)
    return _png(picture.resize((size, size), Image.Resampling.LANCZOS))


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
    return _png(picture.resize((size, size), Image.Resampling.LANCZOS))
