"""The plain-text face: the same facts and links as the mail, from the blocks' own text faces, lines of at most 76."""

from __future__ import annotations

import re
import textwrap
from typing import Any

from inscriptis import get_text
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.model.config import ParserConfig

from templates_lib.render import faces, merge
from templates_lib.render.document import Document, RichText

WIDTH = 76  # characters
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.S)

_SIGN = re.compile(r"> |\s*(?:\d{1,2}[.:]\d\d(?:–\d{1,2}[.:]\d\d)?(?=\s{2})|[-*•]|\d+\.(?=\s))?\s*")


def plain_text(document: Document) -> str:
    """The message as plain text; member fields stay holes."""
    environment = faces.environment(escape=False, finalize=_plain)
    raw = environment.get_template("message.txt").render(
        document=document,
        brand=document.brand,
        unsubscribe_url=merge.hole("unsubscribe_url"),
        web_url=merge.hole("web_url"),
    )
    paragraphs = re.split(r"\n[ \t]*\n+", raw.strip("\n"))
    return "\n\n".join(_wrapped(paragraph) for paragraph in paragraphs if paragraph.strip()) + "\n"


def fragment(html: RichText) -> str:
    """Clean rich text in plain text: lists with signs, a link as “text <address>”."""

    def link(match: re.Match[str]) -> str:
        address = match[1].removeprefix("mailto:").removeprefix("tel:")
        shown = re.sub(r"<[^>]*>", "", match[2])
        return shown if shown == address else f"{match[2]} &lt;{address}&gt;"

    linked = _LINK.sub(link, str(html)).replace("&amp;", "&amp;amp;")  # inscriptis reads entities twice
    config = ParserConfig(css=STRICT_CSS_PROFILE)
    lines = get_text(f"<html><body>{linked}</body></html>", config).splitlines()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")


def _plain(value: Any) -> Any:
    """Rich text as plain text; spaces that do not break are a matter of print."""
    text = fragment(value) if isinstance(value, RichText) else value
    return text.replace("\u00a0", " ") if isinstance(text, str) else text


def _wrapped(paragraph: str) -> str:
    """Each line wrapped on its own, the rest of a list item standing under its text; a quote is marked on each."""
    out = []
    for line in paragraph.splitlines():
        sign = _SIGN.match(line)
        indent = "" if sign is None else sign[0] if sign[0] == "> " else " " * len(sign[0])
        out.append(textwrap.fill(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))
    return "\n".join(out)
