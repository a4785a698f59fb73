"""The poster and the square picture: one page, everything on it, nobody's name, as large as the text allows."""

from __future__ import annotations

import dataclasses
import io
import re

import pypdfium2
import pytest
import segno
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1
from PIL import Image as Pillow

from templates_lib import outputs, pictures
from templates_lib.pdf_worker import make_pdf, page_images
from templates_lib.render import fit
from templates_lib.render.document import Brand
from templates_lib.render.gist import cut, gist

pytestmark = pytest.mark.once

URL = "https://forbundet.example.org/p/AQAAAAGx7Zk2Qw8rT5yUiOpLkJhGf/"
OTHER = Brand(
    name="Forbundet Fellesskap", own_name="Avdeling Nordland", primary="#0b4f6c", accent="#ff8c42", ink="#10222b",
    paper="#f2f7f9", typeface="Noto Serif", website="https://fellesskap.example.org",
)  # fmt: skip
LONG = "Kallelse till extra avdelningsmöte med anledning av förhandlingsframställan"
WORST = {
    "text": "Förhandlingsframställningsprotokollsjusterare " * 4 + "W" * 90,
    "where": {"name": "Wilhelmsbergsgymnasiets matsal och aula " * 5, "address": "Storgatan " * 20, "url": ""},
    "until": "2027-03-14T20:30",
}


def drawn(page: str, kind: str) -> bytes:
    return make_pdf(page, pictures.contents(outputs.pictures_of({"": page})), kind=kind)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())
    document.close()
    return text


def sizes(pdf: bytes) -> list[tuple[int, int]]:
    """Millimetres of every page."""
    document = pypdfium2.PdfDocument(pdf)
    found = [tuple(round(side / 72 * 25.4) for side in page.get_size()) for page in document]
    document.close()
    return found


@pytest.fixture
def make_poster(make_document):
    """`make_poster(brand=…, picture=False, heading fields…)`: the document of a poster with its address."""

    def make(*, brand: Brand | None = None, picture: bool = True, **changes):
        document = make_document(**changes)
        blocks = tuple(block for block in document.blocks if picture or block.kind not in {"image", "hero"})
        return dataclasses.replace(document, brand=brand or document.brand, blocks=blocks, page_url=URL)

    return make


def test_it_says_everything_on_one_page_of_a4_and_a3(make_poster):
    made = outputs.prints(make_poster())
    for name, size in (("poster_a4", (210, 297)), ("poster_a3", (297, 420))):
        pdf = drawn(made[name], "poster")
        assert sizes(pdf) == [size]
        said = text_of(pdf)
        for fact in (
            "Förbundet Samklang", "Välkommen till medlemsmöte", "Fredag 12 mars 2027", "kl. 18.00–20.30",
            "Folkets hus, Stora salen", "Storgatan 12, Östersund", "Ingrid Sjöberg", URL.removeprefix("https://"),
        ):  # fmt: skip
            assert fact in said, fact


def test_a3_is_the_same_page_enlarged(make_poster):
    made = outputs.prints(make_poster())
    same = made["poster_a3"].replace("size: A3", "size: A4").replace("font-size: 1.4141mm", "font-size: 1mm")
    assert same == made["poster_a4"]


@pytest.mark.parametrize("brand", [None, OTHER], ids=["Lato", "Noto Serif"])
@pytest.mark.parametrize("picture", [True, False], ids=["picture", "no picture"])
@pytest.mark.parametrize("changes", [{"text": LONG}, WORST], ids=["long", "worst"])
def test_nothing_runs_over_the_edge(make_poster, brand, picture, changes):
    made = outputs.prints(make_poster(brand=brand, picture=picture, **changes))
    poster, square = drawn(made["poster_a4"], "poster"), drawn(made["square"], "square")
    assert (sizes(poster), sizes(square)) == ([(210, 297)], [(286, 286)])
    for pdf in (poster, square):
        assert changes["text"].split()[0] in text_of(pdf).replace(" ", "") + text_of(pdf)
        assert not overlapping(pdf)


def overlapping(pdf: bytes) -> list[str]:
    """Characters that are drawn upon others, or outside the page."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    width, height = page.get_size()
    reader, found, boxes = page.get_textpage(), [], []
    for n in range(reader.count_chars()):
        char = reader.get_text_range(n, 1)
        if char.strip():
            boxes.append((char, *reader.get_charbox(n)))
    for n, (char, left, bottom, right, top) in enumerate(boxes):
        if left < -1 or bottom < -1 or right > width + 1 or top > height + 1:
            found.append(char)
        middle = ((left + right) / 2, (bottom + top) / 2)
        for _other, l2, b2, r2, t2 in boxes[n + 1 :]:
            if l2 < middle[0] < r2 and b2 < middle[1] < t2:
                found.append(char)
    document.close()
    return found


def test_the_square_is_a_picture_of_1080_pixels(make_poster):
    png = page_images(drawn(outputs.prints(make_poster())["square"], "square"), width=1080, full=True)[0]
    assert Pillow.open(io.BytesIO(png)).size == (1080, 1080)


def test_the_code_can_be_read_and_says_what_it_is(make_poster):
    """Every module of the drawn code is as dark or as light as it has to be."""
    page = outputs.prints(make_poster())["poster_a4"]
    assert re.search(r"<svg[^>]*><title>[^<]+</title>", page)
    pdf = drawn(page, "poster")
    shot = Pillow.open(io.BytesIO(page_images(pdf, width=2100, full=True)[0])).convert("L")
    code = segno.make(URL, error="m", micro=False)
    modules = [list(row) for row in code.matrix_iter(border=2)]
    step = 460 / len(modules)  # a pixel is a tenth of a millimetre; the code is 46 mm wide
    top, left = middle_of(shot, step * (len(modules) - 4))
    for y, row in enumerate(modules[2:-2]):
        for x, dark in enumerate(row[2:-2]):
            seen = shot.getpixel((round(left + (x + 0.5) * step), round(top + (y + 0.5) * step)))
            assert (seen < 128) == bool(dark), (x, y)


def middle_of(shot: Pillow.Image, side: float) -> tuple[float, float]:
    """(top, left) of the dark square in the lower left corner of the sheet."""
    corner = shot.crop((100, 2400, 700, 2970)).point(lambda value: 255 if value < 60 else 0)
    left, top, right, bottom = corner.getbbox()
    assert abs((right - left) - side) < 8
    assert abs((bottom - top) - side) < 8
    return top + 2400, left + 100


def test_without_an_address_there_is_no_code(make_document):
    page = outputs.prints(make_document())["poster_a4"]
    assert "<svg" not in page
    assert "Ingrid Sjöberg" in page


def test_a_message_without_a_contact_card_puts_nobodys_telephone_on_a_wall(make_document):
    document = make_document()
    blocks = tuple(block for block in document.blocks if block.kind != "contact")
    page = outputs.prints(dataclasses.replace(document, blocks=blocks))["poster_a4"]
    assert document.sender.phone not in page
    assert document.sender.name not in page


@pytest.mark.parametrize("name", ["poster_a4", "square", "sms", "web"])
def test_no_member_is_named_and_no_hole_is_left(make_document, name):
    made = outputs.prints(make_document(text="Hej [[full_name]] i [[unit]]", preheader="[[first_name]]"))[name]
    assert not re.search("[\ue000\ue001]|full_name|first_name", made)
    assert "Avdelning Älvdalen" in made


def test_typed_text_is_inert(make_document):
    made = outputs.prints(make_document(text="<script>alert(1)</script> {{7*7}}"))
    assert "<script>" not in made["poster_a4"] + made["square"] + made["web"]
    assert "{{7*7}}" in made["poster_a4"]


def test_a_greeting_is_no_introduction(make_document):
    document = make_document()
    words = "<p>Hej [[first_name]]!</p><p>Nu är det dags att välja styrelse.</p>"
    blocks = tuple(
        dataclasses.replace(block, values={"text": type(block.values["text"])(words)})
        if block.kind == "rich_text"
        else block
        for block in document.blocks
    )
    said = gist(dataclasses.replace(document, blocks=blocks))
    assert said.introduction == "Nu är det dags att välja styrelse."


def test_longer_texts_are_set_smaller_and_no_word_is_broken():
    settings = {"measure": 178, "rows": 3, "family": "Lato"}
    short = fit.largest("Julfest", (32, 26, 20, 14), **settings)
    long = fit.largest(LONG, (32, 26, 20, 14), **settings)
    word = fit.largest("Förhandlingsframställan", (32, 26, 20, 14), **settings)
    assert short.size == 32
    assert (long.size, word.size) == (14, 14)
    assert fit.width("Förhandlingsframställan", "Lato") * word.size <= 178


@pytest.mark.parametrize(("text", "limit", "expected"), [
    ("kort", 10, "kort"), ("precis tio", 10, "precis tio"), ("ett par ord till", 10, "ett par…"),
    ("a" * 20, 10, "a" * 9 + "…"),
])  # fmt: skip
def test_texts_are_cut_at_a_word(text, limit, expected):
    assert cut(text, limit) == expected


@pytest.mark.parametrize("name", ["poster_a4", "poster_a3", "square"])
def test_they_are_tagged_and_have_a_language(make_poster, name):
    pdf = drawn(outputs.prints(make_poster())[name], name.split("_")[0])
    document = PDFDocument(PDFParser(io.BytesIO(pdf)))
    assert resolve1(document.catalog["MarkInfo"])["Marked"] is True
    assert resolve1(document.catalog["Lang"]) == b"sv"


def test_the_shared_page_is_to_nobody_in_particular(make_poster):
    page = outputs.prints(make_poster())["web"]
    assert "Du får detta för att du är medlem" not in page
    assert URL in page
    assert "<title>" in page
