"""The PDF: every glyph, the same text everywhere, tagged, light, and made where nothing can reach out."""

import html as entities
import http.server
import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
import unicodedata
from pathlib import Path

import pypdfium2
import pytest
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1
from PIL import Image

from templates_lib import pdf_worker, pictures
from templates_lib.pdf_worker import PdfFailed, make_pdf, page_images
from templates_lib.render.gate import paper
from templates_lib.render.html import print_html

pytestmark = pytest.mark.once  # says nothing about the database

LETTERS = "å ä ö é Å Ä Ö Š š Ž ž Ŋ ŋ đ Đ ð Ð æ ø Æ Ø þ č Č ŧ"


def made(document) -> bytes:
    return make_pdf(print_html(document), pictures.contents(document.pictures))


@pytest.fixture
def pdf(make_document) -> bytes:
    return made(make_document(text=f"Bokstäver {LETTERS}"))


def same(text: str) -> str:
    """Text as it is compared: NFKC, without spaces and soft hyphens."""
    return re.sub(r"[\s\u00ad]", "", unicodedata.normalize("NFKC", text))


def by_pdfium(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return same(text)


def by_poppler(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True)
    return same(done.stdout.decode())


def shown(html: str) -> str:
    """What the print face says, in order."""
    body = re.sub(r"<style.*?</style>|<title.*?</title>", "", html, flags=re.S)
    return same(entities.unescape(re.sub(r"<[^>]*>", "", body)))


def glyphs(pdf: bytes) -> list[tuple[int, str]]:
    """Every glyph id and font."""
    return [(glyph.cid, glyph.font) for glyph in paper.read(pdf).glyphs]


def test_every_letter_has_a_glyph_in_our_typeface(pdf):
    seen = glyphs(pdf)
    assert seen
    assert [cid for cid, _font in seen if cid == 0] == []
    assert {font.split("+")[1] for _cid, font in seen} <= {"Lato", "Lato-Bold", "Lato-Regular"}


def test_a_letter_without_a_glyph_is_seen(make_document):
    assert 0 in {cid for cid, _font in glyphs(made(make_document(text="欢")))}


def test_every_reader_sees_the_same_text(pdf, make_document):
    source = shown(print_html(make_document(text=f"Bokstäver {LETTERS}")))
    assert same(LETTERS) in by_pdfium(pdf)
    assert by_pdfium(pdf) == by_poppler(pdf)
    assert sorted(by_pdfium(pdf).replace("•", "")) == sorted(source)


def test_fonts_are_embedded_with_their_text(pdf):
    fonts = [font for page in PDFPage.get_pages(io.BytesIO(pdf)) for font in resolve1(page.resources["Font"]).values()]
    assert fonts
    for font in map(resolve1, fonts):
        assert font["Subtype"].name == "Type0"
        assert "ToUnicode" in font
        descriptor = resolve1(resolve1(resolve1(font["DescendantFonts"])[0])["FontDescriptor"])
        assert {"FontFile2", "FontFile3"} & set(descriptor)


def test_it_is_tagged_and_says_so(document):
    pdf = made(document)
    document = PDFDocument(PDFParser(io.BytesIO(pdf)))
    assert resolve1(document.catalog["MarkInfo"])["Marked"] is True
    assert "StructTreeRoot" in document.catalog
    assert resolve1(document.catalog["Lang"]) == b"sv"
    assert resolve1(document.catalog["ViewerPreferences"])["DisplayDocTitle"] is True
    assert "Kallelse till medlemsmöte" in pypdfium2.PdfDocument(pdf).get_metadata_value("Title")
    xmp = resolve1(document.catalog["Metadata"]).get_data().decode()
    assert re.search(r'pdfuaid:part(="1"|>1<)', xmp)
    assert not {"AcroForm", "AF"} & set(document.catalog)
    assert "EmbeddedFiles" not in resolve1(document.catalog.get("Names", {}))


def test_headings_are_in_order(document):
    document = PDFDocument(PDFParser(io.BytesIO(made(document))))
    kinds: list[str] = []
    waiting = [document.catalog["StructTreeRoot"]]
    while waiting:
        node = resolve1(waiting.pop())
        if isinstance(node, dict):
            kinds += [node["S"].name] if "S" in node else []
            children = resolve1(node.get("K", []))
            waiting += reversed(children if isinstance(children, list) else [children])
    assert [kind for kind in kinds if re.fullmatch(r"H\d?", kind)] == ["H1"]
    assert {"Figure", "L", "LI", "P", "Link"} <= set(kinds)


def test_it_is_light_and_one_page(pdf):
    assert len(pdf) < 200_000
    assert len(pypdfium2.PdfDocument(pdf)) == 1


def test_no_page_has_the_small_print_alone(make_document):
    """Whatever the length: from one page to two, line by line."""
    seen = []
    for lines in range(1, 24, 2):
        with pypdfium2.PdfDocument(made(make_document(text="<p>" + "<br>".join(["Rad"] * lines) + "</p>"))) as pages:
            last = pages[len(pages) - 1].get_textpage().get_text_range().replace("\xa0", " ")
            seen.append(len(pages))
        assert not last.startswith("Du får det här"), f"after {lines} lines"
    assert {1, 2} <= set(seen)


def test_names_in_other_scripts_use_the_fallback_faces(make_document):
    seen = glyphs(made(make_document(text="Здравко Παπαδόπουλος محمد דניאל")))
    assert [cid for cid, _font in seen if cid == 0] == []
    assert any("Arabic" in font for _cid, font in seen)
    assert any("Hebrew" in font for _cid, font in seen)


def test_pages_as_pictures(pdf):
    (page,) = page_images(pdf, width=600)
    assert Image.open(io.BytesIO(page)).size[0] == 600


def test_pages_as_pictures_in_all_their_colours(pdf):
    (page,) = page_images(pdf, width=600, full=True)
    assert Image.open(io.BytesIO(page)).mode == "RGB"


def test_a_style_sheet_kept_from_the_page_before_does_not_colour_the_next():
    def tall(size: str) -> float:
        pdf = make_pdf(page("<p>x</p>", f"<style>@page {{ size: {size} }}</style>"), {})
        return round(pypdfium2.PdfDocument(pdf)[0].get_height())

    assert [tall("A4"), tall("A3"), tall("A4")] == [842, 1191, 842]


def test_a_picture_kept_from_the_page_before_is_not_served_to_another():
    shown = page('<img src="asset:a" alt="x">')
    make_pdf(shown, {"a": png(9, 9)})
    for pictures_given in ({}, {"b": png(9, 9)}):
        with pytest.raises(PdfFailed, match="foreign"):
            make_pdf(shown, pictures_given)
    assert make_pdf(shown, {"a": png(9, 9)}) != make_pdf(shown, {"a": png(9, 8)})


# --- nothing is fetched ----------------------------------------------------------------------------------------------


def page(body: str, head: str = "") -> str:
    return f'<!DOCTYPE html><html lang="sv"><head><title>t</title>{head}</head><body><h1>t</h1>{body}</body></html>'


XLINK = "http://www.w3.org/1999/xlink"


def vectors(place: str) -> dict[str, str]:
    """Ways a page can ask for something; `place` is where it would be looked for."""
    return {
        "img": page(f'<img src="{place}" alt="x">'),
        "srcset": page(f'<img srcset="{place} 2x" src="{place}" alt="x">'),
        "object": page(f'<object data="{place}">x</object>'),
        "embed": page(f'<embed src="{place}">'),
        "iframe": page(f'<iframe src="{place}"></iframe>'),
        "svg image": page(f'<svg xmlns:xlink="{XLINK}"><image xlink:href="{place}" width="9" height="9"/></svg>'),
        "svg use": page(f'<svg><use href="{place}#a"/></svg>'),
        "style url": page(f'<p style="background:url({place})">x</p>'),
        "style image": page(f"<p style=\"list-style-image:url('{place}');display:list-item\">x</p>"),
        "content": page("<p>x</p>", f"<style>p::before{{content:url({place})}}</style>"),
        "import": page("", f"<style>@import url({place});</style>"),
        "import quoted": page("", f'<style>@import "{place}";</style>'),
        "font-face": page("<p>x</p>", f"<style>@font-face{{font-family:X;src:url({place})}}p{{font-family:X}}</style>"),
        "stylesheet": page("", f'<link rel="stylesheet" href="{place}">'),
        "attachment": page("", f'<link rel="attachment" href="{place}">'),
        "anchor attachment": page(f'<a rel="attachment" href="{place}">x</a>'),
        "base": page('<img src="secret.png" alt="x">', f'<base href="{place}">'),
        "border-image": page(f'<p style="border:9px solid;border-image:url({place}) 9">x</p>'),
        "page background": page("", f"<style>@page{{background:url({place})}}</style>"),
    }


@pytest.fixture
def listener():
    """A server on loopback that counts who calls."""

    class Counting(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            calls.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    calls: list[str] = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/x.png", calls
    server.shutdown()
    server.server_close()


def refusals(place: str) -> list[str]:
    """How many of the vectors asked for something and were refused; the others are not understood at all."""
    codes = []
    for html in vectors(place).values():
        try:
            make_pdf(html, {})
        except PdfFailed as failed:
            codes.append(failed.code)
    return codes


def test_nothing_is_fetched_from_the_net(listener):
    address, calls = listener
    codes = refusals(address)
    assert calls == []
    assert set(codes) <= {"foreign", "broken"}  # broken: a font wants a folder to write in, and there is none
    assert len(codes) >= 13


def test_no_file_is_read(tmp_path):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (9, 9), "#123456").save(secret)
    os.utime(secret, ns=(0, time.time_ns()))  # read long ago, changed now: the next read moves the first
    codes = refusals(secret.as_uri())
    assert os.stat(secret).st_atime_ns == 0
    assert set(codes) <= {"foreign", "broken"}  # broken: a font wants a folder to write in, and there is none
    assert len(codes) >= 13


@pytest.mark.parametrize(
    "place",
    ["data:image/png;base64,AAAA", "/etc/passwd", "ftp://127.0.0.1/x", "asset:unknown", "ASSET:x", "asset://h/x"],
)
def test_only_the_messages_own_pictures_are_served(place):
    with pytest.raises(PdfFailed, match="foreign"):
        make_pdf(page(f'<img src="{place}" alt="x">'), {"known": png(9, 9)})


# --- limits ----------------------------------------------------------------------------------------------------------


def png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("1", (width, height)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("code", "html", "assets"),
    [
        ("depth", page("<div>" * 10_000), {}),
        ("depth", page("<b>" * 40 + "x" + "</b>" * 40), {}),
        ("pages", page('<p style="break-after:page">x</p>' * 25), {}),
        ("picture", page('<img src="asset:a" alt="x">'), {"a": png(6000, 6000)}),
        ("picture", page('<img src="asset:a" alt="x">'), {"a": b"no picture"}),
    ],
    ids=["ten thousand deep", "forty deep", "25 pages", "36 megapixels", "not a picture"],
)
def test_a_limit_is_named_in_plain_words(code, html, assets):
    with pytest.raises(PdfFailed) as failed:
        make_pdf(html, assets)
    assert failed.value.code == code
    assert str(failed.value.reason).endswith(".")
    assert make_pdf(page("<p>alive</p>"), {}).startswith(b"%PDF")


@pytest.mark.parametrize("kind", ["poster", "square", "letters"])
def test_every_kind_of_job_has_its_own_limit_of_pages(kind):
    limit = pdf_worker.KINDS[kind].pages
    with pytest.raises(PdfFailed) as failed:
        make_pdf(page('<p style="break-after:page">x</p>' * (limit + 1)), {}, kind=kind)
    assert failed.value.reason == pdf_worker.PAGES[kind]


@pytest.mark.slow
def test_letters_are_granted_less_memory():
    assert pdf_worker.KINDS["letters"].memory < pdf_worker.KINDS["invitation"].memory
    with pytest.raises(PdfFailed) as failed:
        make_pdf(ENDLESS, {}, kind="letters")
    assert failed.value.code == "memory"
    assert make_pdf(page("<p>alive</p>"), {}).startswith(b"%PDF")


ENDLESS = page("<p>ord </p>" * 400_000)


def test_a_page_that_never_ends_is_stopped_and_the_worker_lives():
    with pytest.raises(PdfFailed) as failed:
        make_pdf(ENDLESS, {}, seconds=2)
    assert failed.value.code == "time"
    assert make_pdf(page("<p>alive</p>"), {}).startswith(b"%PDF")


@pytest.mark.slow
def test_a_page_that_never_ends_meets_one_of_the_real_limits():
    with pytest.raises(PdfFailed) as failed:
        make_pdf(ENDLESS, {})
    assert failed.value.code in {"time", "memory"}  # a fast machine fills the memory first
    assert make_pdf(page("<p>alive</p>"), {}).startswith(b"%PDF")


def run(code: str, *, check: bool = True) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, cwd=pdf_worker.ROOT, check=check).stdout


def test_memory_is_limited():
    code = (
        "import resource, templates_lib.pdf_child as child\n"
        "resource.setrlimit(resource.RLIMIT_AS, (child.MEMORY, child.MEMORY))\n"
        "try:\n    bytearray(1_300_000_000)\nexcept MemoryError:\n    print('limited')"
    )
    assert run(code).strip() == "limited"


# --- the worker ------------------------------------------------------------------------------------------------------


def test_it_stays_warm_and_a_kill_is_not_noticed():
    make_pdf(page("<p>one</p>"), {})
    first = pdf_worker._worker.child
    make_pdf(page("<p>two</p>"), {})
    assert pdf_worker._worker.child is first
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert make_pdf(page("<p>three</p>"), {}).startswith(b"%PDF")
    assert pdf_worker._worker.child is not first


def test_a_worker_that_went_idle_is_replaced_silently():
    make_pdf(page("<p>one</p>"), {})
    child = pdf_worker._worker.child
    child.stdin.close()
    child.wait(10)
    child.stdin = open(os.devnull, "wb", buffering=0)  # noqa: SIM115
    assert make_pdf(page("<p>two</p>"), {}).startswith(b"%PDF")


def test_a_worker_that_keeps_much_memory_is_replaced_silently():
    code = (
        "import subprocess, sys\n"
        "from django.conf import settings; settings.configure()\n"
        "from templates_lib import pdf_worker as w\n"
        "small = 'from templates_lib import pdf_child; pdf_child.GROWN = 0; pdf_child.main()'\n"
        "start = subprocess.Popen\n"
        "w.subprocess.Popen = lambda _command, **options: start([sys.executable, '-c', small], **options)\n"
        f"html = {page('<p>x</p>')!r}\n"
        "for _ in range(2): print(w.make_pdf(html, {})[:4], w._worker.child.pid)\n"
    )
    first, second = run(code).splitlines()
    assert first.startswith("b'%PDF'")
    assert second.startswith("b'%PDF'")
    assert first != second


def test_several_threads_share_it():
    results: list[bytes] = []
    threads = [threading.Thread(target=lambda n=n: results.append(make_pdf(page(f"<p>{n}</p>"), {}))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(by_pdfium(pdf) for pdf in results) == ["t0", "t1", "t2", "t3"]


def test_nothing_is_left_behind_at_exit_or_after_a_fork():
    code = (
        "import os, sys\n"
        "from django.conf import settings; settings.configure()\n"
        "from templates_lib import pdf_worker as w\n"
        f"html = {page('<p>x</p>')!r}\n"
        "w.make_pdf(html, {}); print(w._worker.child.pid)\n"
        "sys.stdout.flush()\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    assert w._worker.child is None\n"
        "    w.make_pdf(html, {}); print(w._worker.child.pid); sys.stdout.flush(); sys.exit(0)\n"
        "assert os.waitpid(pid, 0)[1] == 0\n"
        "assert w.make_pdf(html, {})[:4] == b'%PDF'\n"
    )
    pids = [int(line) for line in run(code).split()]
    assert len(set(pids)) == 2
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


def test_a_killed_parent_takes_the_worker_along():
    code = (
        "import os, signal, sys\n"
        "from django.conf import settings; settings.configure()\n"
        "from templates_lib import pdf_worker as w\n"
        f"w.make_pdf({page('<p>x</p>')!r}, {{}}); print(w._worker.child.pid); sys.stdout.flush()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    pid, deadline = int(run(code, check=False)), time.monotonic() + 5
    while os.path.exists(f"/proc/{pid}") and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.05)
