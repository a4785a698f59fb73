"""The notice-board poster and the square picture: one page each, set as large as the text allows.

Both are laid out here, by measure, before anything is drawn: the heading gets the largest size that fits, the picture
the room that is left. A poster's unit is a millimetre on A4; on A3 everything grows alike.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import segno
from markupsafe import Markup

from templates_lib.render import faces, fit
from templates_lib.render.document import Document, Image, Ours
from templates_lib.render.gist import Gist, gist

SHEETS = {"A4": "1mm", "A3": "1.4141mm"}  # what the unit is on paper
HEADING = (32, 29, 26, 24, 22, 20, 18, 16, 14, 12.5)  # sizes to try, in units
FACT = (15, 14, 13, 12, 11, 10, 9, 8)
SMALL = (8, 7.5, 7, 6.5, 6, 5.5)
INTRODUCTION = 6.4
HEIGHT, BAR, STRIP, SIDE = 297, 27, 63, 178  # units: the sheet, the bar above, the strip below, between the margins
SQUARE = 1080  # pixels each way
SQUARE_HEADING = (128, 116, 104, 94, 84, 76, 68, 60, 54, 48, 42)
SQUARE_FACT = (50, 46, 42, 38, 34, 30)
SQUARE_SIDE = 936


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes of the lines, and the height of the picture; without one, what is left goes to the coloured field."""

    heading: float
    day: float
    time: float
    place: float
    address: float
    picture: float
    gap: float  # between the parts
    field: float = 0
    introduction: bool = False


def poster_html(document: Document, *, words: Mapping[str, str], sheet: str = "A4") -> str:
    """A poster of one page, A4 or A3, self-contained but for pictures, which stand as `asset:<sha256>`.

    `words` in the message's language: more (over the address) · qr (what the code is, for those who do not see it).
    """
    said = gist(document)
    code = qr(document.page_url, words["qr"]) if document.page_url else ""
    return _drawn(
        "poster.html", document, said, _poster(said, document), words=words, code=code,
        unit=Ours(SHEETS[sheet]), sheet=Ours(sheet),
    )  # fmt: skip


def square_html(document: Document) -> str:
    """A page of 1080 × 1080 pixels for social media: heading, when, where, brand."""
    said = gist(document)
    return _drawn("square.html", document, said, _square(said, document))


def qr(url: str, title: str) -> Markup:
    """The address as a QR code, an SVG drawing that says what it is."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", border=2, omitsize=True, title=title, xmldecl=False, svgclass=None, lineclass=None, nl=False
    )
    return Markup(out.getvalue().decode())  # noqa: S704  # segno's own drawing; it escapes the title


def _drawn(face: str, document: Document, said: Gist, layout: Layout, **more: Any) -> str:
    brand = document.brand
    environment = faces.environment(escape=True, finalize=_printed)
    return environment.get_template(face).render(
        document=document, brand=brand, c=brand.palette, g=said, size=layout, **more
    )


def _printed(value: object) -> object:
    return Markup(value) if isinstance(value, Ours) else value  # noqa: S704  # ours, checked when made


TRIES = ((0, 0, True), (2, 2, True), (2, 2, False), (4, 4, True), (4, 4, False))  # sizes left out, introduction
GAP, WIDEST_GAP = 6, 14  # units between two parts, at least and at most


def _poster(said: Gist, document: Document) -> Layout:
    """The largest setting that leaves air, with the picture if there is one and room for it."""
    family = document.brand.typeface
    tries = [_set(said, family, *one) for one in TRIES]
    if said.picture:
        shown = (_with_picture(layout, room, parts, said.picture) for layout, room, parts in tries)
        if found := next((layout for layout in shown if layout), None):
            return found
    layout, room, parts = next((one for one in tries if one[1] >= GAP * one[2]), tries[-1])
    gap = max(2.0, min(9.0, room / (parts + 4)))
    return replace(layout, gap=gap, field=max(0.0, room - gap * parts))


def _set(said: Gist, family: str, larger: int, facts: int, introduction: bool) -> tuple[Layout, float, int]:
    """(sizes, units left on the sheet, gaps to fill) without the `larger` first sizes of each line."""

    def line(text: str, sizes: tuple[float, ...], rows: int, leading: float = 1.15, *, bold: bool = True) -> fit.Set:
        if not text:
            return fit.Set(sizes[-1], 0)
        return fit.largest(text, sizes, measure=SIDE, rows=rows, family=family, bold=bold, leading=leading)

    heading = line(said.heading, HEADING[larger:], 3, 1.08)
    day, time = line(said.day, FACT[facts:], 1), line(said.time, FACT[facts:], 1, bold=False)
    place, address = line(said.place, FACT[facts + 1 :], 1), line(said.address, SMALL, 2, 1.3, bold=False)
    intro = line(said.introduction if introduction else "", (INTRODUCTION,), 9, 1.45, bold=False)
    text = [heading, day, time, place, address, intro]
    labels = 9 * bool(said.kind) + 7 * bool(said.day) + 7 * bool(said.place)
    room = HEIGHT - BAR - STRIP - labels - sum(one.height for one in text)
    parts = 2 + bool(said.day) + bool(said.place) + bool(intro.height)
    layout = Layout(
        heading.size, day.size, time.size, place.size, address.size,
        picture=0, gap=GAP, introduction=bool(intro.height),
    )  # fmt: skip
    return layout, room, parts


def _with_picture(layout: Layout, room: float, parts: int, picture: Image) -> Layout | None:
    """None where the picture would get too little room."""
    height = _height(picture, room - GAP * parts, width=210, least=48)
    return replace(layout, picture=height, gap=min(WIDEST_GAP, (room - height) / parts)) if height else None


def _square(said: Gist, document: Document) -> Layout:
    family = document.brand.typeface

    def line(text: str, sizes: tuple[float, ...], rows: int, leading: float = 1.2) -> fit.Set:
        if not text:
            return fit.Set(sizes[-1], 0)
        return fit.largest(text, sizes, measure=SQUARE_SIDE, rows=rows, family=family, leading=leading)

    heading = line(said.heading, SQUARE_HEADING[4:] if said.picture else SQUARE_HEADING, 3 if said.picture else 4, 1.1)
    day = line(f"{said.day} {said.time}".strip(), SQUARE_FACT, 2)
    place = line(said.place, SQUARE_FACT[1:], 2)
    text = 50 * bool(said.kind) + heading.height + day.height + place.height
    room = SQUARE - 118 - 8 - text - 130  # the bar, the line under the picture, the space around the text
    picture = _height(said.picture, room, width=SQUARE, least=180)
    return Layout(heading.size, day.size, day.size, place.size, place.size, picture, max(0, room - picture))


def _height(picture: Image | None, room: float, *, width: float, least: float) -> float:
    """How high a picture of the full width is shown: cropped by a third at most, left out where no room is left."""
    if picture is None or room < least:
        return 0
    natural = width * picture.height / max(picture.width, 1)
    return min(room, max(least, natural * 1.3))
