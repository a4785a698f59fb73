"""Facts late, twice, reversed, too early and about nobody (fault R10); what follows for addresses and counters."""

from __future__ import annotations

import datetime
import itertools
import uuid

import pytest
from django.utils import timezone

from comms.privacy import suppression
from comms.privacy.models import Consent, Suppression
from mailings import dispatch, leases
from mailings.facts import handling, intake
from mailings.models import Batch, DeliveryEvent, Mailing, RawFact, Recipient
from tests.factories import make_member
from tests.mailings.facts.rows import GONE, doubts, fact, raw, said, sent, settle, state, suppressed, tell
from tests.mailings.post import lock, make_mailing, send_everything, states

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
ORDERS = list(itertools.permutations(["delivered", "bounced", "complained"]))


# --- states ---------------------------------------------------------------------------------------------------------
def test_a_mail_arrives_comes_back_or_is_complained_about(union):
    _mailing, rows = sent(union, to=4)
    tell(
        fact(rows[0], "delivered"), fact(rows[1], "bounced", reply=GONE), fact(rows[2], "complained"),
        fact(rows[3], "rejected", reply="suppressed"),
    )  # fmt: skip
    found = ["delivered", "bounced mailbox_unknown", "complained complained", "bounced not_sent_on"]
    assert [said(row) for row in rows] == found
    assert [row.reply for row in rows] == ["250 queued as A1", GONE, "250 queued as A1", "suppressed"]
    assert DeliveryEvent.objects.count() == 4
    assert raw() == {"handled": 4}


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_in_which_facts_come_does_not_matter(order, union):
    _mailing, [row] = sent(union)
    for kind in order:
        tell(fact(row, kind))
    assert state(row) == "complained"
    assert DeliveryEvent.objects.count() == 3


@pytest.mark.parametrize("order", ORDERS)
def test_nor_does_it_when_they_come_together(order, union):
    _mailing, [row] = sent(union)
    tell(*(fact(row, kind) for kind in order))
    assert state(row) == "complained"


def test_a_fact_told_a_hundred_times_counts_once(union):
    _mailing, [row] = sent(union)
    for _n in range(100):
        tell(fact(row, "bounced", event="the same", reply=GONE))
    assert (RawFact.objects.count(), DeliveryEvent.objects.count(), doubts()) == (1, 1, 1)
    assert suppressed() == []


def test_a_replay_after_the_fact_was_forgotten_is_known_by_its_event(union):
    _mailing, [row] = sent(union)
    tell(fact(row, "complained", event="the same"))
    handling.recover(now=timezone.now() + 8 * DAY)
    assert raw() == {}
    Suppression.objects.all().delete()  # somebody has lifted it
    tell(fact(row, "complained", event="the same"))
    assert suppressed() == []
    assert DeliveryEvent.objects.count() == 1


@pytest.mark.parametrize("found", ["committing", "unknown"])
@pytest.mark.parametrize(
    ("kind", "left"),
    [("accepted", "sent"), ("delivered", "delivered"), ("bounced", "bounced"), ("complained", "complained")],
)
def test_a_fact_before_our_own_commit_or_after_a_lost_answer_settles_it(found, kind, left, union):
    mailing, [row] = sent(union, state=found)
    tell(fact(row, kind, reply="250 2.0.0 OK"))
    row.refresh_from_db()
    assert (row.state, row.reply) == (left, "250 2.0.0 OK")
    assert row.final_at is not None
    assert mailing.batches.get().unknown == 0


def test_our_own_answer_after_the_fact_changes_nothing(union):
    mailing = make_mailing(union.mandate(union.alice), to=1)
    lease = leases.take(owner=dispatch.Owner.me(), now=timezone.now())
    row = mailing.recipients.get()
    Recipient.unscoped.filter(pk=row.pk).update(state="committing", committed_at=timezone.now())
    tell(fact(row, "delivered"))
    assert mailing.batches.get().state == "leased"
    leases.give_back(lease, [dispatch.Result(row.pk, row.attempt, "accepted", "", "250 ok")], now=timezone.now())
    assert state(row) == "delivered"
    batch = mailing.batches.get()
    assert (batch.state, batch.sent) == ("done", 1)


def test_three_days_late_and_looking_given_up_it_still_tells_the_truth(union):
    _mailing, [row] = sent(union, state="unknown")
    Recipient.unscoped.filter(pk=row.pk).update(final_at=timezone.now() - 2 * DAY)
    tell(fact(row, "delivered", days=3))
    assert state(row) == "delivered"


@pytest.mark.parametrize("found", ["queued", "claimed", "failed", "skipped"])
def test_a_fact_moves_nobody_to_whom_no_mail_left(found, union):
    _mailing, [row] = sent(union)
    Recipient.unscoped.filter(pk=row.pk).update(state=found, reason="cancelled")
    tell(fact(row, "bounced", reply=GONE), fact(row, "complained"), fact(row, "delivered"))
    assert said(row) == f"{found} cancelled"
    assert (suppressed(), doubts()) == ([], 0)


def test_a_fact_of_the_future_happened_now(union):
    _mailing, [row] = sent(union)
    tell(fact(row, "delivered", days=-400))
    assert RawFact.objects.get().happened_at <= timezone.now()


# --- about nobody ---------------------------------------------------------------------------------------------------
def test_an_unknown_recipient_waits_seven_days_then_is_tried_once_more(union):
    mailing, _rows = sent(union)
    stranger, now = uuid.uuid4(), timezone.now()
    tell(fact(stranger, "bounced", reply=GONE), now=now)
    assert raw() == {"parked": 1}
    settle(now + 6 * DAY)
    assert raw() == {"parked": 1}
    member = make_member(placed=[union.branch_a])
    late = Recipient.unscoped.create(
        mailing=mailing, member=member, public_id=stranger, language="sv", address=member.email, state="sent", attempt=1
    )
    settle(now + 7 * DAY)
    assert (state(late), raw()) == ("bounced", {"handled": 1})


def test_who_stays_unknown_is_dropped(union):
    now = timezone.now()
    tell(fact(uuid.uuid4(), "bounced", reply=GONE), now=now)
    settle(now + 8 * DAY)
    assert (raw(), suppressed(), DeliveryEvent.objects.count()) == ({}, [], 0)


def test_what_was_handled_is_forgotten_after_seven_days(union):
    _mailing, [row] = sent(union)
    now = timezone.now()
    tell(fact(row, "delivered"), now=now)
    handling.recover(now=now + 6 * DAY)
    assert raw() == {"handled": 1}
    handling.recover(now=now + 7 * DAY)
    assert raw() == {}


# --- the bell -------------------------------------------------------------------------------------------------------
def test_the_sweep_rings_while_facts_wait(union, configured):
    _mailing, [row] = sent(union)
    handling.recover(now=timezone.now())
    assert configured == []
    intake.store([fact(row, "delivered")], now=timezone.now())
    handling.recover(now=timezone.now())
    assert configured == ["mailings.tasks.handle_facts"]
    settle()
    handling.recover(now=timezone.now())
    assert len(configured) == 1


def test_a_storm_rings_once_a_second(union, configured, django_capture_on_commit_callbacks):
    _mailing, [row] = sent(union)
    with django_capture_on_commit_callbacks(execute=True):
        for _n in range(50):
            intake.store([fact(row, "delivered")], now=timezone.now())
    assert configured == ["mailings.tasks.handle_facts"]


def test_a_slice_says_whether_more_waits(union, monkeypatch):
    monkeypatch.setattr(handling, "AT_ONCE", 2)
    _mailing, rows = sent(union, to=3)
    intake.store([fact(row, "delivered") for row in rows], now=timezone.now())
    assert handling.handle(now=timezone.now()) is True
    assert handling.handle(now=timezone.now()) is False
    assert {state(row) for row in rows} == {"delivered"}


@pytest.mark.parametrize("count", [1, 3])
def test_deliveries_cost_the_same_queries_for_one_and_three(count, union, django_assert_num_queries):
    _mailing, rows = sent(union, to=count)
    intake.store([fact(row, "delivered") for row in rows], now=timezone.now())
    with django_assert_num_queries(12):
        handling.handle(now=timezone.now())


# --- counters -------------------------------------------------------------------------------------------------------
def test_the_counters_of_a_batch_stay_right(union):
    mailing, rows = sent(union, to=6, batch_size=3)
    tell(
        fact(rows[0], "bounced", reply=GONE), fact(rows[1], "bounced", reply="554 5.7.1 no"), fact(rows[2], "delivered")
    )
    tell(fact(rows[3], "complained"))
    assert list(mailing.batches.order_by("n").values_list("sent", "bounced", "unknown")) == [(1, 1, 0), (2, 0, 0)]


def test_a_mailing_is_done_when_its_last_unknown_mail_was_told_about(union, sink_for):
    sink_for()
    mailing, rows = sent(union, to=2, state="unknown")
    tell(fact(rows[0], "accepted"))
    dispatch.recover(now=timezone.now())
    assert Mailing.unscoped.get(pk=mailing.pk).state == "sending"
    tell(fact(rows[1], "bounced"))
    dispatch.recover(now=timezone.now())
    assert Mailing.unscoped.get(pk=mailing.pk).state == "done"


def test_many_bounces_that_are_told_later_stop_the_rest(union):
    mailing, rows = sent(union, to=110)
    member = make_member(placed=[union.branch_a])
    lock_one_more(mailing, member)
    Mailing.unscoped.filter(pk=mailing.pk).update(state="sending")
    tell(*(fact(row, "bounced", reply=GONE) for row in rows[:5]))
    assert Mailing.unscoped.get(pk=mailing.pk).state == "sending"
    tell(fact(rows[5], "bounced", reply=GONE))
    mailing.refresh_from_db()
    assert (mailing.state, mailing.pause_reason) == ("paused", "many_bounces")
    assert set(mailing.batches.values_list("state", flat=True)) == {"done", "held"}


def lock_one_more(mailing, member) -> None:
    """Somebody who still waits, in a batch of their own."""
    Recipient.unscoped.create(mailing=mailing, member=member, batch_n=1, language="sv", address=member.email)
    Batch.objects.create(mailing=mailing, n=1, size=1, state="ready")


# --- addresses ------------------------------------------------------------------------------------------------------
def again(union, address: str, *, on: int, reply: str = GONE, told: str = "", status: str = "") -> Recipient:
    """Another mailing to the address; it came back so many days ago."""
    member = make_member(email=address, placed=[union.branch_a])
    mailing = make_mailing(union.mandate(union.alice))
    lock(mailing, [member], 10)
    Recipient.unscoped.filter(mailing=mailing).update(state="sent", attempt=1)
    row = mailing.recipients.get()
    tell(fact(row, "bounced", days=on, reply=reply, address=told or address, status=status))
    return row


def test_two_hard_bounces_on_different_days_suppress(union):
    again(union, "a@example.com", on=3)
    assert (suppressed(), doubts()) == ([], 1)
    again(union, "a@example.com", on=3)
    assert (suppressed(), doubts()) == ([], 1)
    again(union, "a@example.com", on=1)
    assert (suppressed(), doubts()) == (["bounced"], 0)


@pytest.mark.parametrize(
    "reply",
    ["554 5.7.1 policy", "550 5.7.26 DMARC", "552 5.2.2 mailbox full", "450 4.2.0 greylisted", "421 4.3.2 later",
     "550 5.1.1 blocked by Spamhaus", "550 5.3.4 too large", "550 rejected", ""],
)  # fmt: skip
def test_what_says_nothing_of_the_mailbox_never_suppresses(reply, union):
    for day in range(5):
        again(union, "a@example.com", on=day, reply=reply)
    assert (suppressed(), doubts()) == ([], 0)


def test_a_report_about_the_address_it_was_forwarded_to_never_suppresses(union):
    for day in range(3):
        again(union, "a@example.com", on=day, told="elsewhere@example.net")
    assert (suppressed(), doubts()) == ([], 0)


def test_a_delivery_clears_the_doubt(union):
    again(union, "a@example.com", on=5)
    _mailing, [row] = sent(union, to=["a@example.com"])
    tell(fact(row, "delivered"))
    assert doubts() == 0
    again(union, "a@example.com", on=1)
    assert (suppressed(), doubts()) == ([], 1)


def test_a_late_delivery_does_not_take_back_a_bounce(union):
    row = again(union, "a@example.com", on=1)
    tell(fact(row, "delivered", days=2))
    assert (state(row), doubts()) == ("bounced", 1)


def test_the_server_we_spoke_to_needs_to_say_it_once(union, sink_for):
    answers = {
        "gone@example.com": "550 5.1.1 <gone@example.com>: User unknown", "full@example.com": "552 5.2.2 full",
        "policy@example.com": "550 5.7.1 blocked", "vague@example.com": "550 no",
    }  # fmt: skip
    sink_for(fault=lambda phase, to: answers.get(to) if phase == "rcpt" else None)
    mailing = make_mailing(union.mandate(union.alice), to=[*answers, "ok@example.com"])
    send_everything()
    assert states(mailing) == {"failed": 4, "sent": 1}
    [only] = Suppression.objects.all()
    assert only.reason == "bounced"
    assert only.key == mailing.recipients.get(address="gone@example.com").member.email_key


def test_hundred_refusals_are_suppressed_in_bulk(union, sink_for, django_assert_max_num_queries):
    sink_for(fault=lambda phase, to: "550 5.1.1 no such user" if phase == "rcpt" else None)
    make_mailing(union.mandate(union.alice), to=100)
    with django_assert_max_num_queries(60):
        send_everything()
    assert suppressed() == ["bounced"] * 100


@pytest.mark.parametrize(
    ("category", "reason"),
    [("information", "complained"), ("offer", "complained"), ("statutory", "complained")],
)
def test_after_a_complaint_nothing_more_is_sent(category, reason, union, sink_for):
    sink = sink_for()
    _mailing, [row] = sent(union, to=["a@example.com"])
    tell(fact(row, "complained"))
    assert suppressed() == ["complained"]
    mailing = make_mailing(union.mandate(union.alice), category=category)
    lock(mailing, [row.member], 10)
    Batch.objects.filter(mailing=mailing).update(state="ready")
    send_everything()
    assert sink.recipients == []
    assert said(mailing.recipients.get()) == f"skipped {reason}"


def test_an_objection_at_the_provider_switches_the_topic_off(union):
    mailing, [row] = sent(union)
    tell(fact(row, "unsubscribed", event="one"), fact(row, "unsubscribed", event="two"))
    consent = Consent.objects.get()
    assert (consent.member, consent.topic, consent.granted, consent.how) == (
        row.member, mailing.topic, False, "provider"
    )  # fmt: skip
    assert state(row) == "sent"


def test_suppressing_is_repeatable_and_knows_no_address_for_nobody(db):
    for _n in range(2):
        suppression.refused(["a@example.com", ""], now=timezone.now())
        suppression.complained(["a@example.com"], now=timezone.now())
    assert suppressed() == ["bounced", "complained"]
    assert not Suppression.objects.filter(key="").exists()
