"""A test to oneself and to colleagues: chosen from a list, by the road of all the others."""

from __future__ import annotations

import datetime
import email
import email.policy

import pytest
from django.utils import timezone

from comms.people.models import Mandate
from mailings import tasks
from mailings.colleagues import MOST, SHOWN, colleagues
from tests.factories import make_mandate, make_unit, make_user
from tests.mailings.design import make_draft
from tests.mailings.test_compose_pages import text, url


@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


@pytest.fixture
def mandate(union):
    return union.mandate(union.alice)


@pytest.fixture
def asked(monkeypatch) -> list[tuple[int, int]]:
    """(mailing, user) of every test that was asked for; it is sent at once."""
    seen: list[tuple[int, int]] = []

    def delay(mailing: int, user: int) -> None:
        seen.append((mailing, user))
        tasks.send_test(mailing, user)

    monkeypatch.setattr(tasks.send_test, "delay", delay)
    return seen


def key(user) -> str:
    return str(user.mandates.get().public_id)


def test_those_of_the_unit_come_first_then_those_above_and_nobody_else(union, mandate):
    deputy = make_mandate(make_user("Disa"), union.branch_a, role="deputy")
    make_mandate(make_user("Frida", is_active=False), union.branch_a)
    make_mandate(union.bob, union.root, role="board")  # once, with the nearest
    club = make_unit("Klubb 1", kind="club", under=union.branch_a)
    make_mandate(make_user("Klas"), club)  # below
    found = colleagues(mandate.unit, besides=union.alice, on=timezone.localdate())
    assert [(one.user, one.unit.name) for one in found] == [
        (deputy.user, "Avdelning A"),
        (union.bob, "Region Norr"),
        (union.sara, "Förbundet"),
    ]


def test_above_a_workplace_is_its_employer_and_then_the_branch(union):
    found = colleagues(union.workplace, besides=union.bob, on=timezone.localdate())
    assert [one.user for one in found] == [union.alice, union.sara]


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_costs_the_same_for_one_and_three_and_ends(many, union, mandate, django_assert_num_queries):
    for n in range(many):
        make_mandate(make_user(f"Kollega{n}"), union.branch_a)
    with django_assert_num_queries(3):
        colleagues(mandate.unit, besides=union.alice, on=timezone.localdate())
    assert SHOWN == 60


def test_the_test_goes_to_me_and_to_those_ticked(union, alice, mandate, asked, settings):
    draft = make_draft(mandate)
    sent = alice.post(url("test", draft), {"version": draft.version, "also": [key(union.bob), key(union.sara)]})
    assert sent.url == url("check", draft)
    assert asked == [(draft.pk, user.pk) for user in (union.alice, union.bob, union.sara)]
    mails = [path.read_bytes() for path in (settings.MAIL_DIR / draft.public_id.hex).glob("test-*.eml")]
    read = [email.message_from_bytes(raw, policy=email.policy.default) for raw in mails]
    assert {str(mail["To"]) for mail in read} == {union.alice.email, union.bob.email, union.sara.email}
    greeted = {str(mail["To"]): mail.get_body(("plain",)).get_content() for mail in read}
    assert "Hej Bob!" in greeted[union.bob.email]


def test_nobody_is_reached_who_is_not_on_the_list(union, alice, mandate, asked):
    draft = make_draft(mandate)
    foreign = [key(union.charlie), key(union.dora), "charlie@example.org", str(mandate.public_id)]
    for value in foreign:
        refused = alice.post(url("test", draft), {"version": draft.version, "also": [value]})
        assert refused.status_code == 422, value
    assert asked == []


def test_more_than_five_at_a_time_are_refused_in_words(union, alice, mandate, asked):
    users = [make_mandate(make_user(f"Kollega{n}"), union.branch_a).user for n in range(MOST + 1)]
    draft = make_draft(mandate)
    refused = alice.post(url("test", draft), {"version": draft.version, "also": [key(user) for user in users]})
    assert refused.status_code == 422
    assert str(refused.context["test"].errors["also"].as_data()[0].message) in text(refused)
    assert asked == []
    taken = alice.post(url("test", draft), {"version": draft.version, "also": [key(user) for user in users[:MOST]]})
    assert taken.status_code == 302
    assert len(asked) == MOST + 1


def test_a_mandate_that_ended_is_off_the_list(union, alice, mandate):
    Mandate.objects.filter(user=union.bob).update(end=timezone.localdate() - datetime.timedelta(days=1))
    assert "Bob" not in text(alice.get(url("check", make_draft(mandate))))
    assert "Sara" in text(alice.get(url("check", make_draft(mandate))))
