"""The search page: what it shows, and that it works without a script."""

from __future__ import annotations

import pytest

from cms.models import Entry
from tests.library.shelves import article, minutes

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def page(client, query: str = "", **headers: str) -> str:
    answer = client.get(f"/library/search/?{query}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_result_says_what_it_is_where_it_is_from_and_how_long_it_holds(union, library, sign_in):
    article("Gammalt", under=library.shelf, valid_until="2020-03-01")
    article("Nytt", under=library.shelf, valid_until="2099-03-01")
    body = page(sign_in(union.alice), "q=årsmöte")
    assert f'href="/library/{library.minutes_a.public_id}/"' in body
    assert "<mark>Årsmöte</mark> 2026" in body
    assert "Avdelning A" in body
    assert "12 mars 2026" in body
    assert "1 mars 2020" in page(sign_in(union.alice), "q=gammalt")
    assert "1 mars 2099" in page(sign_in(union.alice), "q=nytt")


def test_what_is_asked_while_typing_is_only_the_results(union, library, sign_in):
    body = page(sign_in(union.alice), "q=årsm", **HTMX)
    assert body.lstrip().startswith('<div id="found"')
    assert "data-announce=" in body
    assert '<div id="found"' in page(sign_in(union.alice), "q=årsm")


def test_units_below_are_offered_to_those_who_have_them(union, library, sign_in):
    assert 'name="below"' in page(sign_in(union.bob))
    assert 'name="below"' not in page(sign_in(union.alice)) + page(sign_in(union.sara))
    assert "Årsmöte" not in page(sign_in(union.bob), "q=årsmöte&kind=minutes", **HTMX).replace("årsmöte", "")
    assert "<mark>Årsmöte</mark>" in page(sign_in(union.bob), "q=årsmöte&kind=minutes&below=on")


def test_a_filter_is_a_link_and_is_taken_along_to_other_words(union, library, sign_in):
    client = sign_in(union.alice)
    assert 'href="?q=m%C3%B6te&amp;kind=minutes"' in page(client, "q=möte")
    narrowed = page(client, "q=möte&kind=minutes")
    assert 'href="?q=m%C3%B6te"' in narrowed  # takes it back
    assert '<input type="hidden" name="kind" value="minutes">' in narrowed


def test_what_the_address_says_in_vain_is_overlooked(union, library, sign_in):
    client = sign_in(union.alice)
    shelf = Entry.unscoped.get(pk=library.shelf.pk).public_id
    for query in ("q=möte&kind=x&level=9&year=x&page=x&shelf=x", "page=0", "page=99", f"q=resa&shelf={shelf}", "q=%00"):
        page(client, query)


def test_results_come_ten_to_a_page(union, library, sign_in):
    for n in range(11):
        minutes(f"Kamelkaravan {n}", under=library.meetings, units=(union.branch_a,))
    client = sign_in(union.alice)
    first, second = page(client, "q=kamelkaravan"), page(client, "q=kamelkaravan&page=2")
    assert (first.count('class="hit"'), second.count('class="hit"')) == (10, 1)
    assert 'rel="next" href="?q=kamelkaravan&amp;page=2"' in first


def test_a_corrected_word_is_said_with_a_way_back(union, library, sign_in):
    body = page(sign_in(union.alice), "q=reseerstätning")
    assert "<b>reseersättning</b>" in body
    assert 'href="?q=reseerst%C3%A4tning&amp;exact=on"' in body
    assert 'class="empty"' in page(sign_in(union.alice), "q=zzzzzz&exact=on")


def test_suggestions_are_a_fragment_and_empty_for_nothing(union, library, sign_in):
    client = sign_in(union.alice)
    assert client.get("/library/suggest/?q=rese").content.decode().count("<li>") == 1
    assert client.get("/library/suggest/?q=").content.strip() == b""


@pytest.mark.parametrize("more", [0, 2])
def test_the_page_asks_as_often_for_one_result_as_for_three(union, library, sign_in, django_assert_num_queries, more):
    for n in range(more):
        article(f"Milersättning {n}", under=library.shelf)
    client = sign_in(union.alice)
    page(client, "q=milersättning")
    with django_assert_num_queries(12):
        page(client, "q=milersättning")
