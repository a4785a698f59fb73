"""The letter: the address in the window, nothing else there, one member's words never another's markup."""

import dataclasses
import io

import pypdfium2
import pytest
from PIL import Image

from templates_lib import outputs, pdf_worker
from templates_lib.render import letter, merge

pytestmark = pytest.mark.once

MEMBER = {
    "first_name": "Åsa", "full_name": "Åsa Öberg", "street": "Storgatan 12", "town": "831 30 Östersund", "country": "",
    "written_on": "12 mars 2027", "unit": "Avdelning Älvdalen",
}  # fmt: skip
WORDS = {"statutory": "Du har rätt till det här brevet."}
MM = 72 / 25.4
# Millimetres of the sheet that can come into a window of 105 × 35 mm, 15 mm from the left and 44 mm from the top of a
# C5 envelope, however a folded A4 sheet slides in it (19 mm sideways, 13.5 mm up and down).
ALWAYS = (15, 101, 44, 65.5)  # left, right, top, bottom: seen wherever the sheet lies
EVER = (0, 120, 30.5, 79)


def drawn(document, *members):
    source = letter.letter_html(document, words=WORDS)
    return pdf_worker.make_pdf(letter.joined((source, member) for member in members or (MEMBER,)), {}, kind="letters")


def placed(pdf: bytes, page: int = 0) -> list[tuple[str, float, float, float, float]]:
    """Every line of text as (text, left, right, top, bottom) in millimetres from the upper left corner."""
    sheet = pypdfium2.PdfDocument(pdf)[page]
    text, height = sheet.get_textpage(), sheet.get_height()
    boxes = (text.get_rect(n) for n in range(text.count_rects()))
    return [
        (text.get_text_bounded(*box), box[0] / MM, box[2] / MM, (height - box[3]) / MM, (height - box[1]) / MM)
        for box in boxes
    ]


@pytest.fixture
def plain(make_document):
    """Without the brand's picture, so that drawing needs none."""
    document = make_document()
    return dataclasses.replace(document, brand=dataclasses.replace(document.brand, logo=None, own_logo=None))


def test_the_address_is_in_the_window_however_the_sheet_slides(plain):
    wanted = {"Åsa Öberg", "Storgatan 12", "831 30 Östersund"}
    found = [line for line in placed(drawn(plain)) if line[0].strip() in wanted]
    assert {line[0].strip() for line in found} == wanted
    left, right, top, bottom = ALWAYS
    for _text, x0, x1, y0, y1 in found:
        assert left < x0 < x1 < right
        assert top < y0 < y1 < bottom


def test_nothing_but_address_and_sender_can_come_into_the_window(plain):
    left, right, top, bottom = EVER
    inside = [
        text for text, x0, x1, y0, y1 in placed(drawn(plain)) if x0 < right and x1 > left and y0 < bottom and y1 > top
    ]
    assert [text.strip() for text in inside if not text.startswith(plain.brand.name)] == [
        "Åsa Öberg", "Storgatan 12", "831 30 Östersund",
    ]  # fmt: skip


def test_a_long_name_and_a_country_still_end_above_the_letter(plain):
    long = {
        **MEMBER,
        "full_name": "Ragnheiður Sólveig Þorvaldsdóttir von und zu Hohenstein-Falkenberg",
        "country": "NORWAY",
    }
    lines = {text.strip(): bottom for text, _x0, _x1, _top, bottom in placed(drawn(plain, long))}
    assert lines["NORWAY"] < letter.SHEET.body_top - 8


def test_names_and_addresses_are_inert(plain):
    evil = "<b>Eve</b>{{7*7}}</body><img src=x>"
    html = letter.joined(
        [(letter.letter_html(plain, words=WORDS), {**MEMBER, "full_name": evil, "street": evil, "town": evil})]
    )
    assert html.count("<body>") == html.count("</body>") == 1
    assert "<img src=x" not in html
    text = pypdfium2.PdfDocument(pdf_worker.make_pdf(html, {}, kind="letters"))[0].get_textpage().get_text_range()
    assert "{{7*7}}" in text
    assert "<b>Eve</b>" in text.replace("\r\n", "")


def test_nobody_can_type_the_letters_own_holes():
    for name in merge.LETTER_HOLES:
        assert merge.open_holes(f"[[{name}]]") == f"[[{name}]]"


def test_a_letter_shows_nothing_that_is_for_mail_only(make_document):
    document = make_document()
    source = letter.letter_html(document, words=WORDS)
    assert letter.assets(source) <= {image.sha256 for image in (document.brand.logo, document.brand.own_logo) if image}
    assert 'class="bar"' not in source
    assert merge.hole("unsubscribe_url") not in source


def test_every_letter_begins_on_a_page_of_its_own_and_names_its_member(plain):
    members = [{**MEMBER, "full_name": f"Medlem {n}"} for n in range(3)]
    pdf = pypdfium2.PdfDocument(drawn(plain, *members))
    pages = [page.get_textpage().get_text_range() for page in pdf]
    assert [[n for n in range(3) if f"Medlem {n}" in page] for page in pages] == [[0], [1], [2]]


def test_a_second_page_says_whose_it_is(make_document, plain):
    long = dataclasses.replace(make_document(text="<p>Vi ses. </p>" * 20), brand=plain.brand)
    pdf = pypdfium2.PdfDocument(drawn(long))
    assert len(pdf) == 2
    assert "Åsa Öberg" in pdf[1].get_textpage().get_text_range()


def test_it_is_tagged(plain):
    pdf = pypdfium2.PdfDocument(drawn(plain, MEMBER, MEMBER))
    assert pdf.is_tagged()
    assert "Kallelse" in pdf.get_metadata_value("Title")


def test_it_is_frozen_with_the_other_outputs(make_document):
    source = outputs.prints(make_document())["letter"]
    assert all(merge.hole(name) in source for name in merge.LETTER_HOLES)


def test_the_fold_is_marked_in_the_middle_of_the_sheet(plain):
    (png,) = pdf_worker.page_images(drawn(plain), width=2100, full=True)  # ten pixels a millimetre
    edge = Image.open(io.BytesIO(png)).convert("L").crop((0, 0, 90, 2970))
    marked = [y for y in range(2970) if min(edge.crop((0, y, 90, y + 1)).tobytes()) < 200]
    assert marked
    assert all(1480 <= y <= 1490 for y in marked)
