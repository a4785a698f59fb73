import datetime

import pytest
from django.db import connection
from django.utils import timezone

from comms.people.models import Member, Unit
from comms.people.scope import Scope, ScopeRequired
from tests.factories import make_mandate, make_member, make_unit


def numbers(scope: Scope) -> set[str]:
    return {member.number for member in Member.objects.within(scope)}


@pytest.fixture
def today() -> datetime.date:
    return timezone.localdate()


@pytest.mark.parametrize(
    "ask", [lambda: Member.objects.all(), lambda: Member.objects.count(), lambda: Member.objects.get(pk=1)]
)
def test_members_are_refused_without_a_scope(db, ask):
    with pytest.raises(ScopeRequired):
        ask()


def test_a_representative_sees_their_branch_and_nobody_else(union, today):
    make_member(number="a", placed=[union.branch_a])
    make_member(number="b", placed=[union.branch_b])
    assert numbers(Scope.of(union.alice, on=today)) == {"a"}
    assert numbers(Scope.of(union.charlie, on=today)) == {"b"}
    assert numbers(Scope.of(union.bob, on=today)) == {"a"}
    assert numbers(Scope.of(union.sara, on=today)) == {"a", "b"}


def test_an_ended_mandate_reaches_nobody_and_tomorrows_not_yet(union, today):
    make_member(number="a", placed=[union.branch_a])
    make_mandate(union.dora, union.branch_a, start_in=1)
    assert numbers(Scope.of(union.dora, on=today)) == set()
    assert numbers(Scope.of(union.dora, on=today + datetime.timedelta(days=1))) == {"a"}


def test_a_member_in_branch_and_workplace_appears_once(union, today):
    make_member(number="a", placed=[union.branch_a, union.workplace])
    make_mandate(union.alice, union.employer)
    assert [m.number for m in Member.objects.within(Scope.of(union.alice, on=today))] == ["a"]


def test_mandates_at_several_employers_add_up(union, today):
    other = make_unit("Sydbolaget", kind="employer")
    make_member(number="w", placed=[union.workplace])
    make_member(number="o", placed=[other])
    make_mandate(union.charlie, union.employer, role="deputy")
    make_mandate(union.charlie, other)
    assert numbers(Scope.of(union.charlie, on=today)) == {"w", "o"}


def test_a_past_placement_and_a_member_who_left_are_out(union, today):
    make_member(number="moved", placed=[union.branch_a], end_in=-1)
    make_member(number="left", placed=[union.branch_a], left_on=today)
    make_member(number="erased", placed=[union.branch_a], erased_at=timezone.now())
    assert numbers(Scope.of(union.alice, on=today)) == set()


def test_an_inactive_user_has_no_scope(union, today):
    union.alice.is_active = False
    assert not Scope.of(union.alice, on=today)


@pytest.mark.parametrize("members", [1, 3])
def test_a_list_of_members_costs_one_question_however_long(union, today, django_assert_num_queries, members):
    for _ in range(members):
        make_member(placed=[union.branch_a, union.workplace])
    with django_assert_num_queries(2):
        scope = Scope.of(union.alice, on=today)
        assert len(Member.objects.within(scope).by_name()) == members


def test_by_name_is_a_complete_order_so_that_pages_never_overlap(union, today):
    twins = [make_member("Anna", "Lind", placed=[union.branch_a]) for _ in range(3)]
    first = make_member("Åke", "Berg", placed=[union.branch_a])
    listed = Member.objects.within(Scope.of(union.alice, on=today)).by_name()
    assert [member.pk for member in listed] == [first.pk, *(twin.pk for twin in twins)]


def test_the_path_of_a_unit_has_the_index_that_a_search_below_it_needs(db):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Unit._meta.db_table).values()
        indexes = [index for index in found if index["index"] or index["unique"]]
    on_path = [index for index in indexes if index["columns"] == ["path"]]
    wanted = 2 if connection.vendor == "postgresql" else 1  # PostgreSQL: the unique one, and one for LIKE 'path%'
    assert len(on_path) == wanted
