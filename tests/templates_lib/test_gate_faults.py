"""Planted faults: each is refused with its place and in plain words, and nothing crashes."""

import json
import shutil

import pytest
from django.utils import translation

from templates_lib import gate_samples, gate_words, inspection, pdf_worker, proofs
from templates_lib.gate_words import Told
from templates_lib.models import Brand, InvitationTemplate
from templates_lib.render import faces
from tests.factories import make_topic

pytestmark = pytest.mark.once  # says nothing about the database

ONE = [("sv", "worst")]
CARD = '<mj-section background-color="{{ c.card }}"><mj-column>%s</mj-column></mj-section>'


@pytest.fixture
def make_template(unit):
    """`make_template(("heading", {"text": {"text": {"sv": "…"}}}))`: blocks between a header and a footer."""

    def make(*blocks: tuple[str, dict]) -> InvitationTemplate:
        body = [("header", {}), ("heading", {"text": {"text": {"sv": "Årsmöte"}}}), *blocks, ("footer", {})]
        rows = [{"type": kind, "id": f"{n}", "value": value} for n, (kind, value) in enumerate(body)]
        return InvitationTemplate(name="Årsmöte", topic=make_topic(), subject={"sv": "Årsmöte"}, body=json.dumps(rows))

    return make


@pytest.fixture
def plant(tmp_path, monkeypatch):
    """`plant("quote", "mail.mjml", "…")`: one file of a block's folder, written otherwise."""
    folder = tmp_path / "faces"
    monkeypatch.setattr(faces, "FOLDERS", [folder, *faces.FOLDERS])

    def write(kind: str, name: str, text: str) -> None:
        (folder / kind).mkdir(parents=True, exist_ok=True)
        (folder / kind / name).write_text(text)
        faces.environment.cache_clear()

    yield write
    faces.environment.cache_clear()


QUOTE = ("quote", {"text": {"text": {"sv": "Tillsammans 12"}}})


def refused(template: InvitationTemplate) -> list[Told]:
    with translation.override("en"):
        found = [finding for step in inspection.steps(template, only=ONE) for finding in step.findings]
        return gate_words.told(found)


def only(told: list[Told], code: str) -> Told:
    """The one finding of this code."""
    (one,) = [one for one in told if one.code == code]
    return one


def text(sv: str) -> tuple[str, dict]:
    return "rich_text", {"text": {"text": {"sv": sv}}}


def test_a_good_template_is_not_refused(make_template):
    assert refused(make_template(text("<p>Välkommen!</p>"), QUOTE)) == []


# --- typed ------------------------------------------------------------------------------------------------------------


def test_a_missing_glyph_is_named_with_its_place(make_template):
    (one,) = refused(make_template(("heading", {"text": {"text": {"sv": "Kom ni 欢 hit"}}})))
    assert one.message == (
        "The character ‘欢’ in “Heading” (Swedish, line 1, column 8) is not in the typeface."
        " It is U+6B22 CJK UNIFIED IDEOGRAPH-6B22."
    )
    assert (one.check, one.anchor, one.language) == ("P1", "2", "sv")


def test_a_word_of_five_thousand_letters_is_refused_where_it_stands(make_template):
    long = {"max_length": 6000, "text": {"sv": f"<p>Hej</p><p>och {'a' * 5000} då</p>"}}
    (one,) = refused(make_template(("rich_text", {"text": long})))
    assert (one.code, one.line, one.column) == ("long_word", 2, 5)
    assert "one word of 5000 characters" in one.message


def test_a_pasted_nest_of_tables_is_refused_and_still_drawn_as_clean_text(make_template):
    table = "<table><tr><td>" * 60 + "Lön" + "</td></tr></table>" * 60
    (one,) = refused(make_template(text(f"<p>Så här:</p>{table}<o:p></o:p>")))
    assert (one.code, one.where, one.line, one.column) == ("pasted_table", "“Text”", 2, 1)
    assert "write a list" in one.message


def test_a_picture_without_words_is_refused(make_template, template):
    hero = next(child for child in template.body if child.block_type == "image").value["picture"]["picture"].pk
    (one,) = refused(make_template(("image", {"picture": {"picture": hero, "alt": {}}})))
    assert (one.code, one.check, one.where) == ("alt", "P7", "“Picture”")
    assert one.message.startswith("Say what the picture in “Picture” (Swedish, line 1, column 1) shows")


def test_a_mail_over_a_hundred_kilobytes_is_refused_with_the_block_that_weighs_most(make_template):
    link = f'<a href="https://example.org/{"x" * 400}">§</a> '
    blocks = [text(f"<p>{link * 120}</p>"), text(f"<p>{link * 130}</p>")]
    one = only(refused(make_template(*blocks)), "heavy")
    assert "too heavy" in one.message
    assert "Most of it is in “Text”" in one.message
    assert one.anchor == "3"


@pytest.mark.parametrize(
    "typed", ["<b>" * 10_000 + "djupt" + "</b>" * 10_000, "<div>" * 10_000 + "djupt", "<p>1 < 2 & 3 > 2 <</p>"]
)
def test_deep_nesting_and_bare_brackets_that_were_typed_come_out_clean(make_template, typed):
    assert refused(make_template(text(typed))) == []


def test_an_address_that_cannot_be_followed_is_refused(make_template):
    (one,) = refused(make_template(("button", {"link": {"url": "javascript:x", "text": {"sv": "Svara"}}})))
    assert (one.code, one.where) == ("link", "“Button”")


def test_a_brand_too_pale_to_read_is_refused_with_the_text_and_the_ratio(make_template):
    Brand.objects.update(primary="#ffd9e3", on_primary="#ffffff")
    one = only(refused(make_template()), "contrast")
    assert one.where == "“Header”"
    assert "Förbundet" in one.message
    assert "1.3:1, #ffffff / #ffd9e3" in one.message


# --- in a block's own files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "face", "code", "place", "words"),
    [
        (
            "print.html",
            '<p>\n<span style="font-family: \'Noto Color Emoji\', Lato">12</span></p>',
            "emoji_font",
            (2, 14),
            "Noto Color Emoji",
        ),
        (
            "print.css",
            "p { margin: 0 }\n@font-face { font-family: 'Lato'; src: url(asset:x); unicode-range: U+0-7F }",
            "split_family",
            (2, 1),
            "letters become dots",
        ),
        ("print.html", '<p>x</p>\n  <img src="file:///etc/passwd" alt="x">', "foreign", (2, 8), "file:///etc/passwd"),
        ("print.html", '<p>x</p>\n<link rel=attachment href="file:///etc/passwd">', "attachment", (2, 1), "attaches"),
        ("print.html", "<p>12\n欢</p>", "no_glyph", (2, 1), "empty box"),
        ("print.html", "<div>" * 10_000, "depth", (0, 0), "nested too deeply"),
        ("print.html", "<p>{{ v.nothing.at.all }}</p>", "face", (1, 1), "cannot be drawn"),
        ("mail.mjml", CARD % '\n<mj-carousel />', "layout", (2, 1), "<mj-carousel> is not used here"),
        ("mail.mjml", CARD % f"\n<mj-text>{'<div>' * 10_000}{'</div>' * 10_000}</mj-text>", "layout", (2, 0), "100"),
        ("mail.mjml", CARD % "\n<mj-raw><div></mj-raw>", "layout", (2, 0), "mj-raw"),
        ("mail.mjml", CARD % "\n<mj-text>1 < 2</mj-text>", "layout", (2, 0), "&lt;"),
        ("mail.mjml", CARD % '<mj-text>\n<img src="{{ brand.logo.url }}" /></mj-text>', "alt", (2, 1), "picture"),
        (
            "mail.mjml",
            CARD % '<mj-text>\n<p style="color:#aaaaaa">{{ v.text }}</p></mj-text>',
            "contrast",
            (2, 17),
            "too pale",
        ),
        ("mail.mjml", CARD % '<mj-text>\n<p style="display:grid">x</p></mj-text>', "unsupported", (2, 11), "grid"),
    ],
    ids=[
        "emoji font", "split family", "file image", "attachment", "missing glyph", "10,000 deep on paper",
        "unknown value", "unknown tag", "10,000 deep in the mail", "unbalanced raw", "bare <", "no alt", "pale", "grid",
    ],
)  # fmt: skip
def test_a_fault_in_a_face_is_put_down_to_its_block_and_line(make_template, plant, name, face, code, place, words):
    plant("quote", name, face)
    one = only(refused(make_template(QUOTE)), code)
    assert one.where == "“Quote”"
    assert words in one.message
    assert one.line == place[0]
    assert one.column == place[1] or (not place[1] and code == "layout" and one.column)


# --- names ------------------------------------------------------------------------------------------------------------

CONTACT = ("contact", {})


def named(template: InvitationTemplate, name: str) -> list[Told]:
    case = inspection.Case("sv", "long", inspection.looks()[0], name)
    with translation.override("en"):
        return gate_words.told(proofs.findings(inspection.proof(template, case)))


@pytest.mark.parametrize("name", list(gate_samples.NAMES))
def test_any_name_comes_out_whole(make_template, name):
    template = make_template(text("<p>Hej [[full_name]]!</p><p>Kära [[first_name]], välkommen.</p>"), CONTACT)
    assert named(template, name) == []


def test_a_face_that_spoils_the_members_name_is_refused(make_template, plant):
    plant("quote", "mail.mjml", CARD % "<mj-text>{{ v.text | upper }}</mj-text>")
    (one,) = named(make_template(("quote", {"text": {"text": {"sv": "Hej [[full_name]]"}}})), "sami")
    assert (one.check, one.code, one.where) == ("P11", "name", "“Quote”")


def test_a_name_too_long_for_its_place_is_refused(make_template, plant):
    plant("contact", "print.html", '<p style="white-space:nowrap;font-size:30pt">{{ v.person.name }}</p>')
    one = only(named(make_template(CONTACT), "longest"), "runs_off")
    assert (one.check, one.where) == ("P11", "“Contact card”")


def test_an_emoji_typeface_that_takes_over_the_digits_is_seen_on_the_page(make_template, plant, tmp_path, monkeypatch):
    """The machine has such a typeface, and it comes first in the stack by another name."""
    from fontTools.ttLib import TTFont

    fonts = tmp_path / "fonts"
    shutil.copytree(pdf_worker.FONTS, fonts)
    with TTFont(fonts / "Lato-Regular.ttf") as font:
        for record in font["name"].names:
            if record.nameID in {1, 3, 4, 6, 16}:
                record.string = "Colour Signs"
        font.save(fonts / "Signs.ttf")
    monkeypatch.setattr(pdf_worker, "FONTS", fonts)
    pdf_worker._worker.stop()
    plant("quote", "print.html", "<p style='font-family: \"Colour Signs\", Lato'>{{ v.text }}</p>")
    try:
        told = refused(make_template(QUOTE))
    finally:
        pdf_worker._worker.stop()
    assert {(one.check, one.code, one.where) for one in told} == {("P4", "font", "“Quote”")}
    assert "drawn in the typeface" in told[0].message
