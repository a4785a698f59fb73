"""The print face as PDF/UA-1. Runs only inside the limited child process (`templates_lib.pdf_child`).

WeasyPrint is imported inside the function: it costs more than a second, and only the child pays.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from templates_lib.render.document import RenderRefused


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of job is granted: pages, bytes of memory, seconds of processor and of clock."""

    pages: int
    memory: int = 1_200_000_000
    cpu: int = 15
    wall: int = 20


KINDS = {
    "invitation": Kind(pages=20),
    "poster": Kind(pages=2),
    "square": Kind(pages=2),
    "letters": Kind(pages=120, memory=250_000_000, cpu=60, wall=120),
}
MAX_DEPTH = 32  # nested HTML elements
MAX_PIXELS = 25_000_000
# A style sheet that may be kept parsed: nothing in it fetches when it is read (@import, @font-face, their escapes).
_ONE_STYLE = re.compile(r"<style>([^<]*)</style>")
_READS = re.compile(r"@(?!page\b|media\b|(?:top|bottom)-(?:left|center|right)\b)")
_KEPT_TABLES, _KEPT_BYTES = 4, 8_000_000  # decoded pictures that a warm process remembers
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Limit(RenderRefused):
    """A limit was reached; `code` says which: pages · depth · picture · foreign."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def pdf_bytes(html: str, pictures: Mapping[str, bytes], *, kind: str = "invitation") -> bytes:
    """A tagged PDF. `pictures` maps sha256 to file content; nothing else is ever read. Raises `Limit`.

    A warm process pays for fonts, style sheets and pictures once.
    """
    from weasyprint import HTML

    check_depth(html)
    for content in pictures.values():
        check_picture(content)
    fetcher = _fetcher()(pictures)
    html, sheets = _sheets(html)
    cache = _images(pictures)
    try:
        document = HTML(string=html, base_url="asset:/", url_fetcher=fetcher).render(
            font_config=_fonts(), pdf_variant="pdf/ua-1", stylesheets=sheets, cache=cache
        )
        if len(document.pages) > KINDS[kind].pages:
            raise Limit("pages")
        pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1", cache=cache)
    finally:
        if fetcher.refused:
            _kept.clear()  # they remember that something was missing
            raise Limit("foreign")
    return pdf


def _sheets(html: str) -> tuple[str, list[Any]]:
    """The page without its style sheet, and that sheet parsed; a page with any other arrangement stays as it is."""
    found = _ONE_STYLE.search(html)
    if not found or _READS.search(found[1]) or len(re.findall(r"<(?:style|link)\b", html, re.I)) > 1:
        return html, []
    return html[: found.start()] + html[found.end() :], [_parsed(found[1])]


@lru_cache(maxsize=16)
def _parsed(css: str) -> Any:
    from weasyprint import CSS

    return CSS(string=css, base_url="asset:/", url_fetcher=_fetcher()({}), font_config=_fonts())


_kept: dict[frozenset[tuple[str, str]], dict[Any, Any]] = {}


def _images(pictures: Mapping[str, bytes]) -> dict[Any, Any]:
    """WeasyPrint's memory of decoded pictures, shared only by pages with exactly the same table of pictures."""
    if sum(map(len, pictures.values())) > _KEPT_BYTES:
        return {}
    key = frozenset((name, hashlib.sha256(content).hexdigest()) for name, content in pictures.items())
    if key not in _kept and len(_kept) >= _KEPT_TABLES:
        _kept.pop(next(iter(_kept)))
    return _kept.setdefault(key, {})


@lru_cache(maxsize=1)
def _fonts() -> Any:
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@lru_cache(maxsize=1)
def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class AssetFetcher(URLFetcher):
        """Serves an in-memory table under `asset:<sha256>` and notes everything else somebody asked for."""

        def __init__(self, pictures: Mapping[str, bytes]) -> None:
            super().__init__(allowed_protocols=frozenset(), allow_redirects=False)
            self.pictures = pictures
            self.refused: list[str] = []

        def fetch(self, url: str, headers: Any = None) -> Any:
            content = self.pictures.get(url.removeprefix("asset:").lstrip("/")) if url.startswith("asset:") else None
            if content is None:
                self.refused.append(url[:200])
                raise ValueError("Only the message's own pictures are served.")
            return URLFetcherResponse(
                url, content, {"Content-Type": "image/png" if content[:4] == b"\x89PNG" else "image/jpeg"}
            )

    return AssetFetcher


def check_depth(html: str) -> None:
    """Raises `Limit("depth")` before a deep nest reaches a recursive layout."""

    class Depth(HTMLParser):
        depth = 0

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            self.depth += tag not in _VOID
            if self.depth > MAX_DEPTH:
                raise Limit("depth")

        def handle_startendtag(self, tag: str, attrs: Any) -> None:
            pass

        def handle_endtag(self, tag: str) -> None:
            self.depth -= tag not in _VOID and self.depth > 0

    Depth().feed(html)


def check_picture(content: bytes) -> None:
    """Raises `Limit("picture")` for what is no picture or unpacks to more than 25 megapixels."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            width, height = Image.open(io.BytesIO(content)).size
    except Exception as error:
        raise Limit("picture") from error
    if width * height > MAX_PIXELS:
        raise Limit("picture")


def page_images(pdf: bytes, width: int, *, full: bool = False) -> list[bytes]:
    """Each page as PNG, `width` pixels wide; in 128 colours unless `full`, for screens that cannot show a PDF."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    images = []
    for page in document:
        image = page.render(scale=width / page.get_width()).to_pil()
        out = io.BytesIO()
        image = image.convert("RGB") if full else image.convert("P", palette=1, colors=128)
        image.save(out, "PNG", optimize=True)
        images.append(out.getvalue())
    document.close()
    return images
