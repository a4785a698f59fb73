"""Drawing a message reads no file, calls nobody and never falls over (threats S9 and S10)."""

from __future__ import annotations

import http.server
import io
import os
import struct
import threading
import time
import zlib
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from templates_lib import pictures
from templates_lib.blocks import vocabulary
from templates_lib.pdf_worker import PdfFailed, make_pdf
from templates_lib.render import faces
from templates_lib.render.document import Block, Brand, Document, RenderRefused, Sender
from templates_lib.render.html import print_html
from templates_lib.render.mjml import compile_mjml, mail_html
from templates_lib.render.rich_text import MAX_LENGTH, clean_rich_text

pytestmark = pytest.mark.once  # says nothing about the database

CANARY = "kanariefågeln sjunger"

# PLACE is where something would be looked for. Well-formed XML, so that MJML reads it as well.
VECTORS = {
    "img": '<img src="PLACE" alt="x"/>',
    "img srcset": '<img srcset="PLACE 2x" src="PLACE" alt="x"/>',
    "picture source": '<picture><source srcset="PLACE"/><img src="PLACE" alt="x"/></picture>',
    "input image": '<input type="image" src="PLACE" alt="x"/>',
    "object": '<object data="PLACE">x</object>',
    "embed": '<embed src="PLACE"/>',
    "iframe": '<iframe src="PLACE">x</iframe>',
    "video": '<video src="PLACE" autoplay="autoplay" poster="PLACE">x</video>',
    "audio": '<audio src="PLACE" autoplay="autoplay">x</audio>',
    "svg image": '<svg><image href="PLACE" width="9" height="9"/></svg>',
    "svg use": '<svg><use href="PLACE#a"/></svg>',
    "stylesheet": '<link rel="stylesheet" href="PLACE"/>',
    "attachment": '<link rel="attachment" href="PLACE"/>',
    "icon": '<link rel="icon" href="PLACE"/>',
    "anchor attachment": '<a rel="attachment" href="PLACE">x</a>',
    "base": '<base href="PLACE"/><img src="secret.png" alt="x"/>',
    "meta refresh": '<meta http-equiv="refresh" content="0;url=PLACE"/>',
    "script": '<script src="PLACE">x</script>',
    "form": '<form action="PLACE"><button>x</button></form>',
    "body background": '<table background="PLACE"><tr><td background="PLACE">x</td></tr></table>',
    "background": '<p style="background:url(PLACE)">x</p>',
    "list-style-image": "<p style=\"list-style-image:url('PLACE');display:list-item\">x</p>",
    "content": "<div><style>p::before{content:url(PLACE)}</style><p>x</p></div>",
    "cursor": '<p style="cursor:url(PLACE),auto">x</p>',
    "mask": '<p style="mask:url(PLACE);mask-image:url(PLACE)">x</p>',
    "border-image": '<p style="border:9px solid;border-image:url(PLACE) 9">x</p>',
    "image-set": "<p style=\"background:image-set('PLACE' 1x)\">x</p>",
    "import url": "<div><style>@import url(PLACE);</style></div>",
    "import": "<div><style>@import 'PLACE';</style></div>",
    "font-face": "<div><style>@font-face{font-family:X;src:url(PLACE)}p{font-family:X}</style><p>x</p></div>",
    "page background": "<div><style>@page{background:url(PLACE)}</style></div>",
    "escaped url": "<div><style>p{background:u\\72l(PLACE)}</style><p>x</p></div>",
    "svg filter": '<svg><filter id="f"><feImage href="PLACE"/></filter><rect filter="url(PLACE#f)" width="9" height="9"/></svg>',  # noqa: E501
}
UNDERSTOOD = {  # by the engine that draws pages: these it asks for, and is refused
    "img", "img srcset", "picture source", "object", "embed", "svg image", "stylesheet", "attachment",
    "anchor attachment", "base", "background", "list-style-image", "content", "border-image", "import url", "import",
    "page background", "escaped url",
}  # fmt: skip


def page(body: str) -> str:
    return f'<!DOCTYPE html><html lang="sv"><head><title>t</title></head><body><h1>t</h1>{body}</body></html>'


@pytest.fixture(scope="module")
def trap(tmp_path_factory):
    """(places, what was fetched so far): a real server on loopback, a real file, and words in both."""
    calls: list[str] = []

    class Counting(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            calls.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CANARY.encode())

        do_HEAD = do_POST = do_GET

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    file = tmp_path_factory.mktemp("secret") / "secret.png"
    file.write_text(CANARY)
    lay(file)
    file.read_bytes()
    assert os.stat(file).st_atime_ns > 0, "this disk does not say when a file was read"
    lay(file)
    yield Trap([f"http://127.0.0.1:{server.server_port}/x.png", file.as_uri()], calls, file)
    server.shutdown()
    server.server_close()


def lay(file: Path) -> None:
    """Read long ago, changed now: the next read moves the first."""
    os.utime(file, ns=(0, time.time_ns()))


class Trap:
    def __init__(self, places: list[str], calls: list[str], file: Path) -> None:
        self.places, self.calls, self.file = places, calls, file

    def fetched(self) -> list[str]:
        read = [str(self.file)] if os.stat(self.file).st_atime_ns else []
        return [*self.calls, *read]


def streams(pdf: bytes) -> bytes:
    """Everything in a PDF, unpacked."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert "/EmbeddedFiles" not in opened.Root.get("/Names", {})
        packed = [thing for thing in opened.objects if isinstance(thing, pikepdf.Stream)]
        return b"\n".join(thing.read_bytes(pikepdf.StreamDecodeLevel.generalized) for thing in packed)


def drawn(html: str) -> str:
    """The code of a refusal, "" when a page came out; never a word of the secret in it."""
    try:
        pdf = make_pdf(html, {})
    except PdfFailed as failed:
        return failed.code
    assert CANARY.encode() not in pdf + streams(pdf)
    return ""


@pytest.mark.once
@pytest.mark.parametrize("name", VECTORS)
def test_paper_fetches_nothing(trap, name):
    codes = {drawn(page(VECTORS[name].replace("PLACE", place))) for place in trap.places}
    assert trap.fetched() == []
    if name in UNDERSTOOD:
        assert codes == {"foreign"}
    else:
        assert codes <= {"", "foreign", "broken"}  # broken: a font wants a folder to write in, and there is none


@pytest.mark.once
def test_there_are_at_least_32_ways_to_ask():
    assert len(VECTORS) >= 32
    assert set(VECTORS) >= UNDERSTOOD


OTHERS = ["ftp://127.0.0.1/x", "//127.0.0.1/x", "/etc/passwd", "secret.png", "data:text/css,p{}", "asset:unknown",
          "gopher://127.0.0.1", "file:/etc/passwd", "FILE:///etc/passwd", "jar:file:///x", "javascript:1"]  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize("place", OTHERS)
def test_no_other_scheme_is_served_either(place):
    assert drawn(page(f'<img src="{place}" alt="x"><p style="background:url({place})">x</p>')) == "foreign"


def document(*blocks: Block) -> Document:
    brand, sender = Brand(name="F"), Sender(name="A")
    return Document("sv", "x", "x", brand, sender, blocks, base_url="https://union.example.org")


@pytest.fixture
def own_block(tmp_path, monkeypatch):
    """`own_block(mjml)`: a block whose mail face somebody wrote carelessly."""

    def make(face: str) -> Document:
        folder = tmp_path / "evil"
        folder.mkdir(exist_ok=True)
        inside = "<mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section>"
        (folder / "mail.mjml").write_text(inside.format(face))
        faces.environment.cache_clear()
        return document(Block("evil", {}))

    monkeypatch.setattr(faces, "FOLDERS", [*faces.FOLDERS, tmp_path])
    yield make
    faces.environment.cache_clear()


HARMLESS_IN_MAIL = {"anchor attachment"}  # a link like any other: followed by hand or not at all


@pytest.mark.once
@pytest.mark.parametrize("name", VECTORS)
def test_a_mail_face_that_would_fetch_is_refused(trap, own_block, name):
    for place in trap.places:
        try:
            html = mail_html(own_block(VECTORS[name].replace("PLACE", place)))
        except RenderRefused:
            continue
        else:
            assert name in HARMLESS_IN_MAIL, html
    assert trap.fetched() == []


@pytest.mark.once
def test_a_mail_face_that_fetches_from_us_is_drawn(own_block):
    """Otherwise the test above would prove nothing."""
    own = own_block('<img src="https://union.example.org/i/x.png" alt="x"/><p style="background:#ffffff">x</p>')
    assert "https://union.example.org/i/x.png" in mail_html(own)


@pytest.mark.once
@pytest.mark.parametrize("name", VECTORS)
def test_typed_into_rich_text_nothing_is_left_to_fetch(trap, name):
    clean = clean_rich_text(VECTORS[name].replace("PLACE", trap.places[1]))
    assert "secret.png" not in clean.replace("@import", "")
    assert not any(word in clean for word in ("<img", "<style", "<link", "src=", "url(", "background"))


# --- bombs ------------------------------------------------------------------------------------------------------------


def bomb_png(width: int, height: int) -> bytes:
    """A few kilobytes that claim, and unpack to, a picture of any size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(b"\0" * (width // 8 + 1)) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


COUNTERS = "<style>p{counter-increment:a 1}p::before{content:counters(a,'.') counter(a,upper-roman)}</style>"
NESTED_CSS = "<style>" + "@media print{" * 5_000 + "p{color:red}" + "}" * 5_000 + "</style>"
LONG_SELECTOR = f"<style>{'p:not(' * 5_000}p{')' * 5_000}{{color:red}}</style><p>x</p>"
QUICK = {  # name -> (page, pictures)
    "ten thousand deep": (page("<div>" * 10_000), {}),
    "ten thousand deep, closed": (page("<b>" * 10_000 + "x" + "</b>" * 10_000), {}),
    "a picture of 400 megapixels": (page('<img src="asset:a" alt="x">'), {"a": bomb_png(20_000, 20_000)}),
    "css braces 5,000 deep": (page(NESTED_CSS), {}),
    "a selector 5,000 deep": (page(LONG_SELECTOR), {}),
    "an attribute of a megabyte": (page(f'<p title="{"x" * 1_000_000}" style="{"color:red;" * 50_000}">x</p>'), {}),
    "a page a kilometre wide": (page("<style>@page{size:1000000mm 1000000mm}</style><p>x</p>"), {}),
    "two thousand columns": (page("<table><tr>" + "<td>x</td>" * 2_000 + "</tr></table>"), {}),
    "an entity that grows": (page('<!DOCTYPE x [<!ENTITY a "&b;&b;"><!ENTITY b "x">]>' + "&a;" * 1000), {}),
}
SLOW = {
    "a hundred thousand tables": (page("<table><tr><td>x</td></tr></table>" * 100_000), {}),
    "a word of a million letters": (page(f"<p>{'x' * 1_000_000}</p>"), {}),
    "a page for each of a hundred thousand": (page('<p style="break-after:page">x</p>' * 100_000), {}),
    "counters": (page(COUNTERS + "<p>x</p>" * 100_000), {}),
    "a span of a million columns": (page('<table><tr><td colspan="1000">x</td></tr></table>' * 5_000), {}),
    "floats in floats": (page("<div style='float:left;width:1%'>x</div>" * 60_000), {}),
}
BOMBS = [pytest.param(*bomb, id=name) for name, bomb in QUICK.items()] + [
    pytest.param(*bomb, id=name, marks=pytest.mark.slow) for name, bomb in SLOW.items()
]


@pytest.mark.once
@pytest.mark.parametrize(("html", "assets"), BOMBS)
@pytest.mark.timeout(90)
def test_a_bomb_ends_within_the_limits_and_the_worker_answers_afterwards(html, assets):
    make_pdf(page("<p>warm</p>"), {})
    try:
        outcome = make_pdf(html, assets)[:4]
    except PdfFailed as failed:
        outcome = failed.code
    assert outcome in {b"%PDF", "depth", "picture", "pages", "time", "memory", "broken"}
    assert make_pdf(page("<p>alive</p>"), {}).startswith(b"%PDF")


@pytest.mark.once
@pytest.mark.parametrize(
    "source",
    [
        "<mjml>" * 10_000,
        "<mjml><mj-body>" + "<mj-section>" * 10_000,
        "<mjml><mj-body><mj-text>" + "<p>" * 10_000 + "</p>" * 10_000 + "</mj-text></mj-body></mjml>",
        '<!DOCTYPE a [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><mjml>&b;</mjml>',
        "<mjml><mj-body>" + "<mj-raw>" * 50,
        "<mjml " + 'a="x" ' * 10_000 + ">",
    ],
    ids=lambda source: source[:30],
)
@pytest.mark.timeout(60)  # each takes far less than one; without the limit, minutes
def test_a_bomb_of_a_mail_layout_is_refused_at_once(source):
    with pytest.raises(RenderRefused):
        compile_mjml(source)


TYPED = {
    "tags": "<b>" * 100_000, "lists": "<ul><li>" * 50_000, "word": "x" * 1_000_000, "entities": "&amp;" * 200_000,
    "comments": "<!--" * 100_000, "attributes": "<a " + "x=1 " * 200_000 + ">", "tables": "<table><tr><td>" * 50_000,
    "angle brackets": "<" * 500_000, "links": '<a href="https://x.se">x</a>' * 50_000,
}  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize("name", TYPED)
@pytest.mark.timeout(60)  # each takes far less than one; without the limit, minutes
def test_a_bomb_typed_into_a_slot_is_only_text_in_the_end(name):
    clean = clean_rich_text(TYPED[name])
    assert len(clean) < 12 * MAX_LENGTH
    assert clean_rich_text(clean[:1000]) is not None


@pytest.mark.once
@pytest.mark.timeout(60)  # each takes far less than one; without the limit, minutes
def test_an_upload_that_unpacks_to_gigabytes_is_refused_before_it_does(settings):
    bomb = bomb_png(40_000, 40_000)
    assert len(bomb) < 1_000_000
    for upload in (bomb, bomb[:5000], bomb_png(25_001, 1000)):
        with pytest.raises(pictures.PictureRefused):
            pictures.reencode(upload)
    assert pictures.reencode(bomb_png(4_000, 4_000))[2] == (1200, 1200)


@pytest.mark.once
def test_every_shipped_face_is_drawn_without_asking_for_anything():
    """All three faces of every block are parsed: nothing staff can choose names another host."""
    for name, _block in vocabulary():
        for face in ("mail.mjml", "print.html", "text.txt"):
            source = (faces.BLOCKS / name / face).read_text("utf-8")
            assert "http://" not in source.replace("http://www.w3.org/", "")
            assert "https://" not in source
            assert "file:" not in source


@pytest.mark.once
def test_the_trap_would_have_snapped(trap, tmp_path):
    """A page drawn without our fetcher does ask: the vectors are real."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    before = len(trap.calls)
    HTML(string=page(VECTORS["img"].replace("PLACE", trap.places[0])), url_fetcher=URLFetcher()).render()
    assert len(trap.calls) == before + 1
    trap.calls.clear()


@pytest.mark.once
def test_a_picture_of_ours_is_still_drawn():
    out = io.BytesIO()
    Image.new("RGB", (9, 9), "#123456").save(out, "PNG")
    html = print_html(document()).replace("<body>", '<body><h1>x</h1><img src="asset:a" alt="x">')
    assert b"/Image" in make_pdf(html, {"a": out.getvalue()})
