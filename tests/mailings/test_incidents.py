"""What an account saw, told within the hour; and who has looked at one member."""

from __future__ import annotations

import datetime
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from comms.privacy import access
from tests.factories import make_member
from tests.mailings.post import make_mailing
from tests.privacy.test_access import tamper

DAY = datetime.timedelta(days=1)


def report(*more: str, of: str = "alice@example.org", days: int = 3) -> str:
    out = io.StringIO()
    today = timezone.localdate()
    period = ("--from", str(today - days * DAY), "--to", str(today))
    call_command("incident_report", "--user", of, *period, *more, stdout=out)
    return out.getvalue()


@pytest.fixture
def members(union):
    return [make_member(number=f"M{n}", placed=[union.branch_a]) for n in range(3)]


@pytest.fixture
def looked(union, members):
    now = timezone.now()

    def note(who: str, kind: str, *which: int, ago: int = 0) -> None:
        user = getattr(union, who)
        ids = [members[n].pk for n in which]
        access.note(user=user, mandate=union.mandate(user), kind=kind, members=ids, now=now - ago * DAY)

    note("alice", "list", 0, 1)
    note("alice", "contact", 1)
    note("alice", "list", 2, ago=10)  # before the time that is asked about
    note("bob", "list", 2)


def test_it_says_how_many_which_details_and_when(union, looked):
    said = report()
    assert "Members concerned: 2\n" in said
    assert "names, workplace, position and branch, in lists: 2 members in 1 looks" in said
    assert "e-mail address, mobile number and postal address: 1 members in 1 looks" in said
    assert "M0" not in said


def test_the_numbers_are_in_the_json(union, looked):
    mailing = make_mailing(union.mandate(union.alice), to=2)
    type(mailing).unscoped.filter(pk=mailing.pk).update(confirmed_by=union.alice, confirmed_at=timezone.now())
    found = json.loads(report("--json"))
    assert found["members"] == ["M0", "M1"]
    assert found["kinds"] == {"contact": [1, 1], "list": [2, 1]}
    assert [(one["id"], one["recipients"]) for one in found["mailings"]] == [(str(mailing.public_id), 2)]
    assert found["broken"] == []
    assert len(json.loads(report("--json", days=20))["members"]) == 3


def test_a_day_that_was_tampered_with_is_named(union, looked):
    tamper("UPDATE privacy_accesslog SET members = '[]' WHERE kind = 'contact'")
    assert json.loads(report("--json"))["broken"] == [str(timezone.localdate())]


def test_an_unknown_account_and_a_time_backwards_are_refused(union):
    with pytest.raises(CommandError, match="no account"):
        report(of="nobody@example.org")
    with pytest.raises(CommandError, match="before"):
        report(days=-2)


def test_who_has_looked_at_a_member_is_one_question(union, members, looked, django_assert_num_queries):
    with django_assert_num_queries(1):
        seen = [(row.user_id, row.kind, row.mandate_id) for row in access.at(members[1].pk)]
    mandate = union.mandate(union.alice).pk
    assert seen == [(union.alice.pk, "contact", mandate), (union.alice.pk, "list", mandate)]
    assert [row.user for row in access.at(members[2].pk)] == [union.bob, union.alice]
    assert not access.at(members[2].pk + 1_000_000)
