"""What is found, in which order, and that nothing else is."""

from __future__ import annotations

import datetime
import random
import re

import pytest
from django.utils import timezone

from cms import indexing
from cms.access import Reader
from cms.models import ArticlePage, AudienceUnit, BestBet, BestBetPage, Entry, HomePage, Synonyms, Word
from cms.search import Filters, Found, search, suggest
from comms.people.models import Unit
from comms.people.scope import Scope
from tests.factories import make_mandate, make_unit, make_user
from tests.library.shelves import article, minutes

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 11, 27)


def reader(user) -> Reader:
    return Reader.of(Scope.of(user, on=timezone.localdate()))


def found(user, words, *, exact=False, size=10, start=0, **filters) -> Found:
    return search(reader(user), words, filters=Filters(**filters), on=DAY, exact=exact, size=size, start=start)


def titles(user, words, **how) -> list[str]:
    return [hit.entry.title for hit in found(user, words, **how).hits]


@pytest.fixture
def bet(library) -> BestBet:
    bet = BestBet.objects.create(query="Pengar för resan")
    BestBetPage.objects.create(bet=bet, page=library.travel)
    return bet


# --- words -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words",
    ["reseersättning", "reseersattning", "RESEERSÄTTNING", "reseersa\u0308ttning", "reseersättningar",
     "ersättning resa", "milersättning", "rese ersättning", "vad är reseersättning", "reseers", "mil"],
)  # fmt: skip
def test_however_it_is_written_it_is_found(union, library, words):
    assert "Vad får jag i reseersättning?" in titles(union.alice, words, exact=True)


def test_a_word_finds_compounds_with_it_and_a_compound_its_parts(union, library):
    article("Hur går ett möte för medlemmar till?", under=library.meetings)
    assert "Årsmöte 2026" in titles(union.alice, "mötet")
    assert "Hur går ett möte för medlemmar till?" in titles(union.alice, "medlemsmöte")


@pytest.mark.parametrize(
    "words",
    ["'", '"', "a' | 'b", "\\", "_everybody", "_u1", "NEAR(a b)", "head : x", "a:*", "*", "(", "--", "%s", "\x00",
     "日本", "ж" * 300, "-", "x" * 5000, "a " * 5000],
)  # fmt: skip
def test_whatever_is_typed_is_only_words(union, library, words):
    assert "Årsmöte 2026" not in titles(union.alice, words)
    suggest(reader(union.alice), words)


def test_stop_words_count_only_where_nothing_else_was_typed(union, library):
    assert titles(union.alice, "när är det möte i regionen", exact=True)[0] == "När möts regionen?"
    assert titles(union.alice, "när", exact=True) == ["När möts regionen?"]


def test_synonyms_find_each_other_phrases_too(union, library):
    Synonyms.objects.create(words="traktamente\nersättning för resor\nreseersättning")
    for words in ("traktamente", "traktamenten", "ersättning för resor"):
        assert "Vad får jag i reseersättning?" in titles(union.alice, words, exact=True)


def test_a_few_of_several_words_are_better_than_nothing(union, library):
    assert titles(union.alice, "reseersättning kamelkaravan", exact=True)[0] == "Vad får jag i reseersättning?"


# --- order -----------------------------------------------------------------------------------------------------------
def test_results_that_have_only_a_part_of_it_are_few_and_said_to_be(union, library):
    for n in range(12):
        article(f"Vem bjuder på frukost {n}?", under=library.meetings)
    seen = found(union.alice, "frukostklubb", size=50)
    assert (seen.whole, seen.total, len(seen.hits)) == (0, 10, 10)
    assert found(union.alice, "frukost").whole == 12


def test_what_staff_have_put_first_stands_first_for_those_who_may_read_it(union, library, bet):
    BestBetPage.objects.create(bet=bet, page=library.minutes_b)
    assert titles(union.alice, "pengar för resan") == ["Vad får jag i reseersättning?"]
    first = found(union.charlie, "PENGAR för resan").hits
    assert [(hit.entry.title, hit.best) for hit in first] == [
        ("Vad får jag i reseersättning?", True),
        ("Årsmöte 2026", True),
    ]


def test_without_words_the_newest_stand_first(union, library):
    everything = found(union.alice, "", size=100)
    days = [hit.entry.dated for hit in everything.hits]
    assert days == sorted(days, reverse=True)
    assert everything.total == 5


# --- whom it is for --------------------------------------------------------------------------------------------------
def test_only_what_one_may_read_is_found_counted_and_suggested(union, library):
    alice, charlie = found(union.alice, "årsmöte"), found(union.charlie, "årsmöte")
    assert [hit.entry.pk for hit in alice.hits] == [library.minutes_a.pk]
    assert [hit.entry.pk for hit in charlie.hits] == [library.minutes_b.pk]
    assert found(union.sara, "årsmöte").total == 2
    assert (found(union.dora, "årsmöte").total, found(union.dora, "").total) == (0, 0)
    assert found(union.bob, "årsmöte", kind="minutes").total == 0
    assert found(union.bob, "årsmöte", kind="minutes", below=True).total == 1
    assert [entry.pk for entry in suggest(reader(union.alice), "års")] == [library.minutes_a.pk]


@pytest.mark.parametrize("seed", range(4))
def test_the_marks_say_the_same_as_the_entries_own_bounds(union, seed):
    dice = random.Random(seed)
    for n in range(14):
        kind = dice.choice(["region", "branch", "club", "employer", "workplace"])
        roots = {"branch": dice.choice(Unit.objects.filter(kind="branch"))} if kind == "employer" else {}
        make_unit(f"{n}", kind=kind, under=None if roots else dice.choice(Unit.objects.all()), **roots)
    units = list(Unit.objects.order_by("pk"))
    pages = []
    for n in range(30):
        page = ArticlePage(title=f"Gemensamt {n}", short_answer="x")
        page.audience = dice.choice(["everybody", "units", "units", "units"])
        if page.audience == "units":
            page.audience_units = [AudienceUnit(unit=unit) for unit in dice.sample(units, dice.randint(1, 3))]
        pages.append(HomePage.objects.get().add_child(instance=page))
    indexing.file(pages, around=indexing.Around())
    for n in range(8):
        user = make_user(f"n{n}", language="sv")
        for unit in dice.sample(units, dice.randint(0, 3)):
            make_mandate(user, unit)
        for below in (False, True):
            readable = set(Entry.objects.within(reader(user), below=below).values_list("pk", flat=True))
            for words in ("gemensamt", "gemens", ""):
                assert {hit.entry.pk for hit in found(user, words, size=100, below=below).hits} == readable


def seen_by(client) -> list[str]:
    """All a branch sees of the library's search, without what differs from one answer to the next."""
    urls = ["?q=årsmöte", "?q=möte&kind=minutes", "?q=arsmtöe", "?q=mote", "?q=", "?q=kamelkaravan", "?q=ärendet ny"]
    pages = [client.get(f"/library/search/{url}").content.decode() for url in urls]
    pages += [client.get(f"/library/suggest/?q={typed}").content.decode() for typed in ("år", "års", "möte", "kam")]
    return [re.sub(r'(nonce|nonce" content|value|x-csrftoken)(="|": ")[^"]*"', r"\1", page) for page in pages]


def test_what_another_branch_has_changes_nothing_that_a_branch_sees(union, library, sign_in):
    client = sign_in(union.alice)
    before = seen_by(client)
    for n in range(25):
        minutes(f"Årsmtöe kamelkaravan {n}", under=library.meetings, units=(union.branch_b,), description="Årsmöte ny")
    Entry.unscoped.filter(pk=library.minutes_b.pk).delete()
    for one, other in zip(before, seen_by(client), strict=True):
        assert one == other
    assert found(union.charlie, "kamelkaravan").total == 25


# --- facets ----------------------------------------------------------------------------------------------------------
def test_facets_count_what_was_found_and_narrow_it(union, library):
    facets = found(union.alice, "möte").facets
    assert {facet.value: facet.count for facet in facets["kind"]} == {"article": 1, "minutes": 1, "shelf": 1}
    assert "shelf" not in facets  # one topic only is no choice
    assert titles(union.alice, "möte", kind="minutes") == ["Årsmöte 2026"]
    assert titles(union.alice, "möte", level=1) == ["När möts regionen?"]
    assert titles(union.alice, "möte", year=2026, level=2) == ["Årsmöte 2026"]
    assert titles(union.alice, "möte", shelf=library.shelf.pk) == []
    assert found(union.alice, "möte", kind="minutes").facets["kind"][0].chosen


def test_a_shelf_one_may_not_read_is_not_named(union, library):
    library.meetings.audience = "units"
    library.meetings.audience_units.create(unit=union.branch_b)
    library.meetings.save_revision().publish()
    assert "shelf" not in found(union.alice, "").facets
    assert {facet.label for facet in found(union.charlie, "").facets["shelf"]} == {"Resor och ersättning", "Möten"}


# --- misspelt --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", ["resersätning", "reseerstätning"])
def test_a_misspelt_word_is_taken_for_the_nearest_and_said_so(union, library, words):
    corrected = found(union.alice, words)
    assert corrected.corrected == "reseersättning"
    assert corrected.hits[0].entry.pk == library.travel.pk
    assert found(union.alice, words, exact=True).corrected == ""


def test_a_word_is_forgotten_with_the_last_page_that_had_it(union, library):
    page = article("Kamelkaravaner", under=library.shelf)
    twin = article("Kamelkaravaner igen", under=library.shelf)
    assert found(union.alice, "kamelkravaner").corrected == "kamelkaravaner"
    page.delete()
    assert Word.objects.filter(word="kamelkaravaner").count() == 1
    twin.title = twin.short_answer = "Hästar"
    twin.save_revision().publish()
    assert not Word.objects.filter(word="kamelkaravaner").exists()


def test_words_of_others_are_no_suggestion(union, library):
    minutes("Kamelkaravaner", under=library.meetings, units=(union.branch_b,))
    assert found(union.alice, "kamelkravaner").corrected == ""
    assert found(union.charlie, "kamelkravaner").corrected == "kamelkaravaner"


# --- what is shown ---------------------------------------------------------------------------------------------------
def test_a_snippet_marks_what_was_found_and_escapes_the_rest(union, library):
    body = f"{'Annat först. ' * 60} Fråga &lt;script&gt;alert(1)&lt;/script&gt; om dräkten, sen ingenting mer."
    article("Kläder <b>nu</b>", under=library.shelf, body=body, short_answer="Vad som gäller.")
    (hit,) = found(union.alice, "drakt").hits
    assert "<mark>dräkten</mark>" in hit.snippet
    assert "<script>" not in hit.snippet
    assert len(hit.snippet) < 400
    assert found(union.alice, "kläder").hits[0].title == "<mark>Kläder</mark> &lt;b&gt;nu&lt;/b&gt;"


def test_a_draft_is_not_found_nor_what_was_withdrawn(union, library):
    article("Kamelkaravaner", under=library.shelf, live=False)
    library.travel.unpublish()
    assert titles(union.alice, "kamelkaravaner") == []
    assert "Vad får jag i reseersättning?" not in titles(union.alice, "milersättning")


def test_suggestions_begin_like_each_typed_word(union, library, bet):
    def offered(typed):
        return [entry.title for entry in suggest(reader(union.alice), typed)]

    assert offered("va") == offered("rese") == offered("i rese va") == ["Vad får jag i reseersättning?"]
    assert offered("reseersättning vad") == ["Vad får jag i reseersättning?"]
    assert offered("peng") == ["Vad får jag i reseersättning?"]
    assert offered("v") == offered("") == offered("mil") == []


# --- what it costs ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("more", [0, 2])
def test_a_search_asks_as_often_for_one_page_as_for_three(union, library, django_assert_num_queries, more):
    for n in range(more):
        article(f"Milersättning {n}", under=library.shelf)
    alice = reader(union.alice)
    with django_assert_num_queries(
        7
    ):  # synonyms, candidates twice for there are few, best bets, entries, units, shelves
        assert len(search(alice, "milersättning", on=DAY).hits) == 1 + more
    with django_assert_num_queries(3):  # candidates, best bets, entries
        suggest(alice, "res")


def test_the_index_can_be_made_again_by_a_command(union, library, capsys):
    from django.core.management import call_command

    from cms.models import EntryText

    def all_of_it():
        words = Word.objects.order_by("unit", "word").values_list("unit", "word", "written")
        return (
            list(EntryText.objects.order_by("pk").values()),
            list(words),
            list(Entry.unscoped.order_by("pk").values()),
        )

    before = all_of_it()
    EntryText.objects.all().delete()
    Word.objects.create(word="gammalt", written="gammalt")
    call_command("index_library")
    assert all_of_it() == before
    assert "7 of 7 pages" in capsys.readouterr().out
    assert titles(union.alice, "milersättning") == ["Vad får jag i reseersättning?"]
