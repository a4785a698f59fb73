"""The sanitiser every piece of rich text goes through, and which links may be followed.

nh3 keeps an allow-list of tags; what it leaves is read into flat paragraphs and written anew, so that mail, print
and text all get the same few well-formed shapes (nh3 alone lets control characters and relative links pass).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser
from itertools import groupby
from urllib.parse import urlsplit

import nh3

from templates_lib.render import lookalikes

MAX_LENGTH = 60_000  # characters taken in (parsing nested tags is quadratic); a slot's own maximum is far below
DEEPEST_LIST = 3
DEEPEST_STYLE = 20  # open tags looked at; nobody writes more on purpose
_INLINE = {"b": "strong", "strong": "strong", "i": "em", "em": "em", "a": "a"}
_ORDER = ("a", "strong", "em")
_BREAKING = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "tr", "section", "article"}
_SILENT = {
    "script", "style", "title", "head", "template", "noscript", "iframe", "object", "svg", "math", "textarea", "xml",
}  # fmt: skip
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_UNSEEN = {"Cc", "Cf", "Co", "Cs"}  # controls, invisible formatting, private use, lone surrogates


def clean_rich_text(html: str) -> str:
    """Paragraphs, bold, italic, lists and links of what somebody typed or pasted. Never an error; idempotent.

    Links go to http(s) addresses with a host, to mailto: or tel: only (threat S8). What comes from a word
    processor ends up as plain paragraphs.
    """
    kept = "".join(c for c in _cut(str(html)) if c in "\n\t" or unicodedata.category(c) not in _UNSEEN)
    allowed = nh3.clean(
        unicodedata.normalize("NFC", kept),
        tags={*_INLINE, *_BREAKING, "br", "ul", "ol", "li"},
        clean_content_tags=_SILENT,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    reader = _Reader()
    reader.feed(allowed)
    reader.close()
    return _written(reader.paragraphs())


def _cut(html: str) -> str:
    """At most what is taken in, never ending inside a tag."""
    kept = html[:MAX_LENGTH]
    return kept[: kept.rfind("<")] if len(html) > MAX_LENGTH and kept.rfind("<") > kept.rfind(">") else kept


def safe_url(url: str) -> str:
    """The address if a reader may follow it, else the empty string."""
    url = url.strip()
    if any(char.isspace() or char in "\"'<>\\`" or unicodedata.category(char) in _UNSEEN for char in url):
        return ""
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
    except ValueError:
        return ""
    if parts.scheme in {"http", "https"}:
        return url if host and user is None else ""
    if parts.scheme == "mailto":
        return url if re.fullmatch(r"[^@,]+@[^@,]+\.[^@,]+", parts.path) else ""
    return url if parts.scheme == "tel" and re.fullmatch(r"\+?[0-9()-]{3,25}", parts.path) else ""


def honest_links(clean: str) -> str:
    """Clean rich text in which a link that names one address and leads to another shows where it leads (threat S21),
    and no host looks like another.
    """
    return _LINK.sub(_honest, clean)


def _honest(link: re.Match[str]) -> str:
    target, words = lookalikes.plain_address(unescape(link[1])), link[2]
    shown = unescape(re.sub("<[^>]*>", "", words.replace("<br>", " ")))
    if lookalikes.disagreement(shown, target) or lookalikes.odd_hosts(shown):
        words = escape(target.removeprefix("mailto:").removeprefix("tel:"), quote=False)
    return f'<a href="{escape(target)}">{words}</a>'


@dataclass(slots=True)
class _Paragraph:
    """`lists` is the way down to it: (kind, id) per list; `item` tells list items apart (0 outside lists)."""

    lists: tuple[tuple[str, int], ...]
    item: int
    runs: list[tuple[tuple[str, ...], str]] = field(default_factory=list)  # (openings such as "<strong>"), text


class _Reader(HTMLParser):
    """Any nesting becomes a flat row of paragraphs, in one pass without recursion."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.done: list[_Paragraph] = []
        self.open: list[tuple[str, str]] = []  # (strong · em · a, its opening)
        self.lists: list[tuple[str, int]] = []
        self.items: list[int] = []  # the open item of each list
        self.serial = 0
        self.now: _Paragraph | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if inline := _INLINE.get(tag):
            url = safe_url(dict(attrs).get("href") or "") if inline == "a" else ""
            self.open.append((inline, f'<a href="{escape(url)}">' if url else "" if inline == "a" else f"<{inline}>"))
        elif tag == "br":
            self._run("\n")
        else:
            self._flush()
            self.serial += 1
            if tag in {"ul", "ol"}:
                self.lists.append((tag, self.serial))
                self.items.append(self.serial)
            elif tag == "li" and self.items:
                self.items[-1] = self.serial

    def handle_endtag(self, tag: str) -> None:
        if inline := _INLINE.get(tag):
            last = next((n for n in reversed(range(len(self.open))) if self.open[n][0] == inline), None)
            if last is not None:
                del self.open[last]
        elif tag != "br":
            self._flush()
            if tag in {"ul", "ol"} and self.lists:
                self.lists.pop()
                self.items.pop()

    def handle_data(self, data: str) -> None:
        self._run(re.sub(r"[ \t\n\r\f]+", " ", data))

    def _run(self, text: str) -> None:
        if self.now is None:
            depth = min(len(self.lists), DEEPEST_LIST)
            self.now = _Paragraph(tuple(self.lists[:depth]), self.items[depth - 1] if depth else 0)
        by_kind = {kind: opening for kind, opening in self.open[:DEEPEST_STYLE] if opening}
        self.now.runs.append((tuple(by_kind.get(kind, "") for kind in _ORDER), text))

    def _flush(self) -> None:
        if self.now is not None:
            self.done.append(self.now)
        self.now = None

    def paragraphs(self) -> list[_Paragraph]:
        """The non-empty paragraphs; two line breaks in a row make two of one."""
        self._flush()
        out = []
        for paragraph in self.done:
            for runs in _split(paragraph.runs):
                out.append(_Paragraph(paragraph.lists, paragraph.item, runs))
        return out


def _split(runs: list[tuple[tuple[str, ...], str]]) -> list[list[tuple[tuple[str, ...], str]]]:
    """Runs cut at empty lines, without spaces around line breaks; pieces without words are dropped."""
    pieces: list[list[tuple[tuple[str, ...], str]]] = [[]]
    breaks = 0
    for style, text in runs:
        if text == "\n":
            breaks += 1
            continue
        if not text.strip(" ") and (breaks or not pieces[-1]):
            continue
        if breaks > 1:
            pieces.append([])
        elif breaks and pieces[-1]:
            pieces[-1].append(((), "\n"))
        starts_line = not pieces[-1] or breaks == 1
        pieces[-1].append((style, text.lstrip(" ") if starts_line else text))
        breaks = 0
    return [piece for piece in pieces if "".join(text for _, text in piece).strip()]


def _content(runs: list[tuple[tuple[str, ...], str]]) -> str:
    """Runs as HTML, each stretch of one style opened and closed once."""
    return re.sub(r" +(?=<br>)| +$", "", re.sub(" +", " ", _nested(runs, level=0)))


def _nested(runs: list[tuple[tuple[str, ...], str]], *, level: int) -> str:
    """Grouped by link, then bold, then italic: three levels, never more."""
    if level == len(_ORDER):
        return escape("".join(text for _, text in runs), quote=False).replace("\n", "<br>")
    out = []
    for opening, stretch in groupby(runs, key=lambda run: run[0][level] if run[0] else ""):
        inner = _nested(list(stretch), level=level + 1)
        out.append(f"{opening}{inner}</{_ORDER[level]}>" if opening and inner.strip() else inner)
    return "".join(out)


def _written(paragraphs: list[_Paragraph]) -> str:
    out: list[str] = []
    lists: list[tuple[str, int]] = []
    items: list[int] = []  # item id per open list

    def close() -> None:
        out.append(f"</li></{lists.pop()[0]}>")
        items.pop()

    for paragraph in paragraphs:
        while tuple(lists) != paragraph.lists[: len(lists)]:
            close()
        if not paragraph.lists:
            out.append(f"<p>{_content(paragraph.runs)}</p>")
            continue
        fresh = len(lists) < len(paragraph.lists)
        for entry in paragraph.lists[len(lists) :]:
            lists.append(entry)
            items.append(paragraph.item)
            out.append(f"<{entry[0]}><li>")
        if not fresh:
            out.append("<br>" if items[-1] == paragraph.item else "</li><li>")
            items[-1] = paragraph.item
        out.append(_content(paragraph.runs))
    while lists:
        close()
    return "".join(out)
