"""Every shipped template before the judges: the gate itself, veraPDF, three readers of PDFs, Chromium and axe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from templates_lib.render.gate.reading import body_text
from templates_lib.render.shown import on_page
from tests.gate import readers
from tests.gate.conftest import Drawn, Shipped

pytestmark = [pytest.mark.once, pytest.mark.browser, pytest.mark.django_db]
WIDTHS = (320, 375, 680)
AXE = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]},
}


def test_the_gate_has_nothing_to_say(shipped: Shipped) -> None:
    assert {drawn.name: drawn.told for drawn in shipped.drawn if drawn.told} == {}
    assert len(shipped.drawn) >= 8


def test_verapdf_finds_every_page_accessible(shipped: Shipped, tmp_path: Path) -> None:
    if why := readers.no_verapdf():
        pytest.skip(why)
    for drawn in shipped.drawn:
        (tmp_path / f"{drawn.name}.pdf").write_bytes(drawn.pdf)
    judged = readers.by_verapdf(sorted(tmp_path.iterdir()))
    assert {Path(one["file"]).stem: one["broken"] for one in judged if not one["passed"]} == {}
    assert len(judged) == len(shipped.drawn)


def test_verapdf_would_see_an_inaccessible_page(tmp_path: Path) -> None:
    if why := readers.no_verapdf():
        pytest.skip(why)
    bare = pypdfium2.PdfDocument.new()
    bare.new_page(200, 200)
    bare.save(tmp_path / "bare.pdf")
    bare.close()
    (judged,) = readers.by_verapdf([tmp_path / "bare.pdf"])
    assert not judged["passed"]
    assert judged["broken"]


def test_three_readers_get_the_text_that_was_written(shipped: Shipped, reading: Any) -> None:
    page = reading(800)
    readers.open_pdfjs(page)
    wrong = {}
    for drawn in shipped.drawn:
        got = {
            "pypdfium2": drawn.by_pdfium,
            "poppler": by_poppler(drawn),
            "pdf.js": drawn.body(readers.by_pdfjs(page, drawn.pdf)),
        }
        wrong |= {
            (drawn.name, reader): differs(drawn.source, text) for reader, text in got.items() if text != drawn.source
        }
    assert wrong == {}


def by_poppler(drawn: Drawn) -> str:
    """Poppler puts a list sign before its entry, the others after everything else on the page.

    It takes a hyphen before a line break for one that divides a word, and joins the word: hyphens are not compared.
    """
    read = body_text(readers.by_poppler(drawn.pdf), []).replace("-", "")
    source = drawn.source.replace("-", "")
    text = readers.without_signs(read, source, drawn.signs)
    return drawn.source if text == source else text


def differs(source: str, text: str) -> tuple[str, str]:
    """Both from where they part."""
    at = next((n for n, (a, b) in enumerate(zip(source, text, strict=False)) if a != b), min(len(source), len(text)))
    return source[at : at + 40], text[at : at + 40]


@pytest.fixture
def reading(browser: Browser, shipped: Shipped) -> Iterator[Any]:
    """`reading(width, dark=…, images=…)`: a page that opens mails as a phone does; nothing leaves the machine."""
    contexts = []

    def answer(route: Route) -> None:
        content = shipped.pictures.get(urlsplit(route.request.url).path)
        route.fulfill(body=content) if content else route.abort()

    def make(width: int, *, dark: bool = False, images: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", bypass_csp=True
        )
        contexts.append(context)
        context.route("**/*", answer if images else lambda route: route.abort())
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_mail_scrolls_sideways(shipped: Shipped, reading: Any, width: int) -> None:
    page = reading(width)
    wide = {}
    for drawn in shipped.drawn:
        page.set_content(drawn.mail)
        if (found := page.evaluate("document.documentElement.scrollWidth")) > width:
            wide[drawn.name] = (found, page.evaluate(WIDEST))
    assert wide == {}


WIDEST = """[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth)
  .map((e) => e.tagName + ": " + e.textContent.trim().slice(0, 60)).slice(-1)[0]"""
CUT = """[...document.querySelectorAll("body *")].filter((e) => e.childElementCount === 0 && e.textContent.trim()
  && !e.closest("[style*='display:none']") && e.getBoundingClientRect().height < 1).map((e) => e.textContent)"""


def test_with_images_off_everything_can_still_be_read(shipped: Shipped, reading: Any) -> None:
    page = reading(375, images=False)
    lost = {}
    for drawn in shipped.drawn:
        page.set_content(drawn.mail)
        shown = page.inner_text("body")
        alts = page.evaluate("[...document.images].map((i) => [i.alt, i.getBoundingClientRect().width])")
        if hidden := page.evaluate(CUT):
            lost[drawn.name] = hidden
        if missing := [word for word in headings(drawn) if word not in shown]:
            lost[drawn.name] = missing
        assert all(width <= 375 for _alt, width in alts)
    assert lost == {}


@pytest.mark.parametrize(("width", "dark"), [(375, False), (680, True)], ids=["phone", "dark"])
def test_our_pages_show_a_mail_as_it_is_sent(shipped: Shipped, browser: Browser, width: int, dark: bool) -> None:
    """Pixel by pixel, under a policy that lets no style through but those of the mail."""
    scheme: Any = {"viewport": {"width": width, "height": 900}, "color_scheme": "dark" if dark else "light"}
    context = browser.new_context(**scheme)
    page, trouble = context.new_page(), []
    page.on("console", lambda message: trouble.append(message.text))
    policies = {"sent": "style-src 'unsafe-inline'"}

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path in bodies:
            headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policies[path[1:]]}
            route.fulfill(body=bodies[path], headers=headers)
        else:
            content = shipped.pictures.get(path)
            route.fulfill(body=content) if content else route.abort()

    context.route("**/*", answer)
    different = []
    for drawn in shipped.drawn:
        ours = on_page(drawn.mail)
        bodies = {"/sent": drawn.mail, "/ours": ours.html}
        policies["ours"] = "style-src " + " ".join(ours.styles)
        seen = []
        for path in bodies:
            page.goto(f"http://127.0.0.1{path}", wait_until="load")
            seen.append(page.screenshot(full_page=True))
        if seen[0] != seen[1]:
            different.append(drawn.name)
    context.close()
    assert different == []
    assert [text for text in trouble if "Security" in text] == []


def headings(drawn: Drawn) -> list[str]:
    return [" ".join(found.split()) for found in re.findall(r"<h[12][^>]*>([^<&]+)</h", drawn.mail)]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(shipped: Shipped, reading: Any, dark: bool) -> None:
    """In worst text, which shows every block there is."""
    page = reading(375, dark=dark)
    found = {}
    for drawn in (drawn for drawn in shipped.drawn if "-worst-" in drawn.name):
        page.set_content(drawn.mail)
        for violation in Axe().run(page, options=AXE).response["violations"]:
            where = [node["html"][:160] + " " + node["failureSummary"][:300] for node in violation["nodes"]]
            found[drawn.name, violation["id"]] = where[:2]
    assert found == {}
