"""A passage inside a rich text: whether its words stand there, and one exchanged for another. Pure.

Words are compared, not markup: an editor may join paragraphs, and a sender may set a word in bold.
"""

from __future__ import annotations

import re
from html import unescape

from templates_lib.render.rich_text import clean_rich_text

PIECE = re.compile(r"<[^>]*>|&#?\w+;|.", re.DOTALL)
TAG = re.compile(r"</?(\w+)")
INLINE = {"a", "strong", "em"}


def appended(text: str, passage: str) -> str:
    """The text with the passage after it, in paragraphs of its own."""
    return clean_rich_text(text + passage)


def holds(text: str, passage: str) -> bool:
    """Whether the words of the passage stand in the text one after another."""
    return _find(_words(text)[0], _words(passage)[0]) >= 0


def length(passage: str) -> int:
    """How many words it has."""
    return len(_words(passage)[0])


def exchanged(text: str, old: str, new: str) -> str:
    """The text, cleaned, with the new passage where the old one stands first; unchanged where it does not stand.

    What stands before and after keeps its form; the new passage gets paragraphs of its own.
    """
    text, wanted = clean_rich_text(text), _words(old)[0]
    words, places = _words(text)
    at = _find(words, wanted)
    if at < 0:
        return text
    start, end = places[at][0], places[at + len(wanted) - 1][1]
    closed = "".join(f"</{TAG.match(tag)[1]}>" for tag in reversed(_open(text[:start])))  # type: ignore[index]
    return clean_rich_text(text[:start] + closed + new + "".join(_open(text[:end])) + text[end:])


def _words(html: str) -> tuple[list[str], list[tuple[int, int]]]:
    """The words, and where in the markup each begins and ends."""
    text, places = "", []
    for match in PIECE.finditer(html):
        piece = match.group()
        if not piece.startswith("<"):
            text += unescape(piece)[:1]
        elif TAG.match(piece) and TAG.match(piece)[1] in INLINE:  # type: ignore[index]
            continue
        else:
            text += " "
        places.append(match.span())
    found = list(re.finditer(r"\S+", text))
    return [one.group() for one in found], [(places[one.start()][0], places[one.end() - 1][1]) for one in found]


def _find(words: list[str], wanted: list[str]) -> int:
    """At which word the others begin, -1 where they do not stand there."""
    if not wanted:
        return -1
    at = f" {' '.join(words)} ".find(f" {' '.join(wanted)} ")
    return at if at < 0 else f" {' '.join(words)} "[:at].count(" ")


def _open(html: str) -> list[str]:
    """The tags that are open at its end, as they were written."""
    stack: list[str] = []
    for tag in re.findall(r"<[^>]*>", html):
        if tag.startswith("</"):
            stack.pop()
        elif tag != "<br>":
            stack.append(tag)
    return stack
