"""Rich text: a few well-formed shapes, whatever was typed or pasted (threat S8)."""

import nh3
import pytest

from templates_lib.render.html import clean_rich_text
from templates_lib.render.rich_text import safe_url

pytestmark = pytest.mark.once  # says nothing about the database

KEPT = {"p", "br", "strong", "em", "ul", "ol", "li", "a"}


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("<div>Hej <b>du<br><br>där</b></div>", "<p>Hej <strong>du</strong></p><p><strong>där</strong></p>"),
        ("plain & simple", "<p>plain &amp; simple</p>"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>after", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><p>after</p>"),
        ("<p>a</p><p></p><p>&nbsp;</p><h1>b</h1>", "<p>a</p><p>b</p>"),
        ("a<br>b", "<p>a<br>b</p>"),
        ("<li>alone</li>", "<p>alone</p>"),
        ('<a href="https://x.se">a <i>b</i></a>', '<p><a href="https://x.se">a <em>b</em></a></p>'),
        ("<a href='/relative'>r</a><a href='ftp://x'>f</a><a>n</a>", "<p>rfn</p>"),
        ("<script>x</script><style>p{}</style><svg onload=x>y</svg>z", "<p>z</p>"),
        ("<img src=x onerror=alert(1)>t<input><table><tr><td>u</td></tr></table>", "<p>t</p><p>u</p>"),
        ("", ""),
    ],
)
def test_what_comes_in_and_what_is_kept(typed, clean):
    assert clean_rich_text(typed) == clean


def test_a_paste_from_word_is_plain_paragraphs():
    pasted = """<html xmlns:o="urn:x"><head><meta name=Generator content="Microsoft Word 15"><style><!-- p.MsoNormal
      {margin:0cm;font-size:11.0pt} --></style></head><body lang=SV><!--StartFragment--><p class=MsoNormal><b><span
      style='font-size:14.0pt;mso-ansi-language:SV'>Dagordning</span></b><o:p></o:p></p><p class=MsoListParagraph
      style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='font-family:Symbol'>·<span
      style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span><![endif]>Val av ordf\u00f6rande</p>
      <!--EndFragment--></body></html>"""
    assert clean_rich_text(pasted) == "<p><strong>Dagordning</strong></p><p>·\xa0\xa0 Val av ordförande</p>"


@pytest.mark.parametrize(
    ("pasted", "clean"),
    [
        (  # a form laid out in tables, a smart tag, Word's own paragraph mark
            "<table class=MsoTableGrid><tr><td><table><tr><td style='mso-border-alt:solid'><p class=MsoNormal>"
            "<st1:PersonName w:st='on'><span lang=SV style='mso-fareast-language:EN-US'>Ingrid</span></st1:PersonName> "
            "hälsar<o:p></o:p></p></td><td>Tisdag</td></tr></table></td></tr></table>",
            "<p>Ingrid hälsar</p><p>Tisdag</p>",
        ),
        (  # what only Word reads: conditional comments, settings, a field
            "<!--[if gte mso 9]><xml><o:AllowPNG/>a</xml><![endif]--><xml><w:View>Normal</w:View></xml>"
            "<w:sdt id='1'><w:sdtPr/>Svara <u>senast</u> <font color=red>fredag</font></w:sdt>",
            "<p>Svara senast fredag</p>",
        ),
        (  # a drawing and a picture from somebody's own disk
            "<p>Löner<img src='file:///C:/x.png' v:shapes='_x0000_i1025'></p>"
            "<v:shape id=x><v:imagedata src='file:///C:/x.png'/></v:shape>",
            "<p>Löner</p>",
        ),
        ("<table><tr><td>" * 3000 + "djupt" + "</td></tr></table>" * 3000, "<p>djupt</p>"),
    ],
    ids=["tables", "settings", "pictures", "depth"],
)
def test_nothing_of_word_but_the_words(pasted, clean):
    assert clean_rich_text(pasted) == clean


@pytest.mark.parametrize("typed", ["<b>" * 20_000 + "x", "<ul><li>" * 20_000 + "x", "<div>" * 200_000, "</p>" * 50_000])
@pytest.mark.timeout(60)
def test_a_deep_nest_is_only_text_in_the_end(typed):
    assert clean_rich_text(typed).count("<") < 60


@pytest.mark.parametrize("character", ["\x00", "\x08", "\u200b", "\u202e", "\ue000", "\ud800", "\x7f"])
def test_invisible_characters_are_dropped(character):
    assert clean_rich_text(f"a{character}b") == "<p>ab</p>"


def test_cleaning_twice_changes_nothing_and_a_sanitiser_finds_nothing(naughty_strings):
    for typed in naughty_strings:
        clean = clean_rich_text(typed)
        assert clean_rich_text(clean) == clean
        assert nh3.clean(clean, tags=KEPT, link_rel=None) == clean.replace("\xa0", "&nbsp;")


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "//example.org", "/here", "https://", "tel:", "tel:abc",
     "http://user@evil.se/", "mailto:", "mailto:nobody", "https://a b.se", "https://[", "https://x.se/\u202etxt",
     'https://x.se/"onclick=', "file:///etc/passwd", "mailto:a@b.se,c@d.se"],
)  # fmt: skip
def test_a_link_nobody_should_follow(url):
    assert safe_url(url) == ""


@pytest.mark.parametrize(
    "url", ["https://exämpel.se/å?a=1&b=2#c", "http://example.org", "mailto:åsa@exempel.se", "tel:+46701234567"]
)
def test_a_link_people_may_follow(url):
    assert safe_url(url) == url
