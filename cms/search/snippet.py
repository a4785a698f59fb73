"""What is shown of a page that was found: the place that says it, with the words marked. Pure; escapes everything."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from cms.search.rank import likeness, words_of
from cms.search.terms import Term

AROUND, LONGEST, PLACES = 70, 230, 400
INSIDE = 4  # letters from which a word is also looked for inside others
LETTERS = {"a": "(?:a[aeáàâãAEÁÀÂÃ]?|[åäæáàâã])", "o": "(?:oe?|[öøóòôœ])", "e": "[eéèêë]", "u": "[uüúù]", "i": "[iíìï]"}


class Marker:
    """Finds the words of a query in a text, whatever their ending and accents."""

    def __init__(self, asked: Sequence[Term]) -> None:
        typed = [word for term in asked for way in term.ways for word in way]
        stems = {min(word.forms, key=len) for word in typed} | {word.folded for word in typed}
        stems |= {part for word in typed for part in word.parts}
        stems = {stem for stem in stems if len(stem) > 1}
        written = [
            "".join(LETTERS.get(letter, letter) for letter in stem) for stem in sorted(stems, key=len, reverse=True)
        ]
        self._typed, self._parts = typed, frozenset(part for word in typed for part in word.parts)
        self._found = re.compile(f"({'|'.join(written)})\\w*", re.IGNORECASE) if written else None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where they stand, from and to; short ones only where a word begins."""
        spans: list[tuple[int, int]] = []
        for found in self._found.finditer(text) if self._found else ():
            start, end = found.span()
            inside = start > 0 and text[start - 1].isalnum()
            if inside and len(found[1]) < INSIDE:
                continue
            if inside or self._is_meant(found[0]):
                spans.append((start, end))
                if len(spans) == PLACES:
                    break
        return spans

    def _is_meant(self, said: str) -> bool:
        """Whether a word that begins like one of the query is one of it: "motpart" is no "möte"."""
        words = words_of(said)
        return any(
            one.root in self._parts or self._parts & one.parts or any(likeness(typed, one) for typed in self._typed)
            for one in words
        )

    def marked(self, text: str) -> SafeString:
        """The whole text as HTML, what was found in <mark>."""
        said, last = [], 0
        for start, end in self.spans(text):
            said += [escape(text[last:start]), "<mark>", escape(text[start:end]), "</mark>"]
            last = end
        return mark_safe("".join([*said, escape(text[last:])]))  # noqa: S308

    def snippet(self, summary: str, text: str) -> SafeString:
        """The summary, unless the text says more of what was asked for."""
        start, telling = self._place(text)
        if not telling or (summary and self._telling(summary, self.spans(summary)) >= telling):
            return self.marked(_cut(summary, 0) if summary else _cut(text, 0))
        return self.marked(_cut(text, start))

    def _place(self, text: str) -> tuple[int, int]:
        """Where the telling window begins, and how many different words it has."""
        spans = self.spans(text)
        best = (0, 0)
        for n, (start, _end) in enumerate(spans):
            near = [span for span in spans[n : n + 12] if span[1] - start < LONGEST - AROUND]
            telling = self._telling(text, near)
            if telling > best[1]:
                best = start, telling
        return best

    @staticmethod
    def _telling(text: str, spans: Sequence[tuple[int, int]]) -> int:
        return len({text[start : start + 4].lower() for start, _end in spans})


def _cut(text: str, at: int) -> str:
    """About so much of it around the place, from a word to a word, with dots where something is left out."""
    first = max(at - AROUND, 0)
    if first:
        blank = re.search(r"\s", text[first:at])
        first = first + blank.end() if blank else at
    last = first + LONGEST
    if last < len(text):
        blank_at = text.rfind(" ", first + LONGEST // 2, last)
        last = blank_at if blank_at > 0 else last
    shown = " ".join(text[first:last].split())
    return f"{'… ' if first else ''}{shown}{' …' if last < len(text) else ''}"
