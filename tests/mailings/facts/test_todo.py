"""A mail that comes back later is something to do for its sender: visible, in scope, gone when done."""

from __future__ import annotations

import pytest
from django.utils import timezone

from comms.people.scope import Scope
from mailings import letters
from mailings.facts import consequences
from mailings.models import BounceTask
from tests.factories import make_mandate, make_user
from tests.mailings.facts.rows import GONE, fact, sent, tell

pytestmark = pytest.mark.django_db
TITLE = "could not be reached after all"


@pytest.fixture(autouse=True)
def in_english(union):
    for user in (union.alice, union.bob, union.charlie, union.dora, union.sara):
        user.language = "en"
        user.save()


def back(union, n: int = 3, **fields):
    mailing, rows = sent(union, to=max(n, 1), **fields)
    tell(*(fact(row, "bounced", reply=GONE) for row in rows[:n]))
    return mailing, rows


def page(client, path: str) -> str:
    reply = client.get(path)
    assert reply.status_code == 200
    return reply.content.decode()


def test_home_and_the_report_say_how_many_and_offer_another_way(union, sign_in):
    mailing, _rows = back(union)
    alice = sign_in(union.alice)
    assert f"3 members {TITLE}: print letters or call them" in page(alice, "/")
    report = page(alice, f"/invitations/{mailing.public_id}/")
    assert f"3 members {TITLE}" in report
    assert f"/invitations/{mailing.public_id}/letters/" in report
    found = letters.unreached(mailing, scope=Scope.of(union.alice, on=timezone.localdate()), now=timezone.now())
    assert len(found.calls) == 3  # who has no postal address is called


def test_one_member_is_one_member(union, sign_in):
    back(union, 1)
    assert f"1 member {TITLE}" in page(sign_in(union.alice), "/")


def test_done_is_gone_and_a_later_bounce_opens_it_again(union, sign_in):
    mailing, rows = sent(union, to=3)
    tell(fact(rows[0], "bounced"), fact(rows[1], "bounced"))
    alice = sign_in(union.alice)
    for _twice in range(2):
        reply = alice.post(f"/invitations/{mailing.public_id}/returned/")
        assert reply.url == f"/invitations/{mailing.public_id}/"
    task = BounceTask.objects.get()
    assert task.closed_by == union.alice
    for path in ("/", f"/invitations/{mailing.public_id}/"):
        assert TITLE not in page(alice, path)
    tell(fact(rows[2], "bounced"))
    assert f"1 member {TITLE}" in page(alice, "/")


def test_replays_and_other_facts_open_nothing(union, sign_in):
    _mailing, [row] = sent(union)
    tell(fact(row, "delivered"), fact(row, "accepted"))
    assert not BounceTask.objects.exists()
    for _n in range(3):
        tell(fact(row, "bounced", event="same"))
    assert BounceTask.objects.get().count == 1
    tell(fact(row, "complained"))
    assert BounceTask.objects.get().count == 1


def test_a_successor_sees_it_and_may_close_it(union, sign_in):
    mailing, _rows = back(union)
    eva = make_user("Eva", language="en")
    make_mandate(eva, union.branch_a)
    assert TITLE in page(sign_in(eva), "/")
    assert sign_in(eva).post(f"/invitations/{mailing.public_id}/returned/").status_code == 302
    assert TITLE not in page(sign_in(union.alice), "/")


def test_the_region_above_reads_it_in_the_report_but_has_nothing_to_do(union, sign_in):
    mailing, _rows = back(union)
    bob = sign_in(union.bob)
    assert TITLE not in page(bob, "/")
    report = page(bob, f"/invitations/{mailing.public_id}/")
    assert TITLE in report
    assert f"/invitations/{mailing.public_id}/returned/" not in report
    assert bob.post(f"/invitations/{mailing.public_id}/returned/").status_code == 404


@pytest.mark.parametrize("stranger", ["charlie", "dora"])
def test_strangers_neither_see_nor_close_it(stranger, union, sign_in):
    mailing, _rows = back(union)
    client = sign_in(getattr(union, stranger))
    assert TITLE not in page(client, "/")
    assert client.post(f"/invitations/{mailing.public_id}/returned/").status_code == 404
    assert BounceTask.objects.get().closed_at is None


def test_who_may_only_read_lists_has_nothing_to_do(union, sign_in):
    back(union)
    eva = make_user("Eva", language="en")
    make_mandate(eva, union.branch_a, role="safety")
    assert TITLE not in page(sign_in(eva), "/")


def test_looking_changes_nothing(union, sign_in):
    mailing, _rows = back(union)
    client = sign_in(union.alice)
    assert client.get(f"/invitations/{mailing.public_id}/returned/").status_code == 405
    assert BounceTask.objects.get().closed_at is None


@pytest.mark.parametrize("mailings", [1, 3])
def test_the_list_costs_one_query_for_one_and_three(mailings, union, django_assert_num_queries):
    for _n in range(mailings):
        back(union)
    scope = Scope.of(union.alice, on=timezone.localdate())
    with django_assert_num_queries(1):
        tasks = consequences.waiting(scope, [union.branch_a.pk])
        assert [task.mailing.subject for task in tasks] == ["Möte"] * mailings
