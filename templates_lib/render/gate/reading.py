"""The text of a page and of its PDF, as they are compared (gate P3)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import pypdfium2

SIGNS = ("•", "◦", "▪")  # list signs by depth
_LINE_END_HYPHEN = {0x02: "-", 0xFFFE: "-"}  # how pdfium hands out a hyphen before a line break


def same(text: str) -> str:
    """Text as it is compared: NFKC, without spaces, soft hyphens and invisible signs."""
    kept = (char for char in unicodedata.normalize("NFKC", text) if not char.isspace() and char != "\u00ad")
    return "".join(char for char in kept if unicodedata.category(char) not in {"Cf", "Cc"})


def by_pdfium(pdf: bytes) -> tuple[str, ...]:
    """What Chrome and Android read on each page of a PDF."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = (page.get_textpage().get_text_range() for page in document)
        return tuple(same(text.translate(_LINE_END_HYPHEN)) for text in texts)
    finally:
        document.close()


def body_text(pages: Sequence[str], signs: Sequence[str]) -> str:
    """The pages' text in one, without the page number in the margin and the signs of lists.

    Both are drawn after the text of their page; `signs` are all of them in order, see `source_text`.
    """
    out, left = [], list(signs)
    for number, text in enumerate(pages, start=1):
        folio = f"{number}({len(pages)})"
        text = text.removeprefix(folio).removesuffix(folio)
        most = max(n for n in range(len(left) + 1) if text.endswith("".join(left[:n])))
        text = text.removesuffix("".join(left[:most])).removesuffix(folio)
        del left[:most]
        out.append(text)
    return "".join(out) + "".join(left)


def source_text(print_html: str) -> tuple[str, list[str]]:
    """What the print face says, in order, as it is compared; and the signs its lists are drawn with."""
    reader = _Source()
    reader.feed(print_html)
    reader.close()
    return same("".join(reader.out)), reader.signs


class _Source(HTMLParser):
    SILENT = {"style", "title", "script"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.signs: list[str] = []
        self.silent = 0
        self.lists: list[int] = []  # the number of the next item; 0 in a list with signs

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.silent += tag in self.SILENT
        if tag in {"ul", "ol"}:
            self.lists.append(1 if tag == "ol" else 0)
        elif tag == "li" and self.lists:
            number = self.lists[-1]
            self.signs.append(f"{number}." if number else SIGNS[min(len(self.lists), len(SIGNS)) - 1])
            self.lists[-1] += bool(number)

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in self.SILENT
        if tag in {"ul", "ol"} and self.lists:
            self.lists.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.out.append(data)
