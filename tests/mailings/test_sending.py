"""From a ready batch to mail at the server: who got what, and what the rows say."""

from __future__ import annotations

import datetime
import os
from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from comms.people.models import Mandate, Member
from comms.privacy import permission
from comms.privacy.models import Suppression
from mailings import by_clock, courier, dispatch, leases, lifecycle, settle
from mailings.facts import return_path
from mailings.models import Batch, Mailing, Recipient
from tests.factories import day, make_consent
from tests.mailings.post import make_mailing, reasons, send_everything, states

pytestmark = pytest.mark.django_db


def test_everybody_gets_one_mail_and_the_mailing_is_done(union, sink_for, settings):
    sink = sink_for()
    mailing = make_mailing(union.mandate(union.alice), to=7, batch_size=3)
    send_everything()
    assert sorted(sink.recipients) == sorted(mailing.recipients.values_list("address", flat=True))
    assert states(mailing) == {"sent": 7}
    mailing.refresh_from_db()
    assert mailing.state == "done"
    assert set(mailing.batches.values_list("state", "sent", "owner")) == {("done", 3, ""), ("done", 1, "")}
    assert sink.server.connections <= settings.SMTP_CONNECTIONS
    assert all("queued as" in reply for reply in mailing.recipients.values_list("reply", flat=True))


def test_mail_to_a_folder_has_the_same_phases(union, settings):
    mailing = make_mailing(union.mandate(union.alice), to=3)
    send_everything()
    assert states(mailing) == {"sent": 3}
    written = sorted(path.stem for path in (settings.MAIL_DIR / mailing.public_id.hex).glob("*"))
    assert written == sorted(row.public_id.hex for row in mailing.recipients.all())


@pytest.mark.parametrize("window", [2, 10])
def test_who_objects_while_the_batch_is_on_its_way_gets_nothing(union, sink_for, monkeypatch, settings, window):
    sink = sink_for()
    settings.MAILING_WINDOW_SIZE = window
    mailing = make_mailing(union.mandate(union.alice), to=6)
    last = mailing.recipients.order_by("pk").last()
    monkeypatch.setattr(courier, "ASK_SECONDS", -1.0)  # every mail is later than the answer
    ask, asked = permission.facts_for, []

    def facts_for(ids, **how):
        asked.append(ids)
        if len(asked) == 10:  # in the middle of the batch
            make_consent(last.member, mailing.topic, granted=False)
        return ask(ids, **how)

    monkeypatch.setattr(permission, "facts_for", facts_for)
    send_everything()
    assert states(mailing) == {"sent": 5, "skipped": 1}
    assert reasons(mailing)[last.address] == "skipped unsubscribed"
    assert sorted([*sink.recipients, last.address]) == sorted(reasons(mailing))
    mailing.refresh_from_db()
    assert mailing.state == "done"


def test_who_may_get_it_is_asked_once_where_mails_leave_quickly(union, sink_for, monkeypatch):
    sink_for()
    make_mailing(union.mandate(union.alice), to=6)
    ask, asked = permission.facts_for, []
    monkeypatch.setattr(permission, "facts_for", lambda ids, **how: asked.append(ids) or ask(ids, **how))
    monkeypatch.setattr(courier, "ASK_SECONDS", 3600.0)
    send_everything()
    assert [len(ids) for ids in asked] == [6]


def test_the_envelope_and_message_id_name_nobody(union, sink_for):
    sink = sink_for()
    mailing = make_mailing(union.mandate(union.alice), to=["asa.lind@example.com"])
    send_everything()
    row, mail = mailing.recipients.get(), sink.mails[0]
    assert mail.sender == return_path.address(row.public_id)
    assert mail.message["Message-ID"] == row.message_id == f"<{row.public_id.hex}.1@union.example.org>"


def test_a_message_id_is_reported_as_it_was_sent_even_under_another_domain(union, sink_for, settings):
    sink = sink_for()
    mailing = make_mailing(union.mandate(union.alice), to=["a@example.com"])
    send_everything()
    settings.MAIL_DOMAIN = "renamed.example.org"
    [mail] = sink.mails
    assert Recipient.unscoped.get(mailing=mailing).message_id == mail.message["Message-ID"]


def test_the_servers_no_is_put_into_the_right_words(union, sink_for):
    said = {
        "grey@example.com": "450 4.7.1 greylisted, come back",
        "nobody@example.com": "550 5.1.1 <nobody@example.com>: no such user nobody",
        "full@example.com": "552 5.2.2 mailbox full",
        "odd@example.com": "571 5.7.1 not here",
    }
    sink = sink_for(fault=lambda phase, to: said.get(to) if phase == "rcpt" else None)
    mailing = make_mailing(union.mandate(union.alice), to=[*said, "fine@example.com"])
    send_everything()
    assert reasons(mailing) == {
        "grey@example.com": "deferred greylisted",
        "nobody@example.com": "failed mailbox_unknown",
        "full@example.com": "failed mailbox_full",
        "odd@example.com": "failed policy",
        "fine@example.com": "sent",
    }
    assert sink.recipients == ["fine@example.com"]
    replies = mailing.recipients.values_list("reply", flat=True)
    assert "550 5.1.1 <<address>>: no such user <address>" in replies
    mailing.refresh_from_db()
    assert mailing.state == "sending"
    assert mailing.batches.get().ready_at == mailing.recipients.get(state="deferred").next_at


def test_too_large_is_the_mails_fault_not_the_servers(union, sink_for):
    sink_for(fault=lambda phase, to: "552 5.3.4 message too big" if phase == "dot" else None)
    mailing = make_mailing(union.mandate(union.alice), to=["a@example.com", "b@example.com"])
    send_everything()
    assert set(reasons(mailing).values()) == {"failed too_large"}


def test_a_greylisted_mail_is_tried_again_and_gives_up_after_48_hours(union, sink_for, monkeypatch):
    sink_for(fault=lambda phase, to: "450 4.7.1 later" if phase == "rcpt" else None)
    mailing = make_mailing(union.mandate(union.alice), to=["grey@example.com"])
    start = now = timezone.now()
    monkeypatch.setattr(leases, "database_now", lambda: now)
    waits = []
    for _round in range(20):
        send_everything()
        row = mailing.recipients.get()
        if row.state != "deferred":
            break
        waits.append(round((row.next_at - now).total_seconds() / 60))
        now = row.next_at
    assert waits[:6] == [1, 5, 15, 60, 240, 240]
    assert (row.state, row.reason) == ("failed", "expired")
    assert now - start <= datetime.timedelta(hours=48)
    assert now - start > datetime.timedelta(hours=43)


def test_a_deferred_mail_is_sent_once_when_the_server_agrees(union, sink_for):
    answers = iter(["450 4.7.1 later"])
    sink = sink_for(fault=lambda phase, to: next(answers, None) if phase == "rcpt" else None)
    mailing = make_mailing(union.mandate(union.alice), to=["grey@example.com"])
    send_everything()
    assert sink.recipients == []
    past = timezone.now() - datetime.timedelta(seconds=1)
    mailing.recipients.update(next_at=past)
    Batch.objects.update(ready_at=past)
    send_everything()
    assert sink.recipients == ["grey@example.com"]
    assert reasons(mailing) == {"grey@example.com": "sent"}
    assert mailing.recipients.get().attempt == 2


def test_421_in_mid_session_loses_nothing_and_repeats_nothing(union, sink_for):
    seen = iter(range(1, 1000))
    sink = sink_for(fault=lambda phase, to: "421 4.3.2 closing" if phase == "rcpt" and next(seen) % 4 == 0 else None)
    mailing = make_mailing(union.mandate(union.alice), to=20)
    send_everything()
    assert states(mailing) == {"sent": 20}
    assert len(sink.recipients) == len(set(sink.recipients)) == 20
    assert sink.server.connections > 3


def test_a_cut_after_the_dot_is_unknown_and_never_sent_again(union, sink_for):
    cut = "p3@example.com"
    sink = sink_for(fault=lambda phase, to: "cut" if phase == "dot" and to == cut else None)
    mailing = make_mailing(union.mandate(union.alice), to=6)
    send_everything()
    dispatch.recover(now=timezone.now())
    send_everything()
    assert states(mailing) == {"sent": 5, "unknown": 1}
    assert sorted(sink.recipients) == sorted(set(sink.recipients))
    mailing.refresh_from_db()
    assert mailing.state == "sending"  # until somebody has looked
    dispatch.resolve(list(mailing.recipients.filter(state="unknown")), arrived=True, now=timezone.now())
    by_clock.finish(now=timezone.now())
    mailing.refresh_from_db()
    assert (mailing.state, states(mailing)) == ("done", {"sent": 6})


def test_an_unknown_mail_that_never_left_is_sent_again(union, sink_for):
    sink = sink_for(fault=lambda phase, to: "cut" if phase == "dot" and not sink.mails else None)
    mailing = make_mailing(union.mandate(union.alice), to=1)
    send_everything()
    assert states(mailing) == {"unknown": 1}
    dispatch.resolve(list(mailing.recipients.all()), arrived=False, now=timezone.now())
    send_everything()
    assert (states(mailing), mailing.recipients.get().attempt) == ({"sent": 1}, 2)


def test_unknown_is_left_to_the_sender_after_24_hours(union, sink_for):
    sink_for(fault=lambda phase, to: "cut" if phase == "dot" else None)
    mailing = make_mailing(union.mandate(union.alice), to=1)
    send_everything()
    dispatch.recover(now=timezone.now() + datetime.timedelta(hours=23))
    mailing.refresh_from_db()
    assert mailing.state == "sending"
    dispatch.recover(now=timezone.now() + datetime.timedelta(hours=25))
    mailing.refresh_from_db()
    assert (mailing.state, states(mailing)) == ("done", {"unknown": 1})


def test_a_folder_knows_what_arrived_so_nothing_stays_unknown(union, settings):
    mailing = make_mailing(union.mandate(union.alice), to=2, state="sending")
    first, second = mailing.recipients.order_by("id")
    mailing.recipients.update(state="unknown", attempt=1, committed_at=timezone.now())
    Batch.objects.update(state="done", unknown=2)
    folder = settings.MAIL_DIR / mailing.public_id.hex
    folder.mkdir(parents=True)
    (folder / f"{first.public_id.hex}.eml").write_text("arrived")
    dispatch.recover(now=timezone.now())
    assert reasons(mailing) == {first.address: "sent", second.address: "queued"}
    send_everything()
    assert states(mailing) == {"sent": 2}


def test_without_smtputf8_only_those_who_need_it_are_skipped(union, sink_for):
    sink = sink_for(extensions=("PIPELINING",))
    mailing = make_mailing(union.mandate(union.alice), to=["a@example.com", "åsa@example.com", "b@exempel.se"])
    send_everything()
    assert reasons(mailing) == {"a@example.com": "sent", "åsa@example.com": "skipped smtputf8", "b@exempel.se": "sent"}
    assert sink.recipients == ["a@example.com", "b@exempel.se"]


def test_with_smtputf8_the_exact_mailbox_is_written_to(union, sink_for):
    sink = sink_for()
    make_mailing(union.mandate(union.alice), to=["åsa@blåbär.example"])
    send_everything()
    assert sink.recipients == ["åsa@xn--blbr-noae.example"]
    assert b"To: \xc3\xa5sa@xn--blbr-noae.example\r\n" in sink.mails[0].content


def test_when_every_connection_is_refused_the_mailing_pauses_and_no_row_is_burned(union, settings, caplog):
    """Fault R7, also with real workers in tests/faults."""
    settings.MAIL_TRANSPORT, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp", "127.0.0.1", 1
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    mailing = make_mailing(union.mandate(union.alice), to=60)
    send_everything()
    mailing.refresh_from_db()
    assert (mailing.state, mailing.pause_reason) == ("paused", "no_connection")
    assert states(mailing) == {"queued": 60}
    assert mailing.batches.get().state == "held"
    assert sum(record.levelname == "WARNING" for record in caplog.records) == 20
    assert sum(record.levelname == "ERROR" for record in caplog.records) == 1


def test_two_workers_that_meet_the_same_closed_door_raise_one_alarm(union, caplog):
    """Fault R7."""
    mailing = make_mailing(union.mandate(union.alice), to=4, batch_size=2)
    now = timezone.now()
    both = [leases.take(owner=dispatch.Owner.me(), now=now) for _worker in range(2)]
    for lease in both:
        leases.give_back(lease, [], now=now, pause="no_connection")
    mailing.refresh_from_db()
    assert (mailing.state, states(mailing)) == ("paused", {"queued": 4})
    assert sum(record.levelname == "ERROR" for record in caplog.records) == 1


def test_a_server_that_refuses_the_sender_burns_no_row(union, sink_for):
    sink = sink_for(fault=lambda phase, to: "530 5.7.0 sign in first" if phase == "mail" else None)
    mailing = make_mailing(union.mandate(union.alice), to=5)
    send_everything()
    mailing.refresh_from_db()
    assert (mailing.state, mailing.pause_reason, states(mailing)) == ("paused", "server_refuses", {"queued": 5})
    assert sink.mails == []


def test_a_mail_at_which_the_connection_always_breaks_waits_and_the_others_go_on(union, sink_for):
    sink_for(fault=lambda phase, to: "421 4.7.0 no" if phase == "rcpt" and to == "p2@example.com" else None)
    mailing = make_mailing(union.mandate(union.alice), to=5)
    send_everything()
    assert states(mailing) == {"sent": 4, "deferred": 1}
    assert reasons(mailing)["p2@example.com"] == "deferred server_busy"


def test_many_addresses_that_do_not_exist_pause_the_mailing_once(union, sink_for):
    sink_for(fault=lambda phase, to: "550 5.1.1 unknown" if phase == "rcpt" and to.endswith("7@example.com") else None)
    mailing = make_mailing(union.mandate(union.alice), to=300, batch_size=100)
    send_everything()
    mailing.refresh_from_db()
    assert (mailing.state, mailing.pause_reason) == ("paused", "many_bounces")
    assert states(mailing) == {"sent": 90, "failed": 10, "queued": 200}
    lifecycle.resume(mailing=mailing, by=union.alice, now=timezone.now())
    send_everything()
    assert states(mailing) == {"sent": 270, "failed": 30}


def test_those_who_may_no_longer_get_it_are_skipped_with_the_reason(union, sink_for):
    """Fault R25, also with real workers in tests/faults."""
    sink = sink_for()
    mailing = make_mailing(union.mandate(union.alice), to=6)
    erased, moved, no, complained, gone, fine = Member.unscoped.filter(pk__in=mailing.recipients.values("member"))
    Member.unscoped.filter(pk=erased.pk).update(erased_at=timezone.now())
    moved.placements.update(start=day(-10), end=day(-1))
    make_consent(no, mailing.topic, granted=False)
    Suppression.objects.create(key=complained.email_key or "k", reason="complained")
    Member.unscoped.filter(pk=complained.pk).update(email_key=complained.email_key or "k")
    Recipient.unscoped.filter(member=gone).update(member=None)
    send_everything()
    assert reasons(mailing) == {
        erased.email: "skipped erased",
        moved.email: "skipped moved",
        no.email: "skipped unsubscribed",
        complained.email: "skipped complained",
        gone.email: "skipped erased",
        fine.email: "sent",
    }
    assert sink.recipients == [fine.email]


def test_a_mailing_stops_when_its_mandate_has_ended(union, sink_for):
    sink = sink_for()
    mailing = make_mailing(union.mandate(union.alice), to=3)
    Mandate.objects.filter(user=union.alice).update(end=day(-1))
    send_everything()
    mailing.refresh_from_db()
    assert (mailing.state, mailing.pause_reason, states(mailing)) == ("paused", "mandate_ended", {"queued": 3})
    assert sink.mails == []


def test_an_address_that_is_none_stops_nobody_else(union, sink_for):
    mailing = make_mailing(union.mandate(union.alice), to=["a@example.com", "b@example.com"])
    mailing.recipients.filter(address="a@example.com").update(address="a b@example.com\r\nBcc: c@example.com")
    sink = sink_for()
    send_everything()
    assert sink.recipients == ["b@example.com"]
    assert sorted(reasons(mailing).values()) == ["sent", "skipped bad_address"]


def test_the_next_window_is_marked_while_answers_are_awaited(union, sink_for, monkeypatch, settings):
    settings.MAILING_WINDOW_SIZE, settings.SMTP_CONNECTIONS = 6, 1
    make_mailing(union.mandate(union.alice), to=12)
    sink_for(delay=0.05)
    seen, turn, dot = [], settle.turn, courier.Courier.dot
    monkeypatch.setattr(settle, "turn", lambda *said, **more: seen.append("mark") or turn(*said, **more))
    monkeypatch.setattr(courier.Courier, "dot", lambda self, mail: seen.append("dot") or dot(self, mail))
    send_everything()
    assert seen == ["mark", *["dot"] * 3, "mark", *["dot"] * 9]  # five of six are taken by then


@pytest.mark.parametrize("act", ["pause", "cancel"])
def test_after_a_pause_or_cancel_no_further_mail_leaves(union, sink_for, monkeypatch, settings, act):
    settings.MAILING_WINDOW_SIZE, settings.SMTP_CONNECTIONS = 5, 1
    monkeypatch.setattr("mailings.courier.LOOK_SECONDS", 0)
    mailing = make_mailing(union.mandate(union.alice), to=30)
    sink = sink_for()
    answer = courier.Courier.answer

    def stop_after_seven(self, mail, outcome):
        answer(self, mail, outcome)
        if len(sink.mails) == 7:
            getattr(lifecycle, act)(mailing=Mailing.unscoped.get(), by=union.alice, now=timezone.now())

    monkeypatch.setattr(courier.Courier, "answer", stop_after_seven)
    send_everything()
    assert len(sink.mails) == 7
    rest = {"pause": {"sent": 7, "queued": 23}, "cancel": {"sent": 7, "skipped": 23}}
    assert states(mailing) == rest[act]
    if act == "pause":
        mailing.refresh_from_db()
        lifecycle.resume(mailing=mailing, by=union.alice, now=timezone.now())
        send_everything()
        assert states(mailing) == {"sent": 30}
        assert len(set(sink.recipients)) == len(sink.recipients) == 30


def test_a_small_mailing_does_not_wait_for_a_big_one(union, settings):
    """Fair key: 60 behind 2,000 finish among the first batches, not after them."""
    settings.MAILING_BATCH_SIZE = 20
    big = make_mailing(union.mandate(union.alice), to=2000, state="hold")
    by_clock.start_due(now=timezone.now())
    dispatch.send_for(seconds=0)
    small = make_mailing(union.mandate(union.charlie), to=60, state="hold")
    by_clock.start_due(now=timezone.now())
    rounds = 0
    while small.recipients.exclude(state="sent").exists():
        assert dispatch.send_for(seconds=0)
        rounds += 1
    assert rounds <= 7
    assert big.recipients.filter(state="queued").count() > 1800


# Two are once a mailing: its brand. A window more is one message on PostgreSQL, four statements on SQLite.
@pytest.mark.parametrize(("recipients", "postgres", "sqlite"), [(1, 30, 30), (3, 30, 30), (100, 31, 34)])
def test_a_batch_costs_the_same_queries_for_one_and_for_many(
    union, sink_for, django_assert_num_queries, recipients, postgres, sqlite
):
    sink_for()
    make_mailing(union.mandate(union.alice), to=recipients)
    dispatch._counter(os.getpid())
    lease = leases.take(owner=dispatch.Owner.me(), now=timezone.now())
    assert len(lease.rows) == recipients
    Batch.objects.update(state="ready", owner="", lease_until=None)
    Recipient.unscoped.update(state="queued")
    with django_assert_num_queries(postgres if connection.vendor == "postgresql" else sqlite):
        dispatch.send_for(seconds=0)


def test_results_are_kept_while_the_database_is_away(union, sink_for, monkeypatch):
    sink_for()
    mailing = make_mailing(union.mandate(union.alice), to=4)
    monkeypatch.setattr(settle.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(
        settle,
        "connection",
        mock.Mock(in_atomic_block=False, vendor=connection.vendor, ops=connection.ops, cursor=connection.cursor),
    )
    down = iter(range(30))
    give_back = leases.give_back

    def sometimes(*args, **kwargs):
        if next(down, None) is not None:
            raise OperationalError("the server closed the connection unexpectedly")
        give_back(*args, **kwargs)

    monkeypatch.setattr(leases, "give_back", sometimes)
    send_everything()
    assert states(mailing) == {"sent": 4}
