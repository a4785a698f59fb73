"""How well a candidate answers: a number from what stands in it and who it is for. Pure.

Nothing here counts words over other pages, so a page of another branch cannot move a result (threat S3).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from cms.search.folding import fold
from cms.search.index import Row
from cms.search.terms import Term, Typed
from cms.search.words import STOP, parts, root, spelt, tokens

TITLE, SUMMARY, TEXT = 10.0, 4.0, 1.0
EXACT, FOLDED, SAME_ROOT, BEGINS, RELATED, PART, MADE_OF, SYNONYM = 1.0, 0.97, 0.9, 0.65, 0.55, 0.5, 0.55, 0.6
FIRST_IN_TITLE, PHRASE_IN_TITLE, PHRASE_IN_SUMMARY, WHOLE_TITLE = 1.0, 1.5, 0.5, 2.0
OWN = {2: 0.8, 1: 0.4, 0: 0.0}  # by level: own branch before region before national
KIND = {"article": 2.5, "document": 1.2, "shelf": 1.0, "news": 0.8, "minutes": 0.0}  # answers before records
FRESH, EXPIRED, MISSING, IN_MY_LANGUAGE = 1.0, -5.0, -20.0, 1.5

NOTHING: Mapping[int, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Word:
    surface: str
    folded: str
    root: str
    parts: frozenset[str]


@lru_cache(maxsize=32_768)
def _words(token: str) -> tuple[Word, ...]:
    """A token as it is compared; with hyphens, its pieces too."""
    return tuple(
        Word(piece, fold(piece), root(piece), frozenset(root(part) for part in parts(fold(piece))))
        for piece in spelt(token)
    )


def words_of(text: str) -> list[Word]:
    return [word for token in tokens(text) for word in _words(token)]


def likeness(typed: Typed, one: Word) -> float:
    """How much a word of the page is the typed one: 1 for the very same, 0 for another. Remembered by the typed word:
    the same words come again on page after page.
    """
    known = typed.likes.get(one.surface)
    if known is None:
        known = typed.likes[one.surface] = _likeness(typed, one)
    return known


def _likeness(typed: Typed, one: Word) -> float:
    if one.surface in STOP or typed.surface in STOP:
        return EXACT if one.surface == typed.surface else 0.0
    if one.folded == typed.folded:
        return EXACT if one.surface == typed.surface else FOLDED
    if one.root == typed.root or one.root in typed.forms:
        return SAME_ROOT
    if len(typed.folded) > 2 and one.folded.startswith(typed.folded):
        return BEGINS
    if typed.trunk and one.folded.startswith(typed.trunk):
        return RELATED
    return PART if typed.root in one.parts else 0.0


def score(row: Row, asked: Sequence[Term], *, on: date, language: str) -> float:
    """Of a row found for these terms; the more the better."""
    text = _text(row, asked) if row.tier < 2 else TEXT
    age = max((on - row.dated).days, 0) / 365
    standing = OWN.get(row.level, 0.0) + KIND.get(row.kind, 0.0) + FRESH / (1 + age)
    standing += IN_MY_LANGUAGE if row.language == language else 0.0
    return text + standing + (EXPIRED if row.valid_until and row.valid_until < on else 0.0)


def _text(row: Row, asked: Sequence[Term]) -> float:
    title, summary = words_of(row.title), words_of(row.summary)
    values = [(_best(term, title), _best(term, summary)) for term in asked]
    weights = [term.weight for term in asked]
    points = [max(TITLE * above, SUMMARY * below, TEXT) + 0.3 * SUMMARY * min(above, below) for above, below in values]
    told = math.fsum(point * weight for point, weight in zip(points, weights, strict=True)) / math.fsum(weights)
    in_title = [above for above, _below in values]
    bonus = 0.0
    if all(in_title):
        bonus += WHOLE_TITLE * min(len(asked) / max(len(title), 1), 1.0)
        opening = next((one for one in title if one.surface not in STOP), title[0])
        first = max(likeness(typed, opening) for term in asked for typed in term.words)
        bonus += FIRST_IN_TITLE if first else 0.0
    if len(said := [typed.root for term in asked for typed in term.words]) > 1:
        bonus += PHRASE_IN_TITLE * _runs(said, title) + PHRASE_IN_SUMMARY * _runs(said, summary)
    return told + bonus


def _best(term: Term, text: Sequence[Word]) -> float:
    """How well the text says the term, in the best of its ways: the weakest word of it decides."""
    if not text:
        return 0.0
    own, *others = (min(_said(typed, text) for typed in way) for way in term.ways)
    return max(own, SYNONYM * max(others, default=0.0))


def _said(typed: Typed, text: Sequence[Word]) -> float:
    best = max([likeness(typed, one) for one in text])
    if (
        best < MADE_OF
        and typed.parts
        and all(any(p == one.root or p in one.parts for one in text) for p in typed.parts)
    ):
        return MADE_OF
    return best


def _made_of(typed: Typed, text: Sequence[Word]) -> bool:
    return all(any(part == one.root or part in one.parts for one in text) for part in typed.parts)


def _runs(said: Sequence[str], text: Sequence[Word]) -> bool:
    """Whether the words stand there side by side, in order."""
    roots = [one.root for one in text]
    return any(roots[at : at + len(said)] == list(said) for at in range(len(roots) - len(said) + 1))


def in_order(
    rows: Collection[Row], asked: Sequence[Term], *, on: date, language: str, lacking: Mapping[int, float] = NOTHING
) -> list[Row]:
    """The best first; the newest where nothing was asked. `lacking` is, by id, the share of the query a page does not
    have: what has all of it comes before what does not.
    """
    if not asked:
        return sorted(rows, key=lambda row: (row.dated, row.pk), reverse=True)

    def place(row: Row) -> tuple[float, int]:
        less = lacking.get(row.pk, 0.0)
        return score(row, asked, on=on, language=language) + (MISSING * (1 + less) if less else 0.0), row.pk

    return sorted(rows, key=place, reverse=True)


def had(asked: Sequence[Term], found: Collection[Term]) -> float:
    """The share of a query that a page has, of its words by weight: `found` are the terms, or pieces of them, in it."""
    total = math.fsum(term.weight for term in asked)
    return math.fsum(term.weight * _had(term, found) for term in asked) / total


def _had(term: Term, found: Collection[Term]) -> float:
    if term in found:
        return 1.0
    pieces = term.pieces
    return SYNONYM * sum(piece in found for piece in pieces) / len(pieces) if pieces else 0.0
