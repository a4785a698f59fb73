"""The print face as PDF/UA-1. Runs only inside the limited child process (`templates_lib.pdf_child`).

WeasyPrint is imported inside the function: it costs more than a second, and only the child pays.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from templates_lib.render.document import RenderRefused

MAX_PAGES = 20
MAX_DEPTH = 32  # nested HTML elements
MAX_PIXELS = 25_000_000
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Limit(RenderRefused):
    """A limit was reached; `code` says which: pages · depth · picture · foreign."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def pdf_bytes(html: str, pictures: Mapping[str, bytes]) -> bytes:
    """A tagged A4 PDF. `pictures` maps sha256 to file content; nothing else is ever read. Raises `Limit`."""
    from weasyprint import HTML

    check_depth(html)
    for content in pictures.values():
        check_picture(content)
    fetcher = _fetcher()(pictures)
    try:
        document = HTML(string=html, base_url="asset:/", url_fetcher=fetcher).render(
            font_config=_fonts(), pdf_variant="pdf/ua-1"
        )
        if len(document.pages) > MAX_PAGES:
            raise Limit("pages")
        pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    finally:
        if fetcher.refused:
            raise Limit("foreign")
    return pdf


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


def page_images(pdf: bytes, width: int) -> list[bytes]:
    """Each page as PNG, `width` pixels wide, for screens that cannot show a PDF in a frame."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    images = []
    for page in document:
        image = page.render(scale=width / page.get_width()).to_pil()
        out = io.BytesIO()
        image.convert("P", palette=1, colors=128).save(out, "PNG", optimize=True)
        images.append(out.getvalue())
    document.close()
    return images
