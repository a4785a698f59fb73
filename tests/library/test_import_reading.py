"""A folder read: what becomes of texts of any origin, and what is refused with file and line. No database."""

from __future__ import annotations

import datetime

import pytest

from cms import importing
from cms.importing import folder as folders
from cms.importing import front, markup
from tests.library.sites import PACKAGE, PDF, lay, picture, text, whole, word

TERMS = importing.Terms(language="sv")
SOURCES = markup.Sources(link=lambda href: href and f'href="{href}"', picture=lambda source: source)


def read(folder, files, terms=TERMS):
    return importing.read(lay(folder, files), terms)


def refused(folder, files) -> list[tuple[str, int]]:
    return [(path, line) for path, line, _reason in read(folder, files).refusals]


def html(said: str) -> list[tuple]:
    return [tuple(block) for block in markup.blocks(said, SOURCES)]


def test_one_of_each_is_read_whole(tmp_path):
    reading = read(tmp_path, whole())
    assert reading.refusals == []
    found = {article.path: article for article in reading.articles}
    assert {path: article.kind for path, article in found.items()} == {
        "resor.md": "article", "moten/regler.html": "article", "moten/protokoll.docx": "minutes",
        "nytt.markdown": "news", "blankett.md": "document",
    }  # fmt: skip
    travel = found["resor.md"]
    assert (travel.key, travel.shelf, travel.links) == ("resor", ("Möten",), ("moten/regler.html",))
    assert travel.files == ("filer/plan.pdf", "filer/blankett.pdf")
    assert travel.valid_until == datetime.date(2030, 1, 31)
    assert [block.kind for block in travel.blocks] == [
        "paragraph", "figure", "heading", "paragraph", "passage", "note"]  # fmt: skip
    assert travel.blocks[0].value == (
        '<p><b>Ja</b>, se <a linktype="page" id="moten/regler.html">reglerna</a> och blanketten.</p>'
    )
    assert travel.blocks[1].value == {"image": "bilder/karta.png", "alt": "Karta", "caption": ""}
    assert travel.blocks[3].value == "<p><b>6 timmar:</b> Kronor 190</p>"
    assert travel.blocks[4].value == {"name": "Välkommen hit", "text": "<p>Kom <i>gärna</i>.</p>"}
    minutes = found["moten/protokoll.docx"]
    assert (minutes.audience, minutes.shelf, minutes.key) == (("A",), ("Möten", "Protokoll"), "moten/protokoll.docx")
    assert [tuple(block) for block in minutes.blocks] == [
        ("heading", "Beslut"), ("paragraph", "<p>Vi köper bord.</p>")]  # fmt: skip
    assert found["nytt.markdown"].summary == "Nu börjar det."


def test_a_word_file_that_is_handed_out_is_no_page_of_its_own(tmp_path):
    reading = read(tmp_path, {"a.md": text(files="mall.docx"), "mall.docx": word("Dagordning")})
    assert [article.path for article in reading.articles] == ["a.md"]
    assert reading.refusals == []


@pytest.mark.parametrize(
    "said",
    [
        "<p onclick='x()'>ett<script>alert(1)</script><style>p{}</style></p>",
        "<p>ett</p><iframe src='https://example.org'></iframe><svg onload=x()><script>1</script></svg>",
        "<p>ett</p><!-- två --><template>två</template><nav><a href='/'>Start</a></nav>",
        "<p style='color:red' class=x>ett</p><form><button>två</button></form>",
    ],
)
def test_of_hostile_html_only_the_words_stay(said):
    assert html(said) == [("paragraph", "<p>ett</p>")]


@pytest.mark.parametrize("href", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", " java\tscript:x"])
def test_a_link_that_runs_something_is_none(href):
    assert "href" not in str(html(f"<p><a href='{href}'>ett</a></p>"))


def test_text_that_looks_like_markup_stays_text():
    assert html("<p>&lt;script&gt;1&lt;/script&gt; a &amp; b</p>") == [
        ("paragraph", "<p>&lt;script&gt;1&lt;/script&gt; a &amp; b</p>")
    ]


def test_lists_tables_and_loose_words_become_paragraphs():
    assert html("lös <b>text</b><ul><li><p>a</p></li><li>b<ol><li>c</li></ol></li></ul><h3>R</h3>"
                "<table><tr><td>1</td><td><i>2</i></td></tr></table>") == [
        ("paragraph", "<p>lös <b>text</b></p><ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>"),
        ("heading", "R"),
        ("paragraph", "<p>1 · <i>2</i></p>"),
    ]  # fmt: skip


def test_external_links_are_https_and_what_is_lost_is_said(tmp_path):
    body = (
        "[a](https://example.org/?x=1&y=%22) [b](http://example.org) [c](../ute.md) [d](finns-inte.md) [e](/etc/passwd)"
    )
    article = read(tmp_path, {"a.md": text(body), "../ute.md": text()}).articles[0]
    assert article.blocks[0].value == '<p><a href="https://example.org/?x=1&amp;y=%22">a</a> b c d e</p>'
    assert len(article.without) == 4


def test_pictures_are_drawn_anew_and_those_from_elsewhere_left_out(tmp_path):
    body = "Se: ![](x.png) ![](https://example.org/x.png) ![](trasig.png) ![](../../x.png)"
    article = read(tmp_path, {"a.md": text(body), "x.png": picture() + b"<script>", "trasig.png": b"nej"}).articles[0]
    assert list(article.pictures) == ["x.png"]
    assert b"<script>" not in article.pictures["x.png"]
    assert len(article.without) == 3


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("---\ntitle: x\n", 1),
        ("---\ntitle: [x\n---\n", 3),
        ("---\n- x\n---\n", 2),
        ("---\ntitle: a\ntitle: b\nshelf: M\n---\nx", 2),
        ("---\na: &x [1]\nb: *x\n---\n", 3),
        ("---\na: !!python/object/apply:os.system [id]\n---\n", 2),
        ("---\na: " + "[" * 8000 + "\n---\n", 2),
        ("---\na: " + "x" * front.MAX_BYTES + "\n---\n", 2),
        (text(date="igår", kind="document"), 4),
        (text(kind="roman"), 4),
        (text(language="fi"), 4),
        (text(valid_until="2027-02-30"), 2),
        (text(kind="minutes", date="2026-01-01"), 4),
        (text(kind="document"), 4),
        (text(title="''"), 1),
        (text(title="{a: b}"), 2),
        (text(title="x" * 300), 2),
        (text("", kind="article"), 1),
        (text(files="../hemligt.pdf"), 4),
        (text(files="/etc/passwd"), 4),
        (text(files="finns-inte.pdf"), 4),
        (text(files="program.exe"), 4),
        (text(files="lögn.pdf"), 4),
        (text("::: passage Utan slut\nx"), 5),
        (text("x\n:::\n"), 6),
        (text("::: ruta\nx\n:::"), 5),
        (text("::: passage\nx\n:::"), 0),
        ("Utan allt", 1),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_line(tmp_path, said, line):
    files = {"a.md": said, "../hemligt.pdf": PDF, "program.exe": b"MZ", "lögn.pdf": b"<html>", "b.md": text()}
    assert refused(tmp_path / "in", files) == [("a.md", line)]


def test_a_file_that_is_no_utf8_is_refused_at_its_line(tmp_path):
    assert refused(tmp_path, {"a.md": b"---\ntitle: x\nshelf: " + "Möten".encode("latin-1")}) == [("a.md", 3)]


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 no",
        word("x", extra={"word/vbaProject.bin": "x"}),
        word("x").replace(b"\x08\x00", b"\x63\x00"),  # a compression nobody knows
        word("x").replace(b"document.xml", b"dokument.xml"),
        word("x", before='<!DOCTYPE a [<!ENTITY b "c">]>'),
        word("x", extra={f"word/{n}.xml": "" for n in range(folders.MAX_PARTS)}),
        word("x", extra={"word/big.xml": "0" * 3_000_000}),
    ],
)
def test_a_word_file_that_is_none_or_too_much_is_refused(tmp_path, content, monkeypatch):
    monkeypatch.setattr(folders, "MAX_UNPACKED", 2_000_000)
    assert refused(tmp_path, {"a.docx": content, "a.yaml": "title: x\nshelf: y\n"}) == [("a.docx", 0)]


def test_symbolic_links_are_refused_wherever_they_stand(tmp_path):
    outside = lay(tmp_path / "ute", {"x.md": text(), "x.pdf": PDF})
    inside = lay(tmp_path / "in", {"a.md": text(files="x.pdf"), "b.md": text(files="mapp/x.pdf"), "c.md": text()})
    (inside / "x.pdf").symlink_to(outside / "x.pdf")
    (inside / "mapp").symlink_to(outside)
    (inside / "d.md").symlink_to(outside / "x.md")
    reading = importing.read(inside, TERMS)
    assert [article.path for article in reading.articles] == ["c.md"]
    assert [refusal.path for refusal in reading.refusals] == ["a.md", "b.md", "d.md", "mapp"]


def test_too_large_and_too_many_are_refused(tmp_path, monkeypatch):
    assert refused(tmp_path, {"a.md": text("x" * folders.MAX_TEXT)}) == [("a.md", 0)]
    monkeypatch.setattr(folders, "MAX_PAGES", 2)
    with pytest.raises(importing.FolderError):
        read(tmp_path, {"b.md": text(), "c.md": text()})


def test_a_text_nested_beyond_reason_is_refused(tmp_path):
    deep = "<blockquote>" * 5000 + "x"
    assert refused(tmp_path, {"a.html": text(deep), "b.md": text(">" * 3000 + " x")}) == [("a.html", 0), ("b.md", 1)]


def test_a_file_without_front_matter_takes_its_heading_and_what_the_command_says(tmp_path):
    terms = importing.Terms(language="nb", shelf="Gammelt / Arkiv")
    reading = read(tmp_path, {"a.html": "<title>Förr</title><p>Text.</p>", "b.md": "# Rubrik\n\nText."}, terms)
    assert [(one.title, one.language, one.shelf) for one in reading.articles] == [
        ("Förr", "nb", ("Gammelt", "Arkiv")), ("Rubrik", "nb", ("Gammelt", "Arkiv"))]  # fmt: skip
    assert [len(one.blocks) for one in reading.articles] == [1, 1]


def test_what_a_text_shows_and_links_again_and_again_is_read_once(tmp_path, monkeypatch):
    seen = []
    real = folders.read_bytes
    monkeypatch.setattr(folders, "read_bytes", lambda at, path, **how: seen.append(path) or real(at, path, **how))
    body = "Se ![](x.png) " * 50 + "[y](y.pdf) " * 50
    article = read(tmp_path, {"a.md": text(body), "x.png": picture(), "y.pdf": PDF}).articles[0]
    assert seen.count("x.png") == 1
    assert seen.count("y.pdf") == 2  # once looked at, once for its fingerprint
    assert len([block for block in article.blocks if block.kind == "figure"]) == 50


def test_a_picture_in_a_word_file_becomes_a_figure(tmp_path):
    drawing = (
        '<w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<wp:docPr descr="En karta"/><a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<a:graphicData><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill>'
        '<a:blip r:embed="p1" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/>'
        "</pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
    rels = (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="p1" Target="media/k.png" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"/></Relationships>'
    )
    shown = f"Se</w:t></w:r><w:r>{drawing}</w:r><w:r><w:t>kartan"
    content = word(shown, shown, extra={"word/_rels/document.xml.rels": rels, "word/media/k.png": picture()})
    article = read(tmp_path, {"a.docx": content, "a.yaml": "title: Karta\nshelf: Resor\n"}).articles[0]
    figures = [block.value for block in article.blocks if block.kind == "figure"]
    assert [figure["alt"] for figure in figures] == ["En karta", "En karta"]
    assert len(article.pictures) == 1
