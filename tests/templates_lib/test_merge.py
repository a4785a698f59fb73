"""Member fields: a closed list, filled in one pass, inert whatever they hold (threats S4 and S5)."""

import pytest

from templates_lib.render import merge
from templates_lib.render.document import RenderRefused
from templates_lib.render.merge import Hole, hole


def test_people_type_fields_in_their_own_language():
    typed = "Hej [[förnamn]], [[First name]] och [[ etternavn ]] i [[avdelning]]"
    assert merge.open_holes(typed) == (
        f"Hej {hole('first_name')}, {hole('first_name')} och {hole('last_name')} i {hole('unit')}"
    )


@pytest.mark.parametrize(
    "typed",
    ["[[password]]", "[[unsubscribe_url]]", "[[web_url]]", "{{7*7}}", "{% debug %}", "${x}", "%(name)s", "[[first_name",
     "[[]]", "[[__class__]]", "{first_name}", "[[first_name.__class__]]"],
)  # fmt: skip
def test_anything_else_stays_as_it_was_typed(typed):
    assert merge.open_holes(typed) == typed


def test_a_field_in_a_links_address_stays_as_it_was_typed():
    typed = '<p><a href="https://example.org/[[first_name]]">[[first_name]]</a></p>'
    assert merge.open_holes(typed) == f'<p><a href="https://example.org/[[first_name]]">{hole("first_name")}</a></p>'


def test_a_typed_private_use_character_cannot_forge_a_hole():
    assert merge.open_holes(merge.clean_line("\ue000unsubscribe_url\ue001 [[first_name]]")) == (
        f"unsubscribe_url {hole('first_name')}"
    )


@pytest.mark.parametrize(
    "name", ["{{7*7}}", "<b>Eve</b>", "\ue000unit\ue001", "[[unit]]", '" onclick="x', "\\1 \\g<0> %s"]
)
def test_a_hostile_name_is_inert_in_html(name):
    html = f'<p title="{hole("full_name")}">Hi {hole("full_name")}</p>'
    shown = str(merge.escape_html(merge.clean_line(name)))
    assert merge.fill(html, {"full_name": name, "unit": "LEAK"}) == f'<p title="{shown}">Hi {shown}</p>'


def test_text_and_header_are_not_html_but_stay_one_line():
    source = f"Hi {hole('first_name')}"
    assert merge.fill(source, {"first_name": "A&B\r\nBcc: x@y.se"}, context="text") == "Hi A&B Bcc: x@y.se"
    assert merge.fill(source, {"first_name": "A\r\n\u2028\x00Bcc:"}, context="header") == "Hi A Bcc:"


def test_a_missing_name_leaves_no_gap():
    assert merge.fill(f"<p>Hej {hole('first_name')}!</p>", {}) == "<p>Hej!</p>"


def test_a_hole_knows_where_it_stands():
    html = f"<a href=\"{hole('web_url')}\" title='{hole('unit')}'>{hole('first_name')}</a>"
    assert [piece for piece in merge.pieces(html) if isinstance(piece, Hole)] == [
        Hole("web_url", "url"), Hole("unit", "attribute"), Hole("first_name", "text"),
    ]  # fmt: skip
    assert merge.pieces(f"Hej {hole('unit')}!", context="header") == ["Hej ", Hole("unit", "header"), "!"]


NAMES = ["Åsa", "Máret Čiŋala", "O'Brien", "<b>Eve</b>", "{{7*7}}", "", " ", "A\u030asa", "a  b", " a", "a ",
         "x" * 3000, "a\nb", "a&b", '"', "\u202egnp", "Здравко", "https://x.example.org/u/a_b-c~1/"]  # fmt: skip


@pytest.mark.parametrize("context", ["html", "text"])
@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name)[:20])
def test_what_is_compiled_once_says_the_same_to_each_member(name, context):
    source = f"Hej {hole('first_name')} {hole('last_name')}! {hole('first_name')}, {hole('unit')}"
    shown = merge.clean_line(name, limit=2000)
    shown = str(merge.escape_html(shown)) if context == "html" else shown
    expected = f"Hej {shown} Lind! {shown}, A" if shown else "Hej Lind!, A"
    compiled = merge.compiled(source, context=context)
    assert compiled is merge.compiled(source, context=context)
    for _twice in range(2):
        assert compiled.fill({"first_name": name, "last_name": "Lind", "unit": "A"}) == expected
        raw = compiled.fill_bytes({"first_name": name, "last_name": "Lind", "unit": "A"})
        assert raw == expected.encode()
    assert (compiled.fill({}), compiled.fill_bytes({})) == ("Hej!,", b"Hej!,")


def test_what_needs_no_cleaning_would_have_come_out_of_it_unchanged():
    harmless = [char for char in map(chr, range(0x11000)) if merge._HARMLESS.match(char)]
    assert {"a", "Å", "ø", "ŋ", "đ", "/"} <= set(harmless)
    assert [char for char in harmless if merge.clean_line(f"a{char}a") != f"a{char}a"] == []
    assert [char for char in harmless if str(merge.escape_html(char)) != char] == []
    pairs = "".join(one + two for one in harmless[60:200] for two in harmless[60:200])
    assert merge.clean_line(pairs, limit=len(pairs)) == pairs


@pytest.mark.parametrize("value", ["a" * 2000 + "!", "a " * 1000 + "!", "a\n" * 1000, "a" * 500_000])
@pytest.mark.timeout(30)
def test_a_long_value_costs_no_time(value):
    assert len(merge.escape(value, "text")) <= 2000


@pytest.mark.parametrize(
    "html",
    ["<style>a{}HOLE</style>", "<script>HOLE</script>", "<!-- HOLE -->", "<!--[if mso]><p>HOLE</p><![endif]-->",
     "<p title=HOLE>x</p>", "<p HOLE>x</p>", '<p style="color:HOLE">x</p>', '<p onclick="HOLE">x</p>', "<styLE>HOLE"],
)  # fmt: skip
def test_a_hole_where_no_text_may_stand_is_refused(html):
    with pytest.raises(RenderRefused):
        merge.pieces(html.replace("HOLE", hole("first_name")))


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("A\r\nBcc: eve@example.org", "A Bcc: eve@example.org"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("\u202egnp.exe\u200b\ufeff", "gnp.exe"),
        ("A\u030asa", "Åsa"),
        ("  x\x00\x1b[31m ", "x[31m"),
        ("x" * 300, "x" * 200),
        ("\ud800ok", "ok"),
    ],
)
def test_one_harmless_line(typed, clean):
    assert merge.clean_line(typed) == clean


def test_several_harmless_lines():
    assert merge.clean_text("a \r\nb\u2028\x07c\rd") == "a\nb\nc\nd"
