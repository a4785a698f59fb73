"""HTML of any origin to the blocks a page's text is made of. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

import nh3
from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag
from django.utils.translation import gettext as _

from cms.importing.article import Block, Refused

HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
MARKS = {"b": "b", "strong": "b", "i": "i", "em": "i"}
LISTS = {"ul", "ol"}
BOXES = {"div", "section", "article", "main", "header", "blockquote", "figure", "dl", "dt", "dd", "pre", "center"}
TABLES = {"table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption"}
GONE = {"script", "style", "title", "nav", "footer", "noscript", "template", "iframe", "object", "svg", "math",
        "select", "textarea", "button"}  # fmt: skip
ALLOWED = HEADINGS | set(MARKS) | LISTS | BOXES | TABLES | {"p", "li", "a", "br", "img", "figcaption"}
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt", "title"}, "div": {"data-block", "data-name"}}
DEPTH = 60  # elements inside each other; nobody writes so
HEADING, NAME, CAPTION = 120, 80, 200  # characters, as in `cms.blocks`


@dataclass
class Sources:
    """What a text refers to. `link` answers the attributes of an `<a>`, or "" when only its text is kept; `picture`
    answers the source a picture is kept under, or "" when it is left out.
    """

    link: Callable[[str], str]
    picture: Callable[[str], str]


def clean(html: str) -> str:
    """Only what the blocks can hold, from the page's `main` or `article` if it has one."""
    for name in ("main", "article"):
        if f"<{name}" in html.lower():
            inner = BeautifulSoup(html, "html.parser").find(name)
            html = str(inner) if inner else html
            break
    return nh3.clean(
        html,
        tags=ALLOWED,
        clean_content_tags=GONE,
        attributes=ATTRIBUTES,
        url_schemes={"https", "http"},  # which of them a link may have is for `Sources` to say
        link_rel=None,
    )


def blocks(html: str, sources: Sources) -> list[Block]:
    """Raises `Refused` for something nobody has written by hand."""
    soup = BeautifulSoup(clean(html), "html.parser")
    _check_depth(soup)
    walk = _Walk(sources)
    walk.inside(soup)
    walk.flush()
    return walk.found


def page_title(html: str) -> str:
    """What the `<title>` of a whole page says."""
    found = BeautifulSoup(html, "html.parser").title if "<title" in html.lower() else None
    return " ".join(found.get_text().split()) if found else ""


def _check_depth(soup: Tag) -> None:
    level: list[Any] = [soup]
    for _step in range(DEPTH):
        level = [child for tag in level for child in tag.children if isinstance(child, Tag)]
        if not level:
            return
    raise Refused(_("The text is nested too deeply."))


def _text(node: Tag) -> str:
    return " ".join(node.get_text(" ").split())


@dataclass
class _Walk:
    """Goes through a cleaned text once: `rich` and `line` are what the next paragraph block is made of."""

    sources: Sources
    found: list[Block] = field(default_factory=list)
    rich: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)

    def inside(self, node: Tag) -> None:
        for child in node.children:
            self.one(child)

    def one(self, node: PageElement) -> None:
        if not isinstance(node, Tag):
            self.line.append(_letters(node))
        elif node.name in HEADINGS:
            self.heading(_text(node))
        elif node.get("data-block"):
            self.boxed(node)
        elif node.name == "figure" and node.find("img"):
            caption = node.find("figcaption")
            self.pictures(node, caption=_text(caption) if isinstance(caption, Tag) else "")
        elif node.name == "p" or node.name in LISTS or node.name == "table" or node.name == "img":
            self.end_line()
            self.rich.append(self.paragraph(node))
            self.pictures(node)
        elif node.name in BOXES or node.name == "figcaption":
            self.end_line()
            self.inside(node)
            self.end_line()
        else:
            self.line.append(self.inline(node))

    def end_line(self) -> None:
        text = "".join(self.line).strip()
        self.line.clear()
        if text.replace("<br>", ""):
            self.rich.append(f"<p>{text}</p>")

    def flush(self) -> None:
        """What has gathered becomes a paragraph block."""
        self.end_line()
        text = "".join(self.rich)
        self.rich.clear()
        if text:
            self.found.append(Block("paragraph", text))

    def heading(self, text: str) -> None:
        if len(text) > HEADING:
            self.rich.append(f"<p><b>{escape(text)}</b></p>")
        elif text:
            self.flush()
            self.found.append(Block("heading", text))

    def boxed(self, node: Tag) -> None:
        """A passage or a note: paragraphs and lists only."""
        self.flush()
        inner = _Walk(self.sources)
        inner.inside(node)
        inner.flush()
        text = "".join(block.value for block in inner.found if block.kind == "paragraph")
        if node["data-block"] == "note":
            self.found.append(Block("note", {"text": text}))
        else:
            name = str(node.get("data-name") or "").strip()
            if not name or len(name) > NAME:
                raise Refused(_("A text for invitations needs a name of at most %d characters.") % NAME)
            self.found.append(Block("passage", {"name": name, "text": text}))

    def pictures(self, node: Tag, *, caption: str = "") -> None:
        for image in [node] if node.name == "img" else node.find_all("img"):
            kept = self.sources.picture(str(image.get("src") or ""))
            if kept:
                self.flush()
                said = caption or str(image.get("title") or "")
                alt = " ".join(str(image.get("alt") or "").split())[:255]
                self.found.append(Block("figure", {"image": kept, "alt": alt, "caption": said[:CAPTION]}))

    def paragraph(self, node: Tag) -> str:
        if node.name == "table":
            return _table(node, self.inline_inside)
        if node.name in LISTS:
            return self.listed(node)
        text = self.inline_inside(node).strip()
        return f"<p>{text}</p>" if text.replace("<br>", "") else ""

    def listed(self, node: Tag) -> str:
        items = [f"<li>{self.inline_inside(item).strip()}</li>" for item in node.find_all("li", recursive=False)]
        return f"<{node.name}>{''.join(items)}</{node.name}>" if items else ""

    def inline_inside(self, node: Tag) -> str:
        return "".join(self.inline(child) for child in node.children)

    def inline(self, node: PageElement) -> str:
        """Rich text of what stands in a line; anything else by its words."""
        if not isinstance(node, Tag):
            return _letters(node)
        if node.name in LISTS:
            return self.listed(node)
        if node.name == "br":
            return "<br>"
        text = self.inline_inside(node)
        if node.name in MARKS and text.strip():
            return f"<{MARKS[node.name]}>{text}</{MARKS[node.name]}>"
        if node.name == "a" and text.strip():
            attributes = self.sources.link(str(node.get("href") or ""))
            return f"<a {attributes}>{text}</a>" if attributes else text
        return f"{text} " if node.name in ("p", "div") else text


def _letters(node: PageElement) -> str:
    if not isinstance(node, NavigableString) or isinstance(node, PreformattedString):
        return ""
    return escape(" ".join(f"|{node}|".split())[1:-1], quote=False)


def _table(table: Tag, inline: Callable[[Tag], str]) -> str:
    """A paragraph per row: “**first cell:** heading value; heading value”, or the cells with dots between."""
    rows = [list(row.find_all(["th", "td"], recursive=False)) for row in table.find_all("tr")]
    rows = [row for row in rows if row]
    heads = [_text(cell) for cell in rows[0]] if rows and all(cell.name == "th" for cell in rows[0]) else []
    told = []
    for row in rows[1:] if heads else rows:
        cells = [inline(cell).strip() for cell in row]
        if heads and len(cells) == len(heads) > 1:
            pairs = zip(heads[1:], cells[1:], strict=True)
            said = "; ".join(f"{escape(head)} {cell}".strip() for head, cell in pairs)
            told.append(f"<p><b>{cells[0]}:</b> {said}</p>")
        else:
            told.append(f"<p>{' · '.join(filter(None, cells))}</p>")
    return "".join(told)


def plain(rich: str) -> str:
    """The words of the first paragraph of a rich text."""
    first = BeautifulSoup(rich, "html.parser").find(["p", "li"])
    return first.get_text(" ") if isinstance(first, Tag) else ""
