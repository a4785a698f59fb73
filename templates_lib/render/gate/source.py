"""What is wrong with what goes in: typed text (P1, P7, P11) and the style and addresses of a print page (P4–P6)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import unescape

from templates_lib.render import glyphs, merge
from templates_lib.render.gate.finding import Finding, place

LONGEST = 45  # letters in a word; the longest in everyday use have about 35
EMOJI = re.compile(r"[\"']?((?:[\w ]*\s)?(?:emoji|symbola|emojione|twemoji)[\w ]*)[\"']?", re.I)
_FONT_STACK = re.compile(r"font(?:-family)?\s*:\s*([^;}\"]*(?:\"[^\"]*\"[^;}\"]*)*)", re.I)
_FONT_FACE = re.compile(r"@font-face\s*\{([^}]*)\}?", re.I)
_FAMILY = re.compile(r"font-family\s*:\s*[\"']?([^;\"'}]+)", re.I)
_WORD = re.compile(r"[^\s\u00ad\u200b]+")
_LOADED = re.compile(
    r"(?:\b(?:src|srcset|data|poster|background)\s*=\s*[\"']?|url\(\s*[\"']?|@import\s+[\"']?)([^\"'\s)>]+)", re.I
)
_ATTACHED = re.compile(r"<(?:link|a)\b[^>]*\brel\s*=\s*[\"']?attachment\b[^>]*>", re.I)
_TABLE = re.compile(r"<table\b", re.I)


def typed(text: str, *, typeface: str, where: str) -> Iterator[Finding]:
    """What one field's text holds that paper or a phone cannot show. Text without markup, lines as they were typed."""
    text = unicodedata.normalize("NFC", text)
    for char in glyphs.uncovered(text, typeface):
        line, column = place(text, text.index(char))
        yield Finding("P1", "glyph", where, line, column, char, glyphs.name(char))
    for word in _WORD.finditer(merge.HOLE.sub("", text)):
        if len(word[0]) > LONGEST and not word[0].startswith(("http://", "https://", "www.")):
            line, column = place(text, word.start())
            yield Finding("P7", "long_word", where, line, column, word[0][:20], str(len(word[0])))
            return


def pasted(html: str, *, where: str) -> Iterator[Finding]:
    """A table in rich text: the sanitiser would make loose paragraphs of it."""
    if found := _TABLE.search(html):
        before = lines_of(html[: found.start()])
        line, column = place(before, len(before))
        yield Finding("P7", "pasted_table", where, line, column)


def lines_of(html: str) -> str:
    """Rich text as its writer sees it: one line a paragraph, no tags."""
    broken = re.sub(r"</(?:p|li|h\d|div|tr|td)\s*>|<br\s*/?>", "\n", html, flags=re.I)
    return unescape(re.sub(r"<[^>]*>", "", broken))


def styled(css: str) -> Iterator[Finding]:
    """Typefaces that a style sheet, or a page with its styles, must not ask for (rendering.md, "Fonts")."""
    for face in _FONT_FACE.finditer(css):
        family = _FAMILY.search(face[1])
        code = "split_family" if "unicode-range" in face[1].lower() else "font_face"
        yield Finding("P5", code, "", *place(css, face.start()), (family[1].strip() if family else "@font-face"))
    for stack in _FONT_STACK.finditer(css):
        if emoji := EMOJI.search(stack[1]):
            yield Finding("P4", "emoji_font", "", *place(css, stack.start()), emoji[1].strip())


def page(html: str) -> Iterator[Finding]:
    """What a print page must not ask for: other people's typefaces, files, addresses, attachments."""
    yield from styled(html)
    for found in _LOADED.finditer(html):
        if not found[1].startswith(("asset:", "#")):
            yield Finding("P6", "foreign", "", *place(html, found.start()), found[1][:120])
    for found in _ATTACHED.finditer(html):
        address = re.search(r"href\s*=\s*[\"']?([^\"'\s>]+)", found[0], re.I)
        yield Finding("P6", "attachment", "", *place(html, found.start()), address[1] if address else "")
