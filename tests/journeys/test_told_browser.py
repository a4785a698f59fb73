"""What a results page tells by itself: words that found nothing at once, unopened results when it is left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import Page

from tests.journeys.house import wait_for

pytestmark = [
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance"),
    pytest.mark.browser,
    pytest.mark.once,
    pytest.mark.timeout(120),
]
SCRIPT = (Path(settings.BASE_DIR) / "static/js/told.js").read_text()
RESULTS = """<!doctype html><title>Sök</title><form action="/search"><input name="q" value="{q}"></form>
<main data-searched="{q}" data-found="{found}">
  <a data-hit href="/page">Ett svar</a> <a rel="next" href="/search?q={q}&page=2">Nästa</a>
  <form data-tell method="post" action="/told"><input type="hidden" name="q" value="{q}">
  <input type="hidden" name="found" value="{found}"><button name="pressed" value="1">Berätta</button></form>
</main><a id="away" href="/page">Hem</a><script>{script}</script>"""


class Site(BaseHTTPRequestHandler):
    """/search?q=… finds nothing for “inget” and three pages for anything else."""

    told: list[tuple[str, str]]

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query).get("q", [""])[0]
        found = "0" if query == "inget" else "3"
        page = RESULTS.format(q=query, found=found, script=SCRIPT) if query else "<!doctype html><title>Sida</title>Hej"
        self.answer(200, page.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = message_from_bytes(b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n" + body)
        fields = {part.get_param("name", header="content-disposition"): part.get_payload() for part in form.walk()}
        self.told.append((str(fields["q"]), str(fields["found"])))
        self.answer(204, b"")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def site() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    told: list[tuple[str, str]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Told", (Site,), {"told": told}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", told
    server.shutdown()


def test_words_that_find_nothing_are_told_at_once_and_once(site, page: Page):
    url, told = site
    page.goto(f"{url}/search?q=inget")
    wait_for(lambda: told, what="the words")
    page.click("#away")
    page.wait_for_url("**/page")
    assert told == [("inget", "0")]


def test_leaving_without_opening_anything_is_told(site, page: Page):
    url, told = site
    page.goto(f"{url}/search?q=avtal")
    assert told == []
    page.click("#away")
    wait_for(lambda: told, what="the words")
    assert told == [("avtal", "3")]


def test_an_opened_result_is_not_told_even_after_coming_back(site, page: Page):
    url, told = site
    page.goto(f"{url}/search?q=avtal")
    page.click("[data-hit]")
    page.wait_for_url("**/page")
    page.go_back()
    page.wait_for_selector("[data-hit]")
    page.click("#away")
    page.wait_for_url("**/page")
    page.goto(f"{url}/search?q=inget")
    wait_for(lambda: told, what="what is told after it")
    assert told == [("inget", "0")]


def test_turning_the_page_is_not_leaving_and_other_words_are(site, page: Page):
    url, told = site
    page.goto(f"{url}/search?q=avtal")
    page.click("[rel=next]")
    page.wait_for_url("**page=2")
    page.fill("[name=q] >> nth=0", "kollektivavtal")
    page.press("[name=q] >> nth=0", "Enter")
    page.wait_for_url("**q=kollektivavtal")
    wait_for(lambda: told, what="the words")
    assert told == [("avtal", "3")]
