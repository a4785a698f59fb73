"""The front page and the shelves: what is there for a reader, how much of it, in which order."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from cms import shelving
from cms.access import Reader
from cms.models import HomePage, NewsPage, ShelfPage
from comms.people.scope import Scope
from tests.factories import make_unit
from tests.library.shelves import article, minutes, put

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 9, 1)


def reader(user) -> Reader:
    return Reader.of(Scope.of(user, on=timezone.localdate()))


def front(user, *, below: bool = False) -> shelving.Front:
    return shelving.front(reader(user), on=TODAY, below=below)


def counts(user, **how) -> dict[str, int]:
    return {shelf.entry.title: shelf.count for shelf in front(user, **how).shelves}


def standing(user, shelf, **asked) -> shelving.Standing:
    asked = {"below": False, "kind": "", "year": "", "page": "", **asked}
    return shelving.standing(reader(user), shelf, **asked)


def titles(entries) -> list[str]:
    return [entry.title for entry in entries]


def test_a_shelf_says_how_much_of_it_is_for_me(union, library):
    assert counts(union.alice) == {"Resor och ersättning": 1, "Möten": 2}
    assert counts(union.charlie) == {"Resor och ersättning": 1, "Möten": 1}
    assert counts(union.bob) == {"Resor och ersättning": 1, "Möten": 1}
    assert counts(union.bob, below=True) == {"Resor och ersättning": 1, "Möten": 2}


def test_a_shelf_counts_what_lies_on_the_shelves_inside(union, library):
    inner = put(ShelfPage(title="Utomlands"), under=library.shelf)
    article("Vad gäller i Norge?", under=inner)
    assert counts(union.alice)["Resor och ersättning"] == 2
    assert [(one.entry.title, one.count) for one in standing(union.alice, library.shelf).inner] == [("Utomlands", 1)]
    assert titles(standing(union.alice, library.shelf).page) == ["Vad får jag i reseersättning?"]


def test_a_shelf_that_is_not_mine_has_no_name_and_its_open_pages_stand_on_the_shelf_around_it(union, library):
    inner = put(ShelfPage(title="Hemligt hos B"), under=library.shelf, units=(union.branch_b,))
    page = article("Vad gäller alla?", under=inner, audience="everybody")
    assert standing(union.alice, library.shelf).inner == []
    assert "Vad gäller alla?" in titles(standing(union.alice, library.shelf).page)
    assert titles(shelving.crumbs(reader(union.alice), page)) == ["Resor och ersättning"]
    assert titles(shelving.crumbs(reader(union.charlie), page)) == ["Resor och ersättning", "Hemligt hos B"]


def test_the_front_page_shows_news_that_holds_and_what_is_new_of_my_own(union, library):
    home = HomePage.objects.get()
    put(NewsPage(title="Nytt avtal", lead="Klart."), under=home)
    put(NewsPage(title="Gammalt", lead="Förbi.", valid_until=TODAY - datetime.timedelta(days=1)), under=home)
    minutes("Möte i regionen", under=library.meetings, units=(union.region,))
    assert titles(front(union.alice).news) == ["Nytt avtal"]
    assert [str(one.units.get()) for one in front(union.alice).own] == ["Avdelning A"]
    assert titles(front(union.bob).own) == ["Möte i regionen"]
    assert set(titles(front(union.alice).changed)) == {"Vad får jag i reseersättning?", "När möts regionen?"}


def test_minutes_stand_by_year_and_by_the_unit_that_met(union, library):
    shelf = put(ShelfPage(title="Protokoll"), under=library.home)
    for year in (2025, 2026):
        for unit in (union.region, union.branch_a):
            for month in (2, 9):
                minutes(f"{unit} {month}", under=shelf, units=(unit,), dated=datetime.date(year, month, 1))
    article("Ö: Hur skrivs ett protokoll?", under=shelf)
    article("Å: Vem justerar?", under=shelf)
    seen = [(one.kind, one.year, one.unit, titles(one.entries)) for one in standing(union.alice, shelf).groups]
    assert seen[0][0] == "article"
    assert set(seen[0][3]) == {"Å: Vem justerar?", "Ö: Hur skrivs ett protokoll?"}
    assert seen[1:] == [
        ("minutes", year, unit, [f"{unit} 9", f"{unit} 2"])
        for year in (2026, 2025) for unit in ("Avdelning A", "Region Norr")
    ]  # fmt: skip
    chosen = standing(union.alice, shelf, kind="minutes", year="2025")
    assert (chosen.years, chosen.year, chosen.page.paginator.count) == ([2026, 2025], 2025, 4)
    assert [(kind, number) for kind, _name, number in chosen.kinds] == [("article", 2), ("minutes", 8)]


NONSENSE = [({"kind": "x"}, 2), ({"kind": "shelf"}, 2), ({"year": "2026"}, 2), ({"page": "x"}, 2), ({"page": "99"}, 2),
            ({"kind": "minutes", "year": "1"}, 1), ({"kind": "minutes", "year": "²"}, 1)]  # fmt: skip


@pytest.mark.parametrize(("asked", "left"), NONSENSE)
def test_nonsense_in_the_address_chooses_nothing(union, library, asked, left):
    assert standing(union.alice, library.meetings, **asked).page.paginator.count == left


def test_a_long_shelf_has_pages_and_the_address_keeps_the_choice(union, library, sign_in):
    for n in range(31):
        minutes(f"Möte {n}", under=library.meetings, units=(union.branch_a,))
    address = f"/library/{library.meetings.public_id}/"
    page = sign_in(union.alice).get(f"{address}?kind=minutes&page=2")
    assert titles(page.context["standing"].page)[0] == "Årsmöte 2026" or len(page.context["standing"].page) == 2
    assert page.context["standing"].page.paginator.num_pages == 2
    assert "?kind=minutes&amp;page=1" in page.content.decode()


def test_those_with_units_below_may_look_there(union, library, sign_in):
    for user, may in ((union.bob, True), (union.charlie, False), (union.sara, False)):
        assert sign_in(user).get("/library/").context["may_look_below"] is may
    make_unit("Klubben", kind="club", under=union.branch_b)
    assert sign_in(union.charlie).get("/library/").context["may_look_below"] is True
    assert "Avdelning A" not in sign_in(union.bob).get("/library/").content.decode()
    assert "Avdelning A" in sign_in(union.bob).get("/library/?below=1").content.decode()


def test_an_empty_library_says_so(union, sign_in):
    assert "empty" in sign_in(union.alice).get("/library/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_front_page_asks_the_same_however_much_there_is(union, library, sign_in, django_assert_num_queries, rows):
    for n in range(rows):
        put(NewsPage(title=f"Nytt {n}", lead="x"), under=library.home)
        article(f"Fråga {n}?", under=put(ShelfPage(title=f"Hylla {n}"), under=library.home))
        minutes(f"Möte {n}", under=library.meetings, units=(union.branch_a,))
    client = sign_in(union.alice)
    client.get("/library/")
    with django_assert_num_queries(12):
        client.get("/library/")


@pytest.mark.parametrize("rows", [1, 3])
def test_a_shelf_asks_the_same_however_much_there_is(union, library, sign_in, django_assert_num_queries, rows):
    shelf = put(ShelfPage(title="Hylla"), under=library.home)
    for n in range(rows):
        article(f"Fråga {n}?", under=put(ShelfPage(title=f"Inre {n}"), under=shelf))
        minutes(f"Möte {n}", under=shelf, units=(union.branch_a,))
    client = sign_in(union.alice)
    client.get(f"/library/{shelf.public_id}/")
    with django_assert_num_queries(13):
        client.get(f"/library/{shelf.public_id}/")
