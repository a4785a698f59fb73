"""What may be taken into an invitation: short answers and passages of published pages, in a form all mails can show."""

from __future__ import annotations

import pytest

from cms.models import Entry, NewsPage
from cms.passages import ANSWER, passages
from tests.library.shelves import article, passage, put, rewrite

pytestmark = pytest.mark.django_db


def of(page) -> list[tuple[str, str]]:
    return [(one.name, one.html) for one in passages(Entry.unscoped.filter(pk=page.pk))]


@pytest.fixture
def travel(library):
    said = [("paragraph", "<p>Bakgrund.</p>"), passage("Till kallelsen", "<p>Resan <b>betalas</b>.</p>")]
    return article("Vad gäller resor?", under=library.shelf, short_answer="Facket\n\nbetalar <allt>.", body=said)


def test_an_article_offers_its_short_answer_and_what_staff_set_apart(travel):
    assert of(travel) == [
        ("", "<p>Facket</p><p>betalar &lt;allt&gt;.</p>"),
        ("Till kallelsen", "<p>Resan <strong>betalas</strong>.</p>"),
    ]


def test_news_offers_its_passages_and_minutes_offer_none(library):
    news = put(NewsPage(title="Nytt avtal", lead="Läs!", body=[passage("Kort", "<p>Avtalet är klart.</p>")]),
               under=library.shelf)  # fmt: skip
    assert of(news) == [("Kort", "<p>Avtalet är klart.</p>")]
    assert of(library.minutes_a) == []


def test_a_passage_keeps_its_name_in_the_page_when_its_words_change(travel):
    def one():
        return passages(Entry.unscoped.filter(pk=travel.pk))[1]

    before = one()
    rewrite(travel, "Till kallelsen", "<p>Resan betalas inte.</p>")
    after = one()
    assert before.block == after.block != ANSWER
    assert before.digest != after.digest


def test_what_a_reader_would_not_see_changes_nothing(travel):
    before = passages(Entry.unscoped.filter(pk=travel.pk))[1].digest
    rewrite(travel, "Till kallelsen", '<p data-block-key="x9">Resan <b>betalas</b>.</p>')
    assert passages(Entry.unscoped.filter(pk=travel.pk))[1].digest == before


def test_a_draft_of_staff_is_not_offered(travel):
    rewrite(travel, "Till kallelsen", "<p>Inte klart.</p>", publish=False)
    assert of(travel)[1] == ("Till kallelsen", "<p>Resan <strong>betalas</strong>.</p>")


def test_a_link_to_a_page_members_cannot_open_is_its_words(library):
    html = '<p><a linktype="page" id="3">Läs mer</a> eller <a href="https://example.org/a">här</a></p>'
    page = article("Länkar", under=library.shelf, body=[passage("Kort", html)])
    assert of(page)[1][1] == '<p>Läs mer eller <a href="https://example.org/a">här</a></p>'


@pytest.mark.parametrize("pages", [1, 3])
def test_they_cost_the_same_for_one_and_three_pages(library, django_assert_num_queries, pages):
    for n in range(pages):
        article(f"Fråga {n}", under=library.shelf)
    entries = list(Entry.unscoped.filter(title__startswith="Fråga"))
    with django_assert_num_queries(1):
        assert len(passages(entries)) == pages
