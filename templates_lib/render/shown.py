"""A mail as one of our pages can show it: what it says and how it looks are the same, its styles stand in one place.

Mail programs want every style at its element, and a page with such styles can only be shown under a policy that lets
any style through (`unsafe-inline`). Here they become rules of one style sheet, which the policy names by its hash
(CSP Level 3, section 8.4).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

# What an element says of itself goes before every rule of the sheet that is not marked important (CSS Cascade Level 4,
# section 6.1); a selector of so many classes does too.
WEIGHT = 5


@dataclass(frozen=True)
class Shown:
    """A page, and the hashes of its style sheets as `style-src` wants them."""

    html: str
    styles: tuple[str, ...]


def on_page(mail: str) -> Shown:
    """The page. Comments, text and every tag without a style stay as they are."""
    mail = mail.replace("\r\n", "\n").replace("\r", "\n")  # as a browser reads, and hashes, it
    reader = _Reader(mail)
    pieces, done = [], 0
    for begin, end, tag in reader.tags:
        pieces += [mail[done:begin], tag]
        done = end
    html = "".join([*pieces, mail[done:]])
    if reader.rules:
        own = "".join(f"{f'.{name}' * WEIGHT}{{{rule}}}" for rule, name in reader.rules.items())
        reader.sheets.append(own)
        before, head, after = html.partition("</head>")
        html = f"{before}<style>{own}</style>{head}{after}" if head else f"<style>{own}</style>{html}"
    return Shown(html, tuple(dict.fromkeys(_hash(sheet) for sheet in reader.sheets)))


def _hash(sheet: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()}'"


class _Reader(HTMLParser):
    """`tags`: (begin, end, what stands there instead) of each tag with a style; `rules`: a class for each style;
    `sheets`: what the style elements say.
    """

    def __init__(self, mail: str) -> None:
        super().__init__(convert_charrefs=False)
        self.tags: list[tuple[int, int, str]] = []
        self.rules: dict[str, str] = {}
        self.sheets: list[str] = []
        self._lines = [0]
        for line in mail.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.feed(mail)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "style":
            self.sheets.append("")
        said = dict(attrs)
        style, raw = said.pop("style", None), self.get_starttag_text() or ""
        if style is None:
            return
        rule = style.strip().replace("<", "\\3c ").replace("{", "").replace("}", "")
        name = self.rules.setdefault(rule, f"own-{len(self.rules)}")
        said["class"] = f"{said.get('class') or ''} {name}".strip()
        words = (key if value is None else f'{key}="{escape(value)}"' for key, value in said.items())
        line, column = self.getpos()
        begin = self._lines[line - 1] + column
        self.tags.append((begin, begin + len(raw), f"<{' '.join([tag, *words])}{'/' if raw.endswith('/>') else ''}>"))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style":
            self.sheets[-1] += data
