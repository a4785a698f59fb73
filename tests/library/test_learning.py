"""What nobody finds: kept without anybody's name, and turned into an answer."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from cms import learning
from cms.access import Reader
from cms.models import ArticlePage, BestBet, Heard, Synonyms, Unfound
from comms.people.scope import Scope
from comms.privacy import retention
from mailings import tasks
from tests.factories import make_member, make_user
from tests.library.shelves import article

pytestmark = pytest.mark.django_db
TOLD = "/library/told/"
TODAY = datetime.date(2026, 11, 27)
A_DAY = datetime.timedelta(days=1)


def hears(query: str, by, *, on: datetime.date = TODAY, **how) -> None:
    learning.hear(query, by=by, on=on, **{"none_found": True, **how})


def kept() -> dict[str, tuple[int, int]]:
    return {row.text: (row.none_found, row.not_opened) for row in Unfound.objects.all()}


def everything_kept() -> str:
    return repr([list(model.objects.values()) for model in (Heard, Unfound)])


# --- nobody's name ----------------------------------------------------------------------------------------------------
def test_one_persons_search_is_kept_as_a_number_only(union):
    hears("Uppsägning av lokal", union.alice)
    assert kept() == {}
    stored = everything_kept()
    assert "lokal" not in stored
    assert Heard.objects.count() == 1
    fields = {field.name for model in (Heard, Unfound) for field in model._meta.get_fields()}
    assert fields == {
        "id", "query", "person", "none_found", "day", "text", "not_opened", "last_on", "state", "page", "closed_on",
    }  # fmt: skip


def test_the_second_person_on_a_day_makes_it_words(union):
    hears("Uppsägning  av lokal?", union.alice)
    hears("uppsägning av lokal", union.charlie, none_found=False)
    assert kept() == {"uppsägning av lokal": (1, 1)}
    hears("uppsägning av lokal", union.bob)
    assert kept() == {"uppsägning av lokal": (2, 1)}


def test_the_same_person_counts_once_a_day(union):
    for _time in range(3):
        hears("julbord", union.alice)
    assert kept() == {}
    hears("julbord", union.charlie)
    for _time in range(3):
        hears("julbord", union.charlie)
    assert kept() == {"julbord": (2, 0)}
    hears("julbord", union.charlie, on=TODAY + A_DAY)
    assert kept() == {"julbord": (3, 0)}


def forget(on: datetime.date) -> None:
    """What the night of this day does."""
    night = datetime.datetime.combine(on, datetime.time(3, 10), timezone.get_current_timezone())
    retention.purge(now=night)


def test_two_people_on_two_days_are_not_known_to_have_searched_for_the_same(union):
    hears("julbord", union.alice)
    forget(TODAY + A_DAY)
    assert not Heard.objects.exists()
    hears("julbord", union.charlie, on=TODAY + A_DAY)
    assert kept() == {}


def test_a_number_does_not_join_one_persons_searches_or_two_days(union):
    for on in (TODAY, TODAY + A_DAY):
        hears("julbord", union.alice, on=on)
        hears("semester", union.alice, on=on)
    assert len(set(Heard.objects.values_list("person", flat=True))) == 4
    assert len(set(Heard.objects.values_list("query", flat=True))) == 4


def test_pressing_the_button_keeps_the_words_at_once(union):
    hears("julbord", union.alice)
    hears("julbord", union.alice, pressed=True)
    assert kept() == {"julbord": (1, 0)}


@pytest.mark.parametrize(
    "query",
    [
        "anna@example.org", "19850101-1234", "850101-1234", "85 01 01 12 34", "medlem 48213", "070-123 45 67",
        "+46 70 1 23 45 67", "４８２１３", "storgatan 12", "Sveavägen 3 b", "Karl Johans gate 7", "Nørregade 12",
        "", "  ", "?!", "12", "x" * 121,
    ],
)  # fmt: skip
def test_what_may_be_about_a_person_is_not_kept_even_when_sent(union, query):
    hears(query, union.alice, pressed=True)
    hears(query, union.charlie, pressed=True)
    assert (kept(), Heard.objects.count()) == ({}, 0)


@pytest.mark.parametrize(
    "query", ["astrid lind", "Lind Astrid", "lön för Astrid Lind i skolan", "anna-karin von essen", "ALICE ÖHMAN"]
)
def test_the_name_of_a_member_or_user_is_not_kept(union, query):
    make_member("Astrid", "Lind")
    make_member("Anna-Karin", "von Essen")
    make_user("Alice", last_name="Öhman", email="alice.ohman@example.org")
    hears(query, union.alice, pressed=True)
    assert (kept(), Heard.objects.count()) == ({}, 0)


@pytest.mark.parametrize("query", ["astrid", "mbl § 12", "lön 2 år", "covid-19", "reseersättning över 100 km"])
def test_plain_questions_are_kept(union, query):
    make_member("Astrid", "Lind")
    hears(query, union.alice, pressed=True)
    assert kept() == {query: (1, 0)}


# --- the endpoint -----------------------------------------------------------------------------------------------------
def test_a_page_that_is_left_tells_quietly(union, sign_in):
    for person in (union.alice, union.charlie):
        reply = sign_in(person).post(TOLD, {"q": "julbord", "found": "3"})
        assert (reply.status_code, reply.content) == (204, b"")
    assert kept() == {"julbord": (0, 2)}


def test_the_button_works_without_a_script_and_leads_back(union, sign_in):
    back = "http://testserver/library/search/?q=julbord"
    reply = sign_in(union.alice).post(TOLD, {"q": "julbord", "found": "0", "pressed": "1"}, headers={"referer": back})
    assert (reply.status_code, reply.url) == (302, "/library/search/?q=julbord")
    elsewhere = {"referer": "https://elsewhere.example.com/"}
    assert (
        sign_in(union.alice).post(TOLD, {"q": "x", "found": "0", "pressed": "1"}, headers=elsewhere).url == "/library/"
    )
    assert kept() == {"julbord": (1, 0), "x": (1, 0)}


def test_the_answer_says_nothing_about_whose_name_it_was(union, sign_in):
    make_member("Astrid", "Lind")
    alice = sign_in(union.alice)
    said = []
    for query in ("astrid lind", "asbjörn lund"):
        reply = alice.post(TOLD, {"q": query, "found": "0", "pressed": "1"}, follow=True)
        said.append([str(message) for message in reply.context["messages"]])
    assert said[0] == said[1] != []
    assert kept() == {"asbjörn lund": (1, 0)}


def test_nobody_fills_the_list(union, sign_in, monkeypatch):
    monkeypatch.setattr("cms.views.telling.SEARCHES", 2)
    alice = sign_in(union.alice)
    for n in range(4):
        alice.post(TOLD, {"q": f"fråga {n}", "found": "0", "pressed": "1"})
    assert set(kept()) == {"fråga 0", "fråga 1"}


def test_a_get_tells_nothing_and_a_stranger_is_not_heard(union, sign_in, client):
    assert sign_in(union.alice).get(TOLD, {"q": "julbord", "pressed": "1"}).status_code == 405
    assert sign_in(union.dora).post(TOLD, {"q": "julbord", "pressed": "1"}).status_code == 404
    assert client.post(TOLD, {"q": "julbord", "pressed": "1"}).status_code == 302
    assert kept() == {}


def test_the_query_is_in_no_log(union, sign_in, caplog):
    caplog.set_level("DEBUG")
    sign_in(union.alice).post(TOLD, {"q": "kanariefågel i gruvan", "found": "0", "pressed": "1"})
    assert "kanarie" not in caplog.text


# --- the staff's list -------------------------------------------------------------------------------------------------
def make_unfound(text: str = "julbord med alkohol", **fields) -> Unfound:
    return Unfound.objects.create(
        text=text, **{"none_found": 3, "not_opened": 1, "last_on": timezone.localdate(), **fields}
    )


def test_the_list_says_what_how_often_and_when(library, editor):
    make_unfound("semester", none_found=1)
    make_unfound(none_found=7, not_opened=2)
    page = editor.get("/admin/library/unfound/")
    assert [row.text for row in page.context["page"]] == ["julbord med alkohol", "semester"]
    for words in ("julbord med alkohol", "7", "2", f"{timezone.localdate():%Y-%m-%d}"):
        assert words in page.content.decode()


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_asks_as_often_for_many(library, editor, n, django_assert_num_queries):
    begun = article("Början", under=library.shelf, live=False)
    for number in range(n):
        make_unfound(f"fråga {number}", page=begun)
    editor.get("/admin/library/unfound/")
    with django_assert_num_queries(13):
        editor.get("/admin/library/unfound/")


def test_one_click_begins_an_article_and_publishing_it_answers_the_search(union, library, editor):
    unfound = make_unfound()
    opened = editor.post(f"/admin/library/unfound/{unfound.pk}/write/", {"shelf": library.meetings.pk})
    page = ArticlePage.objects.get(title="Julbord med alkohol")
    assert opened.url == f"/admin/pages/{page.pk}/edit/"
    assert (page.live, page.get_parent().pk, page.responsible) == (False, library.meetings.pk, union.sara)
    assert editor.get(opened.url).status_code == 200
    again = editor.post(f"/admin/library/unfound/{unfound.pk}/write/")
    assert again.url == opened.url, "a second click opens the same draft"
    unfound.refresh_from_db()
    assert (unfound.state, unfound.page_id) == ("waiting", page.pk)
    page.short_answer = "Nej."
    page.save_revision().publish()
    unfound.refresh_from_db()
    assert (unfound.state, unfound.closed_on) == ("answered", timezone.localdate())


def test_without_a_chosen_topic_the_article_lies_in_the_first(library, editor):
    editor.post(f"/admin/library/unfound/{make_unfound().pk}/write/")
    assert ArticlePage.objects.get(title="Julbord med alkohol").get_parent().pk == library.shelf.pk


def test_the_answer_is_news_for_those_who_may_read_it_for_a_month(union, library, sign_in):
    page = article("Julbord?", under=library.shelf, units=(union.branch_a,))
    today = timezone.localdate()
    make_unfound(page=page)
    assert learning.answered_lately(reader(union.alice), today) == []
    page.save_revision().publish()
    assert [entry.title for entry in learning.answered_lately(reader(union.alice), today)] == ["Julbord?"]
    assert learning.answered_lately(reader(union.charlie), today) == []
    assert [one.title for one in sign_in(union.alice).get("/library/").context["answers"]] == ["Julbord?"]
    assert sign_in(union.charlie).get("/library/").context["answers"] == []
    assert learning.answered_lately(reader(union.alice), today + 31 * A_DAY) == []


def reader(user) -> Reader:
    return Reader.of(Scope.of(user, on=timezone.localdate()))


def test_synonyms_resolve_it(library, editor):
    unfound = make_unfound()
    form = f"/admin/library/unfound/{unfound.pk}/synonyms/"
    assert "julbord med alkohol" in editor.get(form).content.decode()
    assert editor.post(form, {"words": "julbord med alkohol"}).status_code == 200, "one word has no synonym"
    editor.post(form, {"words": "julbord med alkohol\r\nrepresentation\r\n"})
    assert Synonyms.objects.get().lines() == ["julbord med alkohol", "representation"]
    unfound.refresh_from_db()
    assert unfound.state == "answered"


def test_a_best_bet_resolves_it_and_is_added_to_those_there_are(library, editor):
    unfound = make_unfound()
    form = f"/admin/library/unfound/{unfound.pk}/best-bet/"
    assert editor.get(form).status_code == 200
    for page in (library.travel, library.regional):
        editor.post(form, {"page": page.pk})
    bet = BestBet.objects.get(query="julbord med alkohol")
    assert [row.page_id for row in bet.pages.all()] == [library.travel.pk, library.regional.pk]
    unfound.refresh_from_db()
    assert unfound.state == "answered"


def test_what_is_not_for_us_is_hidden_and_can_be_brought_back(union, library, editor):
    unfound = make_unfound()
    hidden = editor.post(f"/admin/library/unfound/{unfound.pk}/hide/", follow=True)
    assert list(hidden.context["page"]) == []
    assert f"/admin/library/unfound/{unfound.pk}/bring-back/" in hidden.content.decode()
    hears(unfound.text, union.alice, on=timezone.localdate() + A_DAY)
    unfound.refresh_from_db()
    assert (unfound.state, unfound.none_found) == ("hidden", 4), "it counts on, but does not come back by itself"
    editor.post(f"/admin/library/unfound/{unfound.pk}/bring-back/")
    unfound.refresh_from_db()
    assert unfound.state == "waiting"


def test_an_answer_that_is_still_not_found_waits_again(union, library):
    unfound = make_unfound(state="answered", closed_on=TODAY, last_on=TODAY)
    hears(unfound.text, union.alice, on=TODAY)
    unfound.refresh_from_db()
    assert unfound.state == "answered", "on the day itself the page may have been open already"
    hears(unfound.text, union.alice, on=TODAY + A_DAY)
    unfound.refresh_from_db()
    assert unfound.state == "waiting"


def test_a_get_of_a_button_changes_nothing(library, editor):
    unfound = make_unfound()
    for button in ("write", "hide", "bring-back"):
        assert editor.get(f"/admin/library/unfound/{unfound.pk}/{button}/").status_code == 405
    assert list(Unfound.objects.waiting()) == [unfound]


# --- forgetting -------------------------------------------------------------------------------------------------------
def test_at_night_numbers_go_and_after_thirteen_months_words(union):
    hears("julbord", union.alice)
    make_unfound("nyss", last_on=TODAY - datetime.timedelta(days=390))
    make_unfound("länge sedan", last_on=TODAY - datetime.timedelta(days=397))
    forget(TODAY)
    assert Heard.objects.count() == 1, "the day is not over"
    assert set(kept()) == {"nyss"}
    forget(TODAY + A_DAY)
    assert Heard.objects.count() == 0


def test_the_nightly_task_forgets(union):
    hears("julbord", union.alice, on=timezone.localdate() - A_DAY)
    tasks.purge()
    assert Heard.objects.count() == 0
