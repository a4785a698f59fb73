"""Unknown mails, looked up in the log of the mail server that may have taken them."""

from __future__ import annotations

import io
import itertools
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mailings.facts import postfix_log
from mailings.models import DeliveryEvent
from tests.mailings.facts.rows import said, sent, suppressed

WHO = uuid.UUID(int=7)
ID = "<one.1@union.example.org>"
AT = "Nov 25 10:00:00 mail postfix"


def taken(queue: str, message_id: str) -> str:
    return f"{AT}/cleanup[1]: {queue}: message-id={message_id}\n"


def queued(queue: str) -> str:
    return f"{AT}/qmgr[1]: {queue}: from=<bounces+x@union.example.org>, size=1, nrcpt=1 (queue active)\n"


def ended(queue: str, status: str, text: str, dsn: str = "2.0.0", to: str = "a@example.com") -> str:
    return f"{AT}/smtp[1]: {queue}: to=<{to}>, relay=mx[192.0.2.1]:25, delay=1, dsn={dsn}, status={status} ({text})\n"


def facts(*lines: str) -> list[str]:
    found = postfix_log.facts(iter(lines), {ID: WHO}, now=timezone.now())
    return [f"{fact.kind} {fact.status} {fact.reply}".strip() for fact in found]


def test_the_line_before_the_dot_proves_nothing():
    assert facts(taken("4F1A2B3C", ID)) == []
    assert facts(taken("4F1A2B3C", ID), f"{AT}/smtpd[1]: 4F1A2B3C: client=here\n") == []


def test_what_lies_in_the_queue_was_taken():
    assert facts(taken("4F1A2B3C", ID), queued("4F1A2B3C")) == ["accepted"]


def test_the_last_word_counts():
    lines = [
        taken("4zXk1PqRsT", ID), queued("4zXk1PqRsT"), ended("4zXk1PqRsT", "deferred", "try later", "4.7.1"),
        ended("4zXk1PqRsT", "bounced", "host mx[192.0.2.1] said: 550 5.1.1 no", "5.1.1"), queued("4zXk1PqRsT"),
    ]  # fmt: skip
    assert facts(*lines) == ["bounced 5.1.1 host mx[192.0.2.1] said: 550 5.1.1 no"]
    assert facts(*lines[:3]) == ["accepted 4.7.1 try later"]
    assert facts(taken("4F1A2B3C", ID), ended("4F1A2B3C", "sent", "250 ok (queued)")) == [
        "accepted 2.0.0 250 ok (queued)"
    ]
    assert facts(taken("4F1A2B3C", ID), f"{AT}/qmgr[1]: 4F1A2B3C: from=<>, status=expired, returned to sender\n") == [
        "bounced"
    ]


def test_a_mail_that_passed_a_filter_is_followed():
    lines = [
        taken("AAAAA1", ID), ended("AAAAA1", "sent", "250 queued as BBBBB2"), taken("BBBBB2", ID),
        ended("BBBBB2", "bounced", "550 5.1.1 no", "5.1.1"),
    ]  # fmt: skip
    assert facts(*lines) == ["bounced 5.1.1 550 5.1.1 no"]


def test_a_queue_id_that_is_used_again_speaks_of_another_mail():
    assert facts(taken("AAAAA1", ID), taken("AAAAA1", "<other@x>"), ended("AAAAA1", "sent", "250 ok")) == []


def test_foreign_mails_and_other_lines_are_passed_over():
    assert facts("", "rubbish\n", taken("AAAAA1", "<other@x>"), ended("AAAAA1", "sent", "250"), "\x00" * 99) == []
    assert facts(taken("AAAAA1", "<one.2@union.example.org>"), ended("AAAAA1", "sent", "250")) == []


def test_a_log_of_any_length_is_read_line_by_line():
    noise = (line for n in range(20_000) for line in (taken(f"{n:08X}", f"<{n}@x>"), ended(f"{n:08X}", "sent", "250")))
    assert facts(*itertools.islice(noise, 0), taken("FFFFFFF1", ID), *noise, ended("FFFFFFF1", "sent", "250")) == [
        "accepted 2.0.0 250"
    ]


@pytest.mark.django_db
def test_the_command_settles_what_the_log_shows_and_leaves_the_rest(union, tmp_path, capsys):
    mailing, rows = sent(union, to=[f"{name}@example.com" for name in "abcd"], state="unknown")
    log = tmp_path / "mail.log"
    log.write_text(
        taken("AAAAA1", rows[0].message_id) + ended("AAAAA1", "sent", "250 2.0.0 <a@example.com> ok")
        + taken("AAAAA2", rows[1].message_id)
        + ended("AAAAA2", "bounced", "550 5.1.1 <b@example.com>: no", "5.1.1", "b@example.com")
        + taken("AAAAA3", rows[2].message_id)
    )  # fmt: skip
    for _n in range(2):
        call_command("resolve_unknown", str(mailing.public_id), "--postfix-log", str(log))
    assert capsys.readouterr().out == "2 of 4 found in the log.\n0 of 2 found in the log.\n"
    assert [said(row) for row in rows] == ["sent", "bounced mailbox_unknown", "unknown", "unknown"]
    assert (rows[0].reply, rows[1].reply) == ("250 2.0.0 <<address>> ok", "550 5.1.1 <<address>>: no")
    batch = mailing.batches.get()
    assert (batch.sent, batch.bounced, batch.unknown) == (1, 1, 2)
    assert suppressed() == []
    assert set(DeliveryEvent.objects.values_list("source", flat=True)) == {"postfix"}


@pytest.mark.django_db
def test_a_log_on_a_pipe_and_a_log_that_is_not_there(union, monkeypatch):
    mailing, [row] = sent(union, state="unknown")
    monkeypatch.setattr("sys.stdin", io.StringIO(taken("AAAAA1", row.message_id) + queued("AAAAA1")))
    call_command("resolve_unknown", str(mailing.public_id), "--postfix-log", "-")
    assert said(row) == "sent"
    with pytest.raises(CommandError):
        call_command("resolve_unknown", str(mailing.public_id), "--postfix-log", "/nowhere/mail.log")
