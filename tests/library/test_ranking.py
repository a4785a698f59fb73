"""Which of two pages answers better. Pure: no database, no other pages."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from cms.search.index import Row
from cms.search.rank import in_order
from cms.search.snippet import Marker
from cms.search.terms import terms

pytestmark = pytest.mark.once  # says nothing about the database
DAY = datetime.date(2026, 11, 27)


def row(pk: int = 1, title: str = "Om annat", summary: str = "", **fields: Any) -> Row:
    fields = {"tier": 1, "kind": "article", "language": "sv", "level": 0, "dated": DAY, "valid_until": None} | fields
    return Row(pk=pk, title=title, summary=summary, shelf=None, **fields)


BETTER = {
    "in the title rather than in the answer": ("semester", row(title="Semester"), row(summary="Om semester")),
    "in the answer rather than in the text": ("semester", row(summary="Om semester"), row(tier=2)),
    "the word itself rather than a beginning": ("lön", row(title="Din lön"), row(title="Din lönsamhet")),
    "an inflection rather than a part of a compound": ("möte", row(title="Om mötet"), row(title="Om årsmötet")),
    "a part of a compound rather than the text": ("möte", row(title="Om årsmöten"), row(tier=2)),
    "with its own letters": ("lön", row(title="Om lön"), row(title="Om lon")),
    "as it is called rather than by a synonym": (
        "traktamente",
        row(title="Om traktamente"),
        row(title="Om dagpenning"),
    ),
    "with the words side by side": (
        "lokalt avtal",
        row(title="Ett lokalt avtal nu"),
        row(title="Avtal, nu lokalt ett"),
    ),
    "what it is about rather than what it mentions": ("möte", row(title="Möte"), row(title="Möte med resor och mat")),
    "at the beginning": ("semester", row(title="Vad är semester och annat"), row(title="Vad annat och semester")),
    "one's own branch rather than the region": ("möte", row(title="Möte", level=2), row(title="Möte", level=1)),
    "the region rather than the whole union": ("möte", row(title="Möte", level=1), row(title="Möte", level=0)),
    "fresh rather than old": ("möte", row(title="Möte"), row(title="Möte", dated=datetime.date(2019, 1, 1))),
    "valid rather than expired": (
        "möte",
        row(title="Möte", dated=datetime.date(2015, 1, 1), valid_until=DAY),
        row(title="Möte", level=2, valid_until=DAY - datetime.timedelta(days=1)),
    ),
    "an answer rather than minutes": (
        "årsmöte",
        row(title="När är årsmöte?"),
        row(title="Årsmöte", kind="minutes", level=2),
    ),
    "in one's own language": ("ferie", row(title="Ferie"), row(title="Ferie", language="da")),
}


@pytest.mark.parametrize("why", BETTER)
def test_of_two_pages_the_better_one_stands_first(why):
    words, better, worse = BETTER[why]
    asked = terms(words, [["traktamente", "dagpenning"]])
    rows = [worse._replace(pk=2), better]
    assert [one.pk for one in in_order(rows, asked, on=DAY, language="sv")] == [1, 2]


def test_what_lacks_a_word_comes_after_all_that_have_them():
    asked = terms("lokalt avtal")
    rows = [row(1, title="Avtal"), row(2, tier=2, valid_until=datetime.date(2020, 1, 1))]
    assert [one.pk for one in in_order(rows, asked, on=DAY, language="sv", lacking={1: 0.5})] == [2, 1]


@pytest.mark.parametrize(
    ("words", "text", "marked"),
    [
        ("möte", "Vid mötet", "Vid <mark>mötet</mark>"),
        ("mote", "MÖTET", "<mark>MÖTET</mark>"),
        ("möte", "årsmöte", "års<mark>möte</mark>"),
        ("resa", "kongressen", "kongressen"),
        ("möte", "mot en motpart", "mot en motpart"),
        ("avtal <b>", "<b>avtal</b> & avtal", "&lt;b&gt;<mark>avtal</mark>&lt;/b&gt; &amp; <mark>avtal</mark>"),
    ],
)
def test_what_matches_is_marked_and_everything_is_escaped(words, text, marked):
    assert Marker(terms(words)).marked(text) == marked


def test_a_snippet_is_the_place_that_says_most():
    text = "Början om lönen. " + "ord " * 200 + "Här står om lönen och avtalet. " + "ord " * 200
    said = Marker(terms("lön avtal")).snippet("Något annat.", text)
    assert "<mark>lönen</mark> och <mark>avtalet</mark>" in said
    assert said.startswith("… ")
    assert said.endswith(" …")
    assert len(said) < 320
