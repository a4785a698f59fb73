"""What is wrong with the HTML of a mail (gate P7): parsed once, every text with its colours, every picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from templates_lib.render import colours, merge
from templates_lib.render.gate import support
from templates_lib.render.gate.finding import Finding

MAX_BYTES = 100_000  # Gmail clips a message at about 102 kB
LARGE, LARGE_BOLD, AA_LARGE = 24.0, 18.66, 3.0  # pixels; WCAG 2.2, 1.4.3
READ = 40  # letters that are left of the mail when no picture is shown
NAMED = {"white": "#ffffff", "black": "#000000", "red": "#ff0000", "gray": "#808080", "grey": "#808080"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_OPTIONAL = {"p", "li", "td", "tr", "th", "tbody", "html", "body", "head"}  # HTML lets them end by themselves
_SILENT = {"head", "style", "script", "title"}
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\b", re.I)
_RGB = re.compile(r"rgba?\(\s*(\d+)[,\s]+(\d+)[,\s]+(\d+)", re.I)


def check(html: str, *, base_url: str) -> Iterator[Finding]:
    """P7 of one mail, member fields still open. Its places are in the HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.finish()
    yield from reader.findings
    if not reader.lang:
        yield Finding("P7", "lang")
    if not reader.title.strip():
        yield Finding("P7", "title")
    if sum(len(text) for text in reader.texts) < READ:
        yield Finding("P7", "images_off")
    if (weight := len(html.encode("utf-8", "replace"))) > MAX_BYTES:
        yield Finding("P7", "heavy", detail=str(-(-weight // 1000)))
    for url in reader.loads:
        if not url.startswith(base_url + "/"):
            yield Finding("P7", "foreign", detail=url[:120])
    yield from support.check(html)


@dataclass(slots=True)
class _Style:
    """What an element hands down."""

    tag: str
    line: int
    column: int
    colour: str = "#000000"
    background: str = "#ffffff"
    size: float = 16.0
    bold: bool = False
    hidden: bool = False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[_Style] = [_Style("", 1, 1)]
        self.findings: list[Finding] = []
        self.texts: list[str] = []
        self.loads: list[str] = []
        self.lang, self.title = "", ""
        self.pale: set[tuple[str, str]] = set()

    # --- the tree ---------------------------------------------------------------------------------------------------

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        line, column = self.getpos()
        if tag == "html":
            self.lang = attributes.get("lang", "")
        if tag == "img":
            self._picture(attributes)
        self.loads += [value for name in ("src", "background", "poster", "data") if (value := attributes.get(name, ""))]
        if tag == "link" and attributes.get("href"):
            self.loads.append(attributes["href"])
        if tag not in _VOID:
            self.open.append(_styled(self.open[-1], tag, attributes, line, column + 1))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        depth = next((n for n in range(len(self.open) - 1, 0, -1) if self.open[n].tag == tag), 0)
        if not depth:
            line, column = self.getpos()
            self._unbalanced(f"</{tag}>", line, column + 1)
            return
        for left in self.open[depth + 1 :]:
            if left.tag not in _OPTIONAL:
                self._unbalanced(f"<{left.tag}>", left.line, left.column)
        del self.open[depth:]

    def finish(self) -> None:
        """What was never closed."""
        for left in self.open[1:]:
            if left.tag not in _OPTIONAL:
                self._unbalanced(f"<{left.tag}>", left.line, left.column)

    def _unbalanced(self, detail: str, line: int, column: int) -> None:
        self.findings.append(Finding("P7", "parse", "", line, column, detail))

    # --- what a reader meets ----------------------------------------------------------------------------------------

    def _picture(self, attributes: dict[str, str]) -> None:
        line, column = self.getpos()
        if "alt" not in attributes:
            self.findings.append(Finding("P7", "alt", "", line, column + 1, attributes.get("src", "")[:120]))

    def handle_data(self, data: str) -> None:
        here = self.open[-1]
        if any(one.tag == "title" for one in self.open):
            self.title += data
        if any(one.tag in _SILENT for one in self.open) or here.hidden:
            return
        text = " ".join(merge.HOLE.sub("", data).split()).strip("\u200c\u034f\u00ad\ufeff")
        if not text:
            return
        self.texts.append(text)
        ratio, needed = colours.contrast(here.colour, here.background), _needed(here)
        if ratio < needed and (here.colour, here.background) not in self.pale:
            self.pale.add((here.colour, here.background))
            line, column = self.getpos()
            found = f"{ratio:.1f}:1, {here.colour} / {here.background}"
            self.findings.append(Finding("P7", "contrast", "", line, column + 1, found, text[:40]))


def _needed(style: _Style) -> float:
    large = style.size >= LARGE or (style.bold and style.size >= LARGE_BOLD)
    return AA_LARGE if large else colours.AA


def _styled(above: _Style, tag: str, attributes: dict[str, str], line: int, column: int) -> _Style:
    """The element's own style on top of what it inherits."""
    style = _Style(tag, line, column, above.colour, above.background, above.size, above.bold, above.hidden)
    style.bold = style.bold or tag in {"strong", "b", "h1", "h2", "h3", "th"}
    if background := _colour(attributes.get("bgcolor", "")):
        style.background = background
    for name, value in _declared(attributes.get("style", "")):
        if name == "color":
            style.colour = _colour(value) or style.colour
        elif name in {"background", "background-color"}:
            style.background = _colour(value) or style.background
        elif name == "font-size" and (size := re.match(r"([\d.]+)px", value)):
            style.size = float(size[1])
        elif name == "font-weight":
            style.bold = value in {"bold", "bolder", "600", "700", "800", "900"}
        elif name == "display":
            style.hidden = style.hidden or value == "none"
    return style


def _declared(style: str) -> Iterator[tuple[str, str]]:
    for declaration in style.split(";"):
        name, _colon, value = declaration.partition(":")
        yield name.strip().lower(), value.strip().lower()


def _colour(value: str) -> str:
    """`#rrggbb` of a CSS colour, also one that stands in a shorthand; "" for what is none."""
    if found := _HEX.search(value):
        digits = found[1].lower()
        return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))
    if found := _RGB.search(value):
        return "#" + "".join(f"{min(int(part), 255):02x}" for part in found.groups())
    return NAMED.get(value.split()[0] if value else "", "")
