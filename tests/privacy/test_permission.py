import datetime

import pytest
from django.utils import timezone

from comms.people.scope import Scope
from comms.privacy.models import Suppression
from comms.privacy.permission import Facts, may_receive
from comms.privacy.permission import facts_for as ask
from tests.factories import make_consent, make_member, make_topic

NOW = datetime.datetime(2027, 3, 12, 12, tzinfo=datetime.UTC)
YESTERDAY, TODAY, TOMORROW = (NOW.date() + datetime.timedelta(days=n) for n in (-1, 0, 1))
ALL = ("statutory", "information", "offer")


def reasons(**known) -> list[str]:
    """The answer for a statutory notice, for information, for an offer; "" where the mail may leave."""
    return [may_receive(Facts(category=category, **known), on=TODAY).reason for category in ALL]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, ["", "", "no_consent"]),
        ({"consent": True}, ["", "", ""]),
        ({"consent": False}, ["", "unsubscribed", "unsubscribed"]),
        ({"suppressed": frozenset({"refused"})}, ["", "refused_all", "refused_all"]),
        ({"suppressed": frozenset({"refused"}), "consent": True}, ["", "refused_all", "refused_all"]),
        ({"suppressed": frozenset({"complained"}), "consent": True}, ["complained"] * 3),
        ({"suppressed": frozenset({"bounced", "complained", "refused"})}, ["bounced"] * 3),
        ({"by_letter": True, "consent": True}, ["prefers_letter", "", ""]),
        ({"by_letter": True, "suppressed": frozenset({"complained"})}, ["complained"] * 3),
        ({"has_address": False}, ["no_address"] * 3),
        ({"has_address": False, "email_problem": "å in .xyz"}, ["bad_address"] * 3),
        ({"in_scope": False, "has_address": False}, ["moved"] * 3),
        ({"left": TODAY, "in_scope": False}, ["left"] * 3),
        ({"left": YESTERDAY}, ["left"] * 3),
        ({"left": TOMORROW, "consent": True}, ["", "", ""]),
        ({"restricted": True, "left": YESTERDAY}, ["restricted"] * 3),
        ({"erased": True, "restricted": True, "consent": True}, ["erased"] * 3),
    ],
)
def test_the_first_reason_that_forbids_wins(known, expected):
    assert reasons(**known) == expected


def test_allowed_says_the_same_as_an_empty_reason():
    assert may_receive(Facts(category="information"), on=TODAY) == (True, "")
    assert may_receive(Facts(category="offer"), on=TODAY) == (False, "no_consent")


@pytest.fixture
def alice(union) -> Scope:
    return Scope.of(union.alice, on=timezone.localdate())


@pytest.mark.parametrize("count", [1, 3])
def test_the_facts_of_any_number_of_members_take_five_queries(union, alice, count, django_assert_num_queries):
    members = [make_member(placed=[union.branch_a]) for _ in range(count)]
    topic = make_topic()
    with django_assert_num_queries(5):
        facts = ask([member.pk for member in members], topic=topic, scope=alice)
    assert set(facts) == {member.pk for member in members}
    assert all(may_receive(known, on=timezone.localdate()).allowed for known in facts.values())


def test_facts_follow_the_member_between_the_list_and_the_sending(union, alice):
    topic = make_topic()
    here = {"placed": [union.branch_a]}
    moved = make_member(placed=[union.branch_b])
    ended = make_member(placed=[union.branch_a], end_in=-1)
    left = make_member(**here, left_on=timezone.localdate())
    erased = make_member(**here, erased_at=timezone.now())
    restricted = make_member(**here, restricted=True)
    gone = make_member(**here)
    gone_id = gone.pk
    gone.delete()
    expected = {
        moved.pk: "moved",
        ended.pk: "moved",
        left.pk: "left",
        erased.pk: "erased",
        restricted.pk: "restricted",
        gone_id: "erased",
    }
    facts = ask(expected, topic=topic, scope=alice)
    assert {pk: may_receive(known, on=timezone.localdate()).reason for pk, known in facts.items()} == expected


def test_the_newest_answer_wins_and_other_topics_and_channels_do_not_count(union, alice):
    topic, other = make_topic(), make_topic("courses")
    member = make_member(placed=[union.branch_a])

    def consent():
        return ask([member.pk], topic=topic, scope=alice)[member.pk].consent

    make_consent(member, other, granted=False)
    make_consent(member, topic, granted=False, channel="sms")
    assert consent() is None
    make_consent(member, topic, granted=False)
    assert consent() is False
    make_consent(member, topic, granted=True)
    assert consent() is True


def test_a_suppression_follows_the_address_and_not_its_capitals(union, alice):
    topic = make_topic()
    member = make_member(placed=[union.branch_a], email="Åsa@exempel.se")
    bystander = make_member(placed=[union.branch_a])
    Suppression.objects.suppress("åsa@EXEMPEL.se", "bounced", now=NOW)
    Suppression.objects.suppress("åsa@exempel.se", "complained", now=NOW, channel="sms")
    facts = ask([member.pk, bystander.pk], topic=topic, scope=alice)
    assert facts[member.pk].suppressed == {"bounced"}
    assert facts[bystander.pk].suppressed == set()
