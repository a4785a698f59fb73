"""The bell, the sweep, a test to oneself, and the message as the member gets it."""

from __future__ import annotations

import email
import email.policy
import gc
import logging
import threading
from types import SimpleNamespace

import pytest
from celery.signals import worker_ready
from django.urls import reverse
from django.utils import timezone

from comms.privacy import unsubscribe
from mailings import by_clock, composing, dispatch, links, tasks
from mailings.models import Batch, Recipient
from templates_lib import bell
from tests.mailings.post import HTML, PDF, TEXT, make_mailing, send_everything, states

pytestmark = pytest.mark.django_db


# --- the bell -------------------------------------------------------------------------------------------------------
def test_a_broken_broker_is_only_logged(monkeypatch, caplog):
    def broken(*_args, **_options):
        raise ConnectionError("redis://user:secret@host is gone")

    monkeypatch.undo()
    monkeypatch.setattr(bell.current_app, "send_task", broken)
    with caplog.at_level(logging.WARNING):
        dispatch.ring()
    assert [record.getMessage() for record in caplog.records] == [
        "the bell is broken (ConnectionError); the sweep will find the work"
    ]


@pytest.mark.timeout(30)
def test_a_frozen_broker_does_not_hold_the_caller(monkeypatch):
    monkeypatch.setattr(bell, "RING_SECONDS", 0.05)
    thawed = threading.Event()
    monkeypatch.setattr(bell, "_publish", lambda *_: thawed.wait(60))
    dispatch.ring()
    assert not thawed.is_set()  # we are here while it still holds
    thawed.set()


@pytest.fixture
def rings(monkeypatch):
    heard = []
    monkeypatch.setattr(dispatch, "ring", lambda: heard.append(1))
    return heard


def test_the_pump_rings_again_only_while_work_remains(union, rings, settings):
    settings.MAILING_SLICE_SECONDS = 0
    make_mailing(union.mandate(union.alice), to=4, batch_size=2)
    tasks.pump()
    assert len(rings) == 1
    tasks.pump()
    assert len(rings) == 1


def test_the_sweep_starts_what_is_due_rings_for_each_free_slot_and_finishes(union, rings, settings):
    settings.MAILING_PUMPS = 3
    mailing = make_mailing(union.mandate(union.alice), to=10, batch_size=2, state="hold")
    tasks.sweep()
    mailing.refresh_from_db()
    assert (mailing.state, len(rings)) == ("sending", 1 + 3)  # as it starts, and for each slot
    send_everything()
    tasks.sweep()
    mailing.refresh_from_db()
    assert (mailing.state, len(rings)) == ("done", 1 + 3)


def test_workers_are_told_of_the_first_while_the_others_are_being_started(union, rings, settings, monkeypatch):
    settings.MAILING_PUMPS = 2
    for _ in range(3):
        make_mailing(union.mandate(union.alice), to=1, state="hold")
    heard, start = [], by_clock.start
    monkeypatch.setattr(by_clock, "start", lambda *said, **more: heard.append(len(rings)) or start(*said, **more))
    dispatch.start_due(now=timezone.now())
    assert (heard, len(rings)) == ([0, 1, 2], 2)


def test_no_sweep_expires_by_a_workers_clock(settings):
    """Fault R16: `expires` is written with the beat's clock and read with the worker's."""
    sweeps = [one for one in settings.CELERY_BEAT_SCHEDULE.values() if one["task"].endswith(".sweep")]
    assert sweeps
    assert not any("options" in one for one in sweeps)


def test_more_pumps_than_slots_leave_the_work_to_the_others(union, settings):
    settings.MAILING_PUMPS = 1
    mailing = make_mailing(union.mandate(union.alice), to=4, batch_size=2)
    now = timezone.now()
    Batch.objects.filter(n=0).update(state="leased", owner="a b 1 1", lease_until=now, heartbeat_at=now)
    assert dispatch.send_for(seconds=1) is False
    assert states(mailing) == {"queued": 4}


# --- what the member gets -------------------------------------------------------------------------------------------
def test_the_member_can_refuse_by_one_press_and_read_it_on_the_web(union, sink_for):
    sink = sink_for()
    mailing = make_mailing(union.mandate(union.alice), to=1, attach_pdf=True)
    send_everything()
    row, message = mailing.recipients.select_related("member").get(), sink.mails[0].message
    refuse = unsubscribe.link(row.member.public_id, mailing.topic_id)
    assert str(message["List-Unsubscribe"]) == f"<{refuse}>"
    assert str(message["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    text = message.get_body(("plain",)).get_content()
    assert f"Hej {row.first_name}!" in text
    assert refuse in text
    assert links.web_url(row.public_id) in text
    assert next(message.iter_attachments()).get_content() == PDF
    assert str(message["Reply-To"]) == union.alice.email
    assert message["From"].addresses[0].display_name.startswith("Alice")
    assert message.get_all("To") == [row.address]


def test_a_statutory_notice_carries_no_one_click_header(union, sink_for):
    sink = sink_for()
    make_mailing(union.mandate(union.alice), to=1, category="statutory")
    send_everything()
    assert "List-Unsubscribe" not in sink.mails[0].message  # there is nothing to switch off; the footer offers a letter
    assert "List-Id" in sink.mails[0].message


def test_the_web_link_names_the_recipient_and_is_answered_here(union):
    row = make_mailing(union.mandate(union.alice), to=1).recipients.get()
    token = links.web_url(row.public_id).split("/")[-2]
    assert links.recipient_of(token) == row.public_id
    assert links.web_url(row.public_id).endswith(reverse("mailings:web", args=[token]))


def test_nobody_is_named_in_the_logs(union, sink_for, caplog):
    """Threat S22."""
    sink_for(fault=lambda phase, to: f"550 5.1.1 <{to}> unknown" if phase == "rcpt" and "bo" in to else None)
    with caplog.at_level(logging.DEBUG):
        mailing = make_mailing(union.mandate(union.alice), to=["kanariefågel@example.com", "bo.kanarie@example.com"])
        send_everything()
        dispatch.recover(now=timezone.now())
    assert states(mailing) == {"sent": 1, "failed": 1}
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("mailings", "comms"))]
    assert not [line for line in ours if "kanarie" in line or "example.com" in line]


# --- a test to oneself ----------------------------------------------------------------------------------------------
@pytest.fixture
def draft(union, monkeypatch):
    face = SimpleNamespace(
        language="sv", subject="Möte", html=HTML, text=TEXT, pdf=PDF, pdf_name="Årsmöte.pdf", prints={}
    )
    monkeypatch.setattr(composing, "render", lambda mailing, *, language: face)
    return make_mailing(union.mandate(union.alice), state="draft", attach_pdf=True)


def test_a_test_goes_to_its_author_and_leaves_no_row(union, draft, settings):
    tasks.send_test(draft.pk, union.alice.pk)
    (path,) = (settings.MAIL_DIR / draft.public_id.hex).glob("test-*.eml")
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message.get_all("To") == [union.alice.email]
    assert "Hej Alice!" in message.get_body(("plain",)).get_content()
    assert next(message.iter_attachments()).get_filename() == "Årsmöte.pdf"
    assert "List-Unsubscribe" not in message
    assert not Recipient.unscoped.exists()


def test_a_test_the_server_refuses_is_not_silent(union, draft, sink_for):
    sink_for(fault=lambda phase, to: "550 5.7.1 no" if phase == "dot" else None)
    with pytest.raises(dispatch.NotDelivered, match=r"550 5\.7\.1 no"):
        dispatch.send_test(mailing=draft, user=union.alice)


def test_a_worker_that_is_ready_keeps_what_it_has_loaded_from_the_collector():
    gc.unfreeze()
    try:
        worker_ready.send(sender=None)
        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()
