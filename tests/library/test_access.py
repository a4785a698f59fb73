"""Who may read what: one's own units, those above, everybody's; below only where one asks for it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from cms import indexing
from cms.access import Reader
from cms.models import Entry
from comms.people.scope import Scope, ScopeRequired
from tests.factories import make_mandate, make_user
from tests.library.shelves import article

pytestmark = pytest.mark.django_db
COMMON = {"Resor och ersättning", "Möten", "Vad får jag i reseersättning?"}


def reader(user) -> Reader:
    return Reader.of(Scope.of(user, on=timezone.localdate()))


def read_by(user, **how) -> set[str]:
    return {f"{entry.title}" + (" B" if "B" in str(entry.units.all()) else "") for entry in
            Entry.objects.within(reader(user), **how)}  # fmt: skip


def test_entries_are_not_to_be_had_without_a_reader(library):
    with pytest.raises(ScopeRequired):
        Entry.objects.all()


def test_a_branch_reads_its_own_what_is_above_and_what_is_for_everybody(union, library):
    assert read_by(union.alice) == COMMON | {"Årsmöte 2026", "När möts regionen?"}
    assert read_by(union.charlie) == COMMON | {"Årsmöte 2026 B"}


def test_a_region_reads_what_is_below_it_when_it_wants_to(union, library):
    assert read_by(union.bob) == COMMON | {"Årsmöte 2026", "När möts regionen?"}
    assert read_by(union.bob, below=False) == COMMON | {"När möts regionen?"}


def test_a_workplace_reads_what_the_branch_of_its_employer_reads(union, library):
    wilma = make_user("Wilma")
    make_mandate(wilma, union.workplace)
    assert read_by(wilma) == COMMON | {"Årsmöte 2026", "När möts regionen?", "Möte på Fjällskolan"}


def test_staff_read_everything_and_an_ended_mandate_nothing(union, library):
    assert Entry.objects.within(reader(union.sara)).count() == 7
    assert read_by(union.dora) == set()


def test_a_draft_has_no_entry_and_what_is_withdrawn_leaves(union, library):
    draft = article("Utkast", under=library.shelf, live=False)
    assert not Entry.unscoped.filter(pk=draft.pk).exists()
    library.travel.unpublish()
    assert "Vad får jag i reseersättning?" not in read_by(union.alice)


def test_a_page_is_for_whom_its_shelf_is_for_and_follows_it(union, library):
    inside = article("Bara här", under=library.shelf)
    library.shelf.audience = "units"
    library.shelf.audience_units.create(unit=union.branch_b)
    library.shelf.save_revision().publish()
    assert {"Bara här", "Resor och ersättning"} & read_by(union.alice) == set()
    assert "Bara här B" in read_by(union.charlie)
    inside.move(library.meetings, pos="last-child")
    assert "Bara här" in read_by(union.alice)


def test_who_reads_is_asked_in_two_queries_and_the_entries_in_one(union, library, django_assert_num_queries):
    scope = Scope.of(union.alice, on=timezone.localdate())
    with django_assert_num_queries(1):
        found = Reader.of(scope)
    with django_assert_num_queries(1):
        list(Entry.objects.within(found))


def test_the_index_can_be_made_again(library):
    before = list(Entry.unscoped.order_by("pk").values())
    Entry.unscoped.filter(kind="article").delete()
    indexing.index_below(library.home)
    assert list(Entry.unscoped.order_by("pk").values()) == before


@pytest.mark.parametrize("who", ["charlie", "dora"])
def test_a_stranger_gets_404_for_a_page_and_for_what_does_not_exist(union, library, sign_in, who):
    client = sign_in(getattr(union, who))
    answers = {client.get(f"/library/{one}/").status_code for one in
               (library.minutes_a.public_id, "00000000-0000-4000-8000-000000000000")}  # fmt: skip
    assert answers == {404}
    assert sign_in(union.alice).get(f"/library/{library.minutes_a.public_id}/").status_code == 200
