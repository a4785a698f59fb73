"""The sender is told once when a mailing is done, in their language, with figures that agree with the report."""

from __future__ import annotations

import datetime
import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from comms.people.models import User
from mailings import by_clock, dispatch, notices
from mailings.models import Mailing, Recipient
from tests.mailings.post import make_mailing, send_everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(union) -> Mailing:
    mailing = make_mailing(union.mandate(union.alice), to=5, finished_at=None)
    send_everything()
    assert Mailing.unscoped.get().state == "done"
    return mailing


def tell(**later: float) -> int:
    return notices.tell(now=timezone.now() + datetime.timedelta(**later))


def become(mailing: Mailing, *states: str) -> None:
    rows = Recipient.unscoped.for_mailing(mailing).order_by("pk")
    for row, state in zip(rows, states, strict=False):
        Recipient.unscoped.filter(pk=row.pk).update(state=state, reason="cancelled")


def test_the_sweep_tells_the_sender_once(union, done):
    for _n in range(3):
        dispatch.recover(now=dispatch.database_now())
    [letter] = mail.outbox
    assert letter.to == ["alice@example.org"]
    assert letter.subject == "Skickat: Möte"
    assert f"/invitations/{done.public_id}/" in letter.body


@pytest.mark.parametrize(
    ("states", "said", "unsaid"),
    [
        ((), ["5 of 5 reached."], ["need", "left out"]),
        (("failed",), ["4 of 5 reached. 1 needs you."], ["left out"]),
        (("bounced", "complained", "unknown"), ["2 of 5 reached. 3 need you."], []),
        (("skipped", "delivered"), ["4 of 4 reached.", "1 member was left out"], ["need"]),
        (("skipped", "skipped", "failed"), ["2 of 3 reached. 1 needs you.", "2 members were left out"], []),
    ],
)
def test_the_figures_are_those_of_the_report(union, done, states, said, unsaid):
    User.objects.update(language="en")
    become(done, *states)
    assert tell() == 1
    [letter] = mail.outbox
    assert all(words in letter.body for words in said), letter.body
    assert not any(words in letter.body for words in unsaid), letter.body


def test_it_speaks_the_senders_language(union, done):
    User.objects.filter(pk=union.alice.pk).update(language="da")
    tell()
    assert mail.outbox[0].subject == "Sendt: Möte"


def test_a_mail_the_server_does_not_take_is_tried_again(union, done, monkeypatch):
    def refuse(self, messages):
        raise smtplib.SMTPServerDisconnected("gone")

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", refuse)
        assert tell() == 0
    assert Mailing.unscoped.get().told_at is None
    assert [tell(), tell()] == [1, 0]
    assert len(mail.outbox) == 1


def test_two_sweeps_at_once_tell_once(union, done, monkeypatch):
    """The second reads the list before the first has claimed it."""
    send = notices._send

    def while_another_sweeps(mailing):
        monkeypatch.setattr(notices, "_send", send)
        assert tell() == 0
        return send(mailing)

    monkeypatch.setattr(notices, "_send", while_another_sweeps)
    assert tell() == 1
    assert len(mail.outbox) == 1


def test_a_mailing_that_opens_again_is_not_told_twice(union, done):
    assert tell() == 1
    assert by_clock.reopen(done.pk)
    by_clock.finish(now=timezone.now())
    assert Mailing.unscoped.get().state == "done"
    assert tell() == 0


@pytest.mark.parametrize("state", ["sending", "paused", "cancelled", "hold"])
def test_only_what_is_done_is_told(union, done, state):
    Mailing.unscoped.update(state=state, due_at=timezone.now())
    assert tell() == 0


def test_what_has_been_done_for_long_is_no_news(union, done):
    assert tell(days=1, minutes=1) == 0
    assert mail.outbox == []


def test_a_closed_account_is_not_written_to(union, done):
    User.objects.filter(pk=union.alice.pk).update(is_active=False)
    assert [tell(), tell()] == [0, 0]
    assert mail.outbox == []


def test_no_member_is_named(union, done):
    tell()
    for row in Recipient.unscoped.for_mailing(done):
        assert row.address not in mail.outbox[0].body
        assert row.last_name not in mail.outbox[0].body
