"""What members ask for about their data, and what staff do about it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from comms.people.models import Correction, Member
from comms.privacy import choices
from comms.privacy.models import AccessLog, Suppression, Wish
from tests.factories import make_member


@pytest.fixture
def member(union) -> Member:
    return make_member("Åsa", "Lind", placed=[union.branch_a], email="asa.lind@example.com", number="M-4711")


@pytest.fixture
def sara(union, sign_in):
    return sign_in(union.sara)


@pytest.fixture
def wish(member):
    def make(kind: str, **said: str) -> tuple[Wish, str]:
        made = choices.wish(member, kind, said=said, now=timezone.now())
        return made, f"/members/wishes/{made.public_id}/"

    return make


def state(wish: Wish) -> str:
    return Wish.objects.get(pk=wish.pk).state


def test_staff_see_who_waits_and_each_look_is_noted(union, sara, wish, member):
    _made, address = wish("copy")
    assert "Åsa Lind" in sara.get("/members/wishes/").content.decode()
    sara.get(address)
    assert list(AccessLog.objects.order_by("pk").values_list("kind", "members")) == [
        ("list", [member.pk]), ("contact", [member.pk]),
    ]  # fmt: skip


def test_another_address_is_used_at_once_and_told_to_the_registry(union, sara, wish, member):
    Member.unscoped.filter(pk=member.pk).update(email_problem="å in the wrong place")
    made, address = wish("address", email="asa@example.org", city="Kiruna")
    assert "asa.lind@example.com" in sara.get(address).content.decode()
    sara.post(f"{address}carry-out/")
    member.refresh_from_db()
    assert (member.email, member.city, member.email_problem) == ("asa@example.org", "Kiruna", "")
    corrections = Correction.objects.order_by("field").values_list("field", "value", "by")
    assert list(corrections) == [("city", "Kiruna", union.sara.pk), ("email", "asa@example.org", union.sara.pk)]
    assert state(made) == "done"


def test_a_pause_restricts(sara, wish, member):
    made, address = wish("restrict")
    sara.post(f"{address}carry-out/")
    member.refresh_from_db()
    assert (member.restricted, state(made)) == (True, "done")
    ended, address = wish("lift")
    sara.post(f"{address}carry-out/")
    member.refresh_from_db()
    assert (member.restricted, state(ended)) == (False, "done")


def test_taking_out_asks_for_the_number_of_the_member(sara, wish, member):
    made, address = wish("erase")
    page = sara.post(f"{address}carry-out/", {"number": "M-4712"})
    assert page.context["wrong_number"]
    assert state(made) == "open"
    sara.post(f"{address}carry-out/", {"number": "M-4711"})
    member.refresh_from_db()
    assert (member.first_name, member.email, state(made)) == ("", "", "done")
    assert Suppression.objects.filter(reason="refused", channel="mail").exists()


def test_the_copy_is_a_file_and_is_noted_as_taken_out(sara, wish, member):
    made, address = wish("copy")
    reply = sara.post(f"{address}copy/")
    assert reply["Content-Disposition"].startswith("attachment")
    assert "asa.lind@example.com" in reply.content.decode()
    row = AccessLog.objects.get(kind="export")
    assert (row.members, row.reason) == ([member.pk], "rights")
    assert state(made) == "open"  # until somebody says that the member has it


def test_what_is_not_possible_is_answered_with_why(sara, wish):
    made, address = wish("erase")
    assert "errorlist" in sara.post(f"{address}refuse/", {"answer": " "}).content.decode()
    sara.post(f"{address}refuse/", {"answer": "Du är fortfarande medlem."})
    made.refresh_from_db()
    assert (made.state, made.answer) == ("refused", "Du är fortfarande medlem.")


def test_what_was_taken_back_or_seen_to_is_left_alone(union, sara, wish, member):
    made, address = wish("restrict")
    choices.take_back(member, made.public_id, now=timezone.now())
    page = sara.post(f"{address}carry-out/", follow=True)
    member.refresh_from_db()
    assert (member.restricted, state(made)) == (False, "taken_back")
    assert 'class="notice warning"' in page.content.decode()


@pytest.mark.parametrize("act", ["carry-out", "copy"])
def test_it_wants_somebody_who_has_just_signed_in(sara, wish, member, act):
    made, address = wish("copy")
    session = sara.session
    session["since"] = timezone.now().timestamp() - 20 * 60
    session.save()
    reply = sara.post(f"{address}{act}/", follow=True)
    assert reply.templates[0].name == "accounts/sign_in_again.html"
    assert state(made) == "open"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(union, sara, django_assert_num_queries, rows):
    for _n in range(rows):
        choices.wish(make_member(placed=[union.branch_a]), "copy", now=timezone.now())
    sara.get("/members/wishes/")
    with django_assert_num_queries(12):
        sara.get("/members/wishes/")
