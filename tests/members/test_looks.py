"""Staff's screens of the access log: which members somebody saw, and who looked at one of them."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from comms.members import seen
from comms.privacy import access
from comms.privacy.models import AccessLog
from tests.factories import make_member

DAY = datetime.timedelta(days=1)
DAYS = [{"first": "2026-03-02", "last": "2026-03-01"}, {"first": "x"}, {"first": "0001-01-01", "last": "9999-12-31"}]


@pytest.fixture
def members(union):
    return [make_member(name, "Lind", number=f"M{name}", placed=[union.branch_a]) for name in ("Åsa", "Bo", "Cia")]


@pytest.fixture
def note(union):
    def write(who: str, kind: str, *whom, ago: int = 0, reason: str = "") -> None:
        user, now = getattr(union, who), timezone.now() - ago * DAY
        ids, mandate = [member.pk for member in whom], union.mandate(user)
        access.note(user=user, mandate=mandate, kind=kind, members=ids, now=now, reason=reason)

    return write


@pytest.fixture
def sara(union, sign_in):
    return sign_in(union.sara)


def by(user) -> str:
    return reverse("members:looks_by", args=[user.pk])


def at(member) -> str:
    return reverse("members:looks_at", args=[member.public_id])


def test_whom_somebody_saw_by_kind_and_by_name(union, members, note, sara):
    asa, bo, cia = members
    note("alice", "list", asa, bo)
    note("alice", "list", bo)
    note("alice", "contact", bo, reason="case")
    note("alice", "list", cia, ago=40)  # before the days that are shown first
    note("bob", "list", cia)
    page = sara.get(by(union.alice))
    listed, asked = ("tittade på en lista", "bad om kontaktuppgifter")
    assert page.context["counts"] == [(listed, 2, 2), (asked, 1, 1)]
    assert [(one.first_name, one.how) for one in page.context["page"]] == [
        ("Bo", [listed, asked]),
        ("Åsa", [listed]),
    ]
    assert page.context["total"] == 2


def test_the_days_are_chosen_both_included(union, members, note, sara):
    note("alice", "list", members[0], ago=50)
    day = timezone.localdate(timezone.now() - 50 * DAY)
    for first, last, total in ((day, day, 1), (day + DAY, day + 2 * DAY, 0), (day - 2 * DAY, day - DAY, 0)):
        page = sara.get(by(union.alice), {"first": str(first), "last": str(last)})
        assert page.context["total"] == total, (first, last)


@pytest.mark.parametrize("days", DAYS)
def test_no_days_make_it_stumble(union, sara, days):
    assert sara.get(by(union.alice), days).status_code == 200


def test_somebody_who_has_left_is_still_named(union, members, note, sara):
    note("alice", "list", members[0])
    type(members[0]).unscoped.filter(pk=members[0].pk).update(left_on=timezone.localdate() - DAY)
    assert [one.pk for one in sara.get(by(union.alice)).context["page"]] == [members[0].pk]
    assert sara.get(at(members[0])).status_code == 200


def test_who_looked_at_a_member_when_and_why(union, members, note, sara):
    asa, bo, _cia = members
    note("alice", "contact", asa, reason="case", ago=2)
    note("bob", "list", asa, bo)
    note("charlie", "list", bo)
    page = sara.get(at(asa)).context["page"]
    looks = [(one.user, one.kind, one.reason) for one in page]
    assert looks == [(union.bob, "list", ""), (union.alice, "contact", "case")]


def test_looking_into_the_log_is_in_the_log(union, members, note, sara):
    note("alice", "list", members[0])
    sara.get(by(union.alice))
    sara.get(at(members[1]))
    rows = AccessLog.objects.filter(user=union.sara).order_by("pk")
    assert [row.members for row in rows] == [[members[0].pk], [members[1].pk]]


@pytest.mark.parametrize("rows", [1, 3])
def test_both_cost_the_same_for_one_and_three(rows, union, members, note, sara, django_assert_num_queries):
    for member in members[:rows]:
        note("alice", "list", member, members[0])
    sara.get(by(union.alice))  # today's chain has begun
    with django_assert_num_queries(14):
        sara.get(by(union.alice))
    with django_assert_num_queries(16):
        sara.get(at(members[0]))


def test_pages_of_fifty(union, note):
    many = [make_member(last_name=f"Lind {n:02}") for n in range(51)]
    note("alice", "list", *many)
    now = timezone.now()
    found = seen.by(union.alice, since=now - DAY, until=now + DAY)
    assert [len(found.page(number)) for number in (1, 2)] == [50, 1]
    assert found.counts() == [(str(AccessLog.Kind.LIST.label), 1, 51)]


def test_the_ways_there(union, members, sign_in, sara):
    assert reverse("members:looks") in sara.get("/staff/").content.decode()
    assert by(union.alice) in sara.get(f"/staff/users/{union.alice.pk}/").content.decode()
    page = reverse("members:member", args=[members[0].public_id])
    assert at(members[0]) in sara.get(page).content.decode()
    assert at(members[0]) not in sign_in(union.alice).get(page).content.decode()
