"""What is found, in which order, and that nothing else is."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from cms.access import Reader
from cms.models import BestBet, BestBetPage, Synonyms
from cms.search import Filters, search, suggest
from comms.people.scope import Scope
from tests.library.shelves import article, minutes

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 11, 27)


def reader(user) -> Reader:
    return Reader.of(Scope.of(user, on=timezone.localdate()))


def titles(user, words, **how) -> list[str]:
    filters = Filters(**how.pop("filters", {}))
    return [hit.entry.title for hit in search(reader(user), words, filters=filters, on=DAY, **how).hits]


@pytest.mark.parametrize(
    "words",
    ["reseersättning", "reseersattning", "RESEERSÄTTNING", "reseersa\u0308ttning", "reseersättningar", "ersättning resa",
     "milersättning", "rese ersättning", "resersättning", "reseersätning"],
)  # fmt: skip
def test_however_it_is_written(union, library, words):
    assert "Vad får jag i reseersättning?" in titles(union.alice, words)
