"""The post office seen from outside: health, metrics, the staff page, the one switch, the canary, the status line."""

from __future__ import annotations

import datetime
import os

import pytest
from django.urls import reverse
from django.utils import timezone

from mailings import dispatch, leases, lifecycle, tasks
from mailings.models import Batch, Halt, Pulse, Recipient, Tally
from mailings.operations import canary, draining, figures, halting, health, metrics, pulses, status, sums
from mailings.transports.base import Lost
from tests.factories import make_mandate
from tests.mailings.post import make_mailing, send_everything, states
from tests.portal.test_shell import check

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def mandate(union):
    return union.mandate(union.alice)


@pytest.fixture
def sara(union, sign_in):
    return sign_in(union.sara)


@pytest.fixture(autouse=True)
def ask_anew(monkeypatch):
    monkeypatch.setattr(health._last, "at", -health.ASKED_EVERY_SECONDS)


# --- health ---------------------------------------------------------------------------------------------------------
@pytest.mark.once
def test_a_process_that_lives_says_so_without_the_database(client):
    answer = client.get("/healthz")  # no `db` fixture: a query would fail
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert "no-store" in answer.headers["Cache-Control"]


def test_ready_when_everything_is_there(db, client, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    (tmp_path / "broker").mkdir()
    answer = client.get("/readyz")
    assert answer.json() == {"ok": True, "database": True, "migrations": True, "broker": True, "disk": True}
    assert answer.status_code == 200


@pytest.mark.parametrize("missing", ["database", "migrations", "broker", "disk"])
def test_not_ready_says_what_is_missing_and_not_why(missing, db, client, monkeypatch):
    def broken():
        raise OSError("password=hemligt at db.example.org")

    well = dict.fromkeys(health.CHECKS, lambda: True)
    monkeypatch.setattr(health, "CHECKS", {**well, missing: broken})
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ok": False, **dict.fromkeys(well, True), missing: False}


def test_a_migration_that_has_not_run_is_noticed(db, monkeypatch):
    monkeypatch.setattr(health, "_newest", lambda: frozenset({("mailings", "9999_tomorrow")}))
    assert health.migrations() is False


def test_a_full_disk_and_a_folder_nobody_may_write_to_are_noticed(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    assert health.disk()
    monkeypatch.setattr(health, "FREE_BYTES", 10**18)
    assert not health.disk()
    settings.VAR_DIR = tmp_path / "gone"
    assert not health._ask(health.disk)


def test_the_public_is_answered_from_memory_for_some_seconds(db, client, monkeypatch):
    asked = []
    monkeypatch.setattr(health, "CHECKS", {"database": lambda: asked.append(1) or True})
    for _time in range(5):
        client.get("/readyz")
    assert asked == [1]


# --- metrics --------------------------------------------------------------------------------------------------------
def samples() -> dict[str, float]:
    lines = metrics.exposition().decode().splitlines()
    return {key: float(value) for key, _space, value in (x.rpartition(" ") for x in lines if not x.startswith("#"))}


def test_metrics_need_their_token(db, client, settings):
    settings.METRICS_TOKEN = "the-right-key"
    right = {"authorization": "Bearer the-right-key"}
    answer = client.get("/metrics", headers=right)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer the-right-kez"}).status_code == 404
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


def test_metrics_say_what_waits_and_what_was_sent(mandate):
    ready = make_mailing(mandate, to=7, batch_size=3)
    Batch.objects.filter(mailing=ready).update(since=timezone.now() - 2 * MINUTE)
    make_mailing(mandate, to=4, batch_size=2, state="hold")
    before = samples()
    assert before['comms_batches{state="ready"}'] == 3
    assert before['comms_batches{state="held"}'] == 2
    assert before['comms_recipients{state="queued"}'] == 11
    assert 120 <= before["comms_oldest_ready_batch_seconds"] < 180
    send_everything()
    after = samples()
    assert after['comms_recipients{state="sent"}'] == 7
    assert after['comms_recipients{state="queued"}'] == 4
    assert after["comms_oldest_ready_batch_seconds"] == 0
    assert after['comms_sent_per_minute{window="5m"}'] == 7 / 5
    assert after['comms_workers{kind="seen_in_an_hour"}'] == 1
    assert after['comms_mailings{state="done"}'] == 1


def test_metrics_count_what_was_left_out_refused_and_deferred(mandate, sink_for):
    answers = {"a@example.com": "550 5.1.1 no such user", "b@example.com": "450 4.7.1 later"}
    sink_for(fault=lambda phase, to: answers.get(to) if phase == "rcpt" else None)
    mailing = make_mailing(mandate, to=["a@example.com", "b@example.com", "c@example.com"])
    Recipient.unscoped.create(mailing=mailing, language="sv", state="skipped", reason="no_address")
    type(mailing).unscoped.filter(pk=mailing.pk).update(locked_count=4)
    send_everything()
    found = samples()
    wanted = {"sent": 1, "missed": 1, "deferred": 1, "skipped": 1, "unknown": 0, "queued": 0}
    assert {state: found[f'comms_recipients{{state="{state}"}}'] for state in wanted} == wanted


@pytest.mark.parametrize("mailings", [1, 3])
def test_a_scrape_costs_the_same_for_one_and_three_mailings(mailings, mandate, django_assert_num_queries):
    for _n in range(mailings):
        make_mailing(mandate, to=2)
    with django_assert_num_queries(11):
        metrics.exposition()


def test_no_metric_tells_whom(mandate):
    make_mailing(mandate, to=["hemlig@example.com"])
    send_everything()
    assert "hemlig" not in metrics.exposition().decode()


# --- throughput -----------------------------------------------------------------------------------------------------
def test_what_is_given_back_is_tallied_per_minute_once(mandate, sink_for):
    later = {"p0@example.com"}
    sink_for(fault=lambda phase, to: "450 4.7.1 later" if phase == "rcpt" and to in later else None)
    mailing = make_mailing(mandate, to=3)
    send_everything()
    later.clear()
    Recipient.unscoped.filter(state="deferred").update(next_at=timezone.now() - MINUTE)
    Batch.objects.update(ready_at=timezone.now() - MINUTE)
    send_everything()
    assert states(mailing) == {"sent": 3}
    assert sum(Tally.objects.values_list("sent", flat=True)) == 3


def test_the_speed_is_that_of_whole_minutes_in_which_something_was_sent(mandate):
    mailing = make_mailing(mandate)
    now = timezone.now().replace(second=30)
    minute = now.replace(second=0, microsecond=0)
    for ago, owner, sent in ((0, "a b 1 1", 5), (1, "a b 1 1", 100), (1, "a b 2 2", 100), (3, "a b 1 1", 400)):
        Tally.objects.create(minute=minute - ago * MINUTE, mailing=mailing, owner=owner, sent=sent)
    assert figures.speed(now=now) == 300
    assert figures.sent_in(now=now, minutes=5) == 605
    assert figures.speed(now=now, mailing=mailing.pk + 1) == 0


# --- the status line ------------------------------------------------------------------------------------------------
def judged(minutes: int | None, *, halted: bool = False, ago: int = 0) -> tuple[str, str]:
    now = timezone.now()
    pulse = Pulse(name="sweep", at=now - ago * MINUTE, figures={"minutes": minutes, "waiting": 1})
    found = status.judge(pulse, halted=halted, now=now)
    return found.level, str(found.text)


@pytest.mark.once
def test_the_status_in_plain_words(settings):
    from django.utils import translation

    with translation.override("en"):
        assert judged(0) == judged(5) == ("normal", "E-mail: normal")
        assert judged(6) == ("slow", "E-mail: slow. Mail may take up to 10 minutes.")
        assert judged(18) == ("slow", "E-mail: slow. Mail may take up to 20 minutes.")
        assert judged(61) == ("slow", "E-mail: slow. Mail may take more than an hour.")
        assert judged(0, halted=True)[0] == "stopped"
        assert judged(None)[0] == judged(0, ago=3)[0] == "still"
        assert status.judge(None, halted=False, now=timezone.now()).level == "still"


def test_the_wait_is_one_batch_of_each_mailing_before_mine(mandate, settings):
    settings.MAILING_BATCH_SIZE = 100
    big, small = make_mailing(mandate, to=250, batch_size=100), make_mailing(mandate, to=20)
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0) - MINUTE
    Tally.objects.create(minute=minute, mailing=big, owner="a b 1 1", sent=12)
    assert figures.queue(now=now) == figures.Queue(waiting=270, minutes=10)  # (100 + 20) / 12
    Batch.objects.filter(mailing=small).update(ready_at=now + MINUTE)  # not due
    assert figures.queue(now=now) == figures.Queue(waiting=250, minutes=9)


def test_a_queue_that_nobody_serves_stands_still_after_three_minutes(mandate):
    make_mailing(mandate, to=2)
    now = timezone.now()
    Batch.objects.update(since=now - 2 * MINUTE)
    assert figures.queue(now=now).minutes == 0
    Batch.objects.update(since=now - 4 * MINUTE)
    assert figures.queue(now=now).minutes is None


def test_the_sweep_tells_and_home_shows_it(union, mandate, sign_in, django_assert_num_queries):
    alice = sign_in(union.alice)
    alice.post(reverse("portal:language"), {"language": "en"})
    assert "nothing leaves right now" in alice.get("/").content.decode()
    tasks.sweep()
    assert "E-mail: normal" in alice.get("/").content.decode()
    halting.stop(by=union.sara, now=timezone.now())
    assert "stopped by the office" in alice.get("/").content.decode()
    with django_assert_num_queries(1):
        status.status(now=timezone.now())


# --- the one switch -------------------------------------------------------------------------------------------------
def test_while_everything_is_stopped_nothing_is_taken_started_or_changed(union, mandate):
    sending, held = make_mailing(mandate, to=3), make_mailing(mandate, to=2, state="hold")
    paused = make_mailing(mandate, to=2, state="paused")
    assert halting.stop(by=union.sara, now=timezone.now())
    assert not halting.stop(by=union.sara, now=timezone.now())
    send_everything()
    tasks.sweep()
    assert [type(m).unscoped.get(pk=m.pk).state for m in (sending, held, paused)] == ["sending", "hold", "paused"]
    assert states(sending) == {"queued": 3}
    assert halting.go_on(by=union.sara, now=timezone.now())
    assert not halting.go_on(by=union.sara, now=timezone.now())
    tasks.sweep()
    send_everything()
    assert (states(sending), states(held), states(paused)) == ({"sent": 3}, {"sent": 2}, {"queued": 2})
    halt = Halt.objects.get()
    assert (halt.by, halt.lifted_by) == (union.sara, union.sara)


def test_an_open_lease_may_not_go_on(union, mandate):
    make_mailing(mandate, to=2)
    lease = leases.take(owner=dispatch.Owner.me(), now=timezone.now())
    assert leases.may_go_on(lease)
    halting.stop(by=union.sara, now=timezone.now())
    assert not leases.may_go_on(lease)


def test_a_worker_asked_to_end_sends_no_further_dot(union, mandate, monkeypatch):
    from mailings import courier

    mailing = make_mailing(mandate, to=5)
    monkeypatch.setattr(courier, "LOOK_SECONDS", 0)
    monkeypatch.setattr(courier, "stopping", iter([False, False, True, True]).__next__)
    assert dispatch.send_for(seconds=0)  # work remains
    assert states(mailing) == {"sent": 2, "queued": 3}
    assert Batch.objects.get().state == "ready"


@pytest.mark.once
def test_celery_says_zero_when_a_worker_is_to_end(monkeypatch):
    from celery.worker import state

    assert draining.stopping() is False
    monkeypatch.setattr(state, "should_stop", 0)
    assert draining.stopping() is True


# --- the staff page -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mailings", [1, 3])
def test_the_page_costs_the_same_for_one_and_three_mailings(mailings, mandate, sara, django_assert_num_queries):
    for _n in range(mailings):
        make_mailing(mandate, to=2)
    with django_assert_num_queries(15):
        sara.get(reverse("mailings:office"))


def test_the_page_shows_what_runs_who_works_and_what_failed(union, mandate, sara, sink_for):
    sara.post(reverse("portal:language"), {"language": "en"})
    gone = [*(f"x{n}@borta.example.com" for n in range(3)), "y@ensam.example.com"]
    sink_for(fault=lambda phase, to: "550 5.1.1 no such user" if phase == "rcpt" and to in gone else None)
    make_mailing(mandate, to=[*gone, "z@example.com"])
    send_everything()
    make_mailing(mandate, to=4)
    lease = leases.take(owner=dispatch.Owner.me(), now=timezone.now())
    page = sara.get(reverse("mailings:office"))
    words = page.content.decode()
    check(words)
    assert [(str(reason.text), domain, n) for reason, domain, n in page.context["failures"]] == [
        ("the mailbox does not exist", "borta.example.com", 3),
        ("the mailbox does not exist", "", 1),
    ]
    assert "x0@" not in words
    assert "ensam" not in words
    assert [(c.total, c.handled) for c in page.context["courses"]] == [(4, 0)]
    assert [w.batch.pk for w in page.context["workers"]] == [lease.batch]
    assert str(os.getpid()) in words


def test_htmx_gets_the_moving_part_alone(union, sara):
    part = sara.get(reverse("mailings:office"), headers={"hx-request": "true"})
    assert next(t.name for t in part.templates) == "mailings/operations/_office.html"
    assert b"<html" not in part.content


def test_stopping_and_going_on_ask_first_and_change_by_post_alone(union, sara):
    for name in ("stop", "go_on"):
        page = sara.get(reverse(f"mailings:{name}"))
        check(page.content.decode())
    assert not Halt.objects.exists()
    assert sara.post(reverse("mailings:stop")).url == reverse("mailings:office")
    assert Halt.objects.open().get().by == union.sara
    sara.get(reverse("mailings:go_on"))
    assert Halt.objects.open().exists()
    sara.post(reverse("mailings:go_on"))
    assert not Halt.objects.open().exists()


def test_only_staff_at_the_root_see_it(union, sign_in):
    make_mandate(union.bob, union.region, role="staff")
    for person in (union.alice, union.bob, union.dora):
        for name in ("office", "stop", "go_on"):
            assert sign_in(person).get(reverse(f"mailings:{name}")).status_code == 404
            assert sign_in(person).post(reverse(f"mailings:{name}")).status_code == 404
    assert not Halt.objects.exists()


# --- signs of life --------------------------------------------------------------------------------------------------
def test_the_newest_sign_wins(db):
    now = timezone.now()
    pulses.record("sweep", {"n": 2}, now=now)
    pulses.record("sweep", {"n": 1}, now=now - MINUTE)
    assert Pulse.objects.get().figures == {"n": 2}
    pulses.record("sweep", {"n": 3}, now=now + MINUTE, good=False)
    assert (Pulse.objects.get().figures, Pulse.objects.get().good) == ({"n": 3}, False)


def test_trouble_with_the_mail_server_is_remembered(mandate, settings):
    settings.MAIL_TRANSPORT, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp", "127.0.0.1", 9
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    dispatch._counter.cache_clear()
    make_mailing(mandate, to=1)
    dispatch.send_for(seconds=0)
    trouble = Pulse.objects.get(pk="transport")
    assert not trouble.good
    assert trouble.figures["reason"] == "no_connection"


def test_trouble_while_the_database_is_away_too_is_swallowed(db, monkeypatch):
    from django.db import OperationalError

    def away(*_args, **_named):
        raise OperationalError

    monkeypatch.setattr(pulses, "record", away)
    monkeypatch.setattr(pulses.connection, "close", lambda: None)
    pulses.trouble(Lost("gone"), now=timezone.now())


def test_sums_that_disagree_ring_the_alarm_with_ids_only(mandate, caplog):
    well, wrong = make_mailing(mandate, to=2), make_mailing(mandate, to=["hemlig@example.com"])
    assert sums.reconcile(now=timezone.now()) == {}
    assert Pulse.objects.get(pk="reconcile").good
    type(wrong).unscoped.filter(pk=wrong.pk).update(locked_count=5)
    tasks.reconcile()
    pulse = Pulse.objects.get(pk="reconcile")
    assert (pulse.good, pulse.figures) == (False, {"disagree": 1})
    rung = [record for record in caplog.records if record.name == "comms.alarm"]
    assert [record.levelname for record in rung] == ["ERROR"]
    assert str(wrong.public_id) in rung[0].getMessage()
    assert str(well.public_id) not in rung[0].getMessage()
    assert "hemlig" not in rung[0].getMessage()


# --- the canary -----------------------------------------------------------------------------------------------------
def test_without_an_address_there_is_no_canary(db):
    assert canary.send(now=timezone.now()) is None
    assert not Pulse.objects.exists()


def test_the_canary_goes_the_way_of_all_mail_and_is_timed(db, settings, sink_for):
    sink, settings.CANARY_ADDRESS = sink_for(), "kanarie@example.org"
    assert canary.send(now=timezone.now()) is True
    assert sink.recipients == ["kanarie@example.org"]
    assert sink.mails[0].message["Auto-Submitted"] == "auto-generated"
    pulse = Pulse.objects.get(pk="canary")
    assert pulse.good
    assert pulse.figures["seconds"] >= 0
    assert not Recipient.unscoped.exists()


def test_a_refused_canary_and_a_dead_server_ring_the_alarm(db, settings, sink_for, caplog):
    settings.CANARY_ADDRESS = "kanarie@example.org"
    sink_for(fault=lambda phase, _to: "550 5.7.1 kanarie@example.org not wanted" if phase == "rcpt" else None)
    assert canary.send(now=timezone.now()) is False
    settings.EMAIL_PORT = 9
    tasks.canary()
    assert not Pulse.objects.get(pk="canary").good
    rung = [record.getMessage() for record in caplog.records if record.name == "comms.alarm"]
    assert len(rung) == 2
    assert "kanarie" not in " ".join(rung)


def test_the_canary_rests_while_everything_is_stopped(db, settings, sink_for):
    sink, settings.CANARY_ADDRESS = sink_for(), "kanarie@example.org"
    halting.stop(by=None, now=timezone.now())
    assert canary.send(now=timezone.now()) is None
    assert sink.mails == []


def test_pausing_one_mailing_is_not_undone_by_going_on(union, mandate):
    mailing = make_mailing(mandate, to=2)
    halting.stop(by=union.sara, now=timezone.now())
    lifecycle.pause(mailing=mailing, by=union.alice, now=timezone.now())
    halting.go_on(by=union.sara, now=timezone.now())
    send_everything()
    assert states(mailing) == {"queued": 2}
