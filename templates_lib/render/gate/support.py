"""Which HTML and CSS of a mail Outlook, Gmail, Apple Mail or Samsung Email cannot show (gate P7, data of caniemail)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import tinycss2

from templates_lib.render.gate.finding import Finding

# What the frame and the layout engine use although somebody cannot show it, and what happens there instead.
PROGRESSIVE = {
    "css-at-media": "Outlook on Windows shows the wide layout, which its window is wide enough for.",
    "css-at-media-prefers-color-scheme": "Without it the mail stays light, or the program darkens it by itself.",
    "css-border-radius": "Square corners.",
    "css-cursor": "The engine sets it on buttons to what it is anyway.",
    "css-max-height": "Hides the preview line, which is hidden in three other ways as well.",
    "css-opacity": "Hides the preview line, which is hidden in three other ways as well.",
    "css-outline": "The engine takes a frame away that pictures do not have there.",
    "css-overflow": "Hides the preview line, which is hidden in three other ways as well.",
    "css-overflow-wrap": "Very long words are refused; where one comes through, its line is wider.",
    "css-selector-child": "Narrower margins on phones; Outlook on Windows is no phone.",
    "css-word-spacing": "The engine sets it to what it is anyway.",
    "html-body": "Outlook on the Mac drops the element and keeps what it holds; colours stand on the tables too.",
    "html-meta-color-scheme": "Without it the mail stays light, or the program darkens it by itself.",
    "html-target": "A link opens where the program likes.",
}
_SEMANTIC = {"article", "aside", "details", "figcaption", "figure", "footer", "header", "main", "mark", "nav"} | {
    "section",
    "summary",
    "time",
}
_EDGES = {"left", "right", "top", "bottom"}
_UNITS = re.compile(r"(?<![\w#.-])[-+]?\d*\.?\d+(ch|rem|vh|vw|vmin|vmax|em|ex|pc|in|cm|mm)\b")
_FUNCTIONS = re.compile(r"(?<![\w-])([a-z-]+)\(")
_VALUES = {
    "calc": "css-unit-calc",
    "var": "css-variables",
    "url": "css-background-image",
    "linear-gradient": "css-linear-gradient",
    "radial-gradient": "css-radial-gradient",
    "conic-gradient": "css-conic-gradient",
    "rgba": "css-rgba",
}
_COMBINATORS = {">": "child", "+": "adjacent-sibling", "~": "general-sibling"}


@lru_cache(maxsize=1)
def _features() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(__file__).with_name("caniemail.json").read_text("utf-8"))["features"]
    return data


def check(html: str) -> Iterator[Finding]:
    """What somebody cannot show and no reason in `PROGRESSIVE` covers; each feature once, where it is used first."""
    reader = _Used()
    reader.feed(html)
    reader.close()
    for slug, (line, column) in reader.used.items():
        feature = _features().get(slug)
        if feature and feature["no"] and slug not in PROGRESSIVE:
            yield Finding("P7", "unsupported", "", line, column, feature["title"], ", ".join(feature["no"][:3]))


def in_css(css: str, *, inline: bool = False) -> Iterator[tuple[str, int, int]]:
    """(feature, line, column) of a style sheet, or of the declarations of one style attribute."""
    if inline:
        yield from _declarations(tinycss2.parse_blocks_contents(css, skip_comments=True, skip_whitespace=True))
    else:
        yield from _rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))


def _rules(rules: Any) -> Iterator[tuple[str, int, int]]:
    for rule in rules:
        if rule.type == "at-rule":
            slug = f"css-at-{rule.lower_at_keyword}"
            yield slug, rule.source_line, rule.source_column
            for feature in re.findall(r"\(\s*(?:any-)?([a-z-]+)", tinycss2.serialize(rule.prelude)):
                yield f"{slug}-{feature.removeprefix('-webkit-')}", rule.source_line, rule.source_column
            if rule.content and rule.lower_at_keyword in {"media", "supports"}:
                yield from _rules(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True))
        elif rule.type == "qualified-rule":
            for slug in _selectors(tinycss2.serialize(rule.prelude)):
                yield slug, rule.source_line, rule.source_column
            content = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
            yield from _declarations(content)


def _selectors(selector: str) -> Iterator[str]:
    for sign, name in _COMBINATORS.items():
        if sign in selector:
            yield f"css-selector-{name}"
    if "[" in selector:
        yield "css-selector-attribute"
    if re.search(r"(?<![\w-])\*", selector):
        yield "css-selector-universal"
    if re.search(r"\.[\w-]+\.[\w-]+", selector):
        yield "css-selector-chaining"
    for colons, name in re.findall(r"(::?)([a-z-]+)", re.sub(r"\[[^\]]*\]", "", selector)):
        yield f"css-pseudo-class-{name}"
        if colons == "::" or name in {"before", "after", "first-line", "first-letter"}:
            yield f"css-pseudo-element-{name}"


def _declarations(declarations: Any) -> Iterator[tuple[str, int, int]]:
    for declaration in declarations:
        if declaration.type != "declaration":
            continue
        for slug in _of(declaration.lower_name, tinycss2.serialize(declaration.value).strip().lower()):
            yield slug, declaration.source_line, declaration.source_column


def _of(name: str, value: str) -> Iterator[str]:
    """The features of one declaration."""
    if name.startswith("--"):
        yield "css-variables"
    yield "css-left-right-top-bottom" if name in _EDGES else f"css-{name}"
    logical = re.match(r"(margin|padding)-(?:inline|block)(-start|-end)?$", name)
    if logical:
        yield f"css-{logical[1]}-" + ("block-start-end" if logical[2] else "inline-block")
    if name.endswith("gap"):
        yield "css-gap"
    if name.startswith("grid-"):
        yield "css-grid-template"
    if name == "display":
        yield f"css-display-{value.removeprefix('inline-')}"
    yield from (f"css-unit-{unit}" for unit in _UNITS.findall(value))
    yield from (_VALUES.get(function, f"css-function-{function}") for function in _FUNCTIONS.findall(value))
    if value == "initial":
        yield "css-unit-initial"


class _Used(HTMLParser):
    """Every feature of a mail with the place of its first use. Comments, and with them what only Outlook reads, not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.used: dict[str, tuple[int, int]] = {}
        self.styling = False

    def _note(self, slug: str) -> None:
        line, column = self.getpos()
        self.used.setdefault(slug, (line, column + 1))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.styling = tag == "style"
        self._note("html-semantics" if tag in _SEMANTIC else f"html-{tag}")
        for name, value in attrs:
            self._note(f"html-{name}")
            if tag == "input" and name == "type":
                self._note(f"html-input-{value}")
            if tag == "meta" and name == "name" and value == "color-scheme":
                self._note("html-meta-color-scheme")
            if name == "href" and (value or "").startswith("#"):
                self._note("html-anchor-links")
            if name == "style":
                for slug, _line, _column in in_css(value or "", inline=True):
                    self._note(slug)

    def handle_endtag(self, tag: str) -> None:
        self.styling = self.styling and tag != "style"

    def handle_data(self, data: str) -> None:
        if self.styling:
            base, offset = self.getpos()
            for slug, line, column in in_css(data):
                self.used.setdefault(slug, (base + line - 1, column + (offset if line == 1 else 0)))
