"""Text and links of sanitised HTML, as a reader sees them."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any


def words(value: Any) -> str:
    """Everything a person typed into one slot, tags removed, white space made even."""
    if isinstance(value, Mapping):
        return " ".join(words(part) for part in value.values())
    return " ".join("".join(_read(value).words).split()) if isinstance(value, str) else ""


def links_in(html: str) -> list[tuple[str, str]]:
    """Every link of a rich text as (visible text, target)."""
    return _read(html).links


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self._target: str | None = None
        self._shown = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._target, self._shown = dict(attrs).get("href") or "", ""
        elif tag in {"p", "li", "br", "div"}:
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._target is not None:
            self.links.append((self._shown, self._target))
            self._target = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        self._shown += data
