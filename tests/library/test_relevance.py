"""The judge of relevance, on a few pages of its own; and that its figures can be bad."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from cms.access import Reader
from comms.people.scope import Scope
from tests.library.relevance import Query, figures, ours, side_by_side
from tests.library.shelves import article

DAY = datetime.date(2026, 11, 27)
PAGES = {
    "kallelse": "Hur kallar jag till medlemsmöte?",
    "resor": "Vad får jag i reseersättning?",
    "ombud": "Vad gör ett skyddsombud?",
    "verneombud": "Hva gjør et verneombud?",
    "ledig": "Hur länge kan jag vara föräldraledig?",
}
JUDGED = [
    ("möten för medlemmar", "kallelse", "compound"),
    ("ersättning för resor", "resor", "compound"),
    ("skyddsombudens uppgifter", "ombud", "inflection"),
    ("foraldraledig", "ledig", "diacritics"),
    ("skydsombud", "ombud", "typo"),
    ("verneombudene", "verneombud", "inflection"),
]


@pytest.mark.django_db
def test_what_people_mean_is_among_the_first_three(union, library):
    pages = {key: article(title, under=library.shelf).pk for key, title in PAGES.items()}
    queries = [Query(q, "sv", (key,), sort) for q, key, sort in JUDGED]
    reader = Reader.of(Scope.of(union.alice, on=timezone.localdate()))
    assert figures(queries, ours(reader, on=DAY), pages).success_at_3 == 1
    assert "missed" not in side_by_side(queries, pages, reader, on=DAY)


def test_the_figures_count_places():
    queries = [Query(str(n), "sv", ("a",), "") for n in range(4)]
    places = {"0": [1], "1": [2, 1], "2": [2, 3, 4, 1], "3": [2]}
    found = figures(queries, lambda query: places[query.q], {"a": 1})
    assert (found.success_at_3, found.mrr, found.missed) == (0.5, 0.438, ("2", "3"))
