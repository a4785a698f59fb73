"""The bounce mailbox and the pipe: nothing is deleted before it is kept."""

from __future__ import annotations

import datetime
import io
import ssl

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from mailings import tasks
from mailings.facts import intake, mailbox, return_path
from mailings.facts.mailbox import Address
from tests.mailings.facts.imap import Mailbox
from tests.mailings.facts.reports import plain, report
from tests.mailings.facts.rows import raw, said, sent, settle, state

pytestmark = pytest.mark.django_db


def read(url: str) -> int:
    return mailbox.read(url, now=timezone.now())


def reports(rows) -> list[bytes]:
    return [report(path=return_path.address(row.public_id), n=f"r{row.pk}") for row in rows]


def test_reports_are_stored_and_then_deleted_the_rest_is_only_marked(union):
    _mailing, rows = sent(union, to=3)
    with Mailbox([*reports(rows), plain("Hi!\n"), report(path="forged@example.org")]) as box:
        assert read(box.url) == 3
        assert {uid: mail.flags for uid, mail in box.mails.items()} == {4: {"seen"}, 5: {"seen"}}
        assert read(box.url) == 0
        assert box.commands.count("LOGOUT") == 2
    settle()
    assert {said(row) for row in rows} == {"bounced mailbox_unknown"}


def test_many_are_taken_a_few_at_a_time(union, monkeypatch):
    monkeypatch.setattr(mailbox, "AT_ONCE", 2)
    _mailing, rows = sent(union, to=5)
    with Mailbox(reports(rows)) as box:
        assert read(box.url) == 5
        assert box.mails == {}
        assert box.commands.count("FETCH") == 3


def test_nothing_is_marked_when_it_could_not_be_stored(union, monkeypatch):
    _mailing, rows = sent(union, to=2)

    def away(*_: object, **__: object) -> None:
        raise OperationalError("away")

    with Mailbox(reports(rows)) as box:
        with monkeypatch.context() as patch:
            patch.setattr(intake.RawFact.objects, "bulk_create", away)
            with pytest.raises(OperationalError):
                read(box.url)
        assert {uid: mail.flags for uid, mail in box.mails.items()} == {1: set(), 2: set()}
        assert read(box.url) == 2


def test_a_server_that_fails_after_the_commit_leads_to_no_second_fact(union):
    _mailing, rows = sent(union, to=2)
    with Mailbox(reports(rows), broken=("STORE",)) as box:
        with pytest.raises(mailbox.Failed):
            read(box.url)
        assert raw() == {"new": 2}
        box.broken = ()
        assert read(box.url) == 2
        assert box.mails == {}
    assert raw() == {"new": 2}


def test_a_long_mail_is_read_as_far_as_the_report(union):
    _mailing, [row] = sent(union)
    [one] = reports([row])
    with Mailbox([one + b"x" * 75 * 40_000]) as box:
        assert read(box.url) == 1
    assert raw() == {"new": 1}


def test_what_was_not_for_us_is_deleted_after_two_weeks(union):
    with Mailbox([plain("Hi!\n"), plain("Ho!\n")]) as box:
        box.mails[1].since = int((timezone.now() - datetime.timedelta(days=20)).strftime("%Y%m%d"))
        assert read(box.url) == 0
        assert list(box.mails) == [2]


@pytest.mark.parametrize("broken", ["LOGIN", "SELECT", "SEARCH", "FETCH"])
def test_a_mailbox_that_does_not_answer_is_tried_again_later(broken, union, settings):
    with Mailbox([plain("Hi!\n")], broken=(broken,)) as box:
        settings.BOUNCE_IMAP_URL = box.url
        with pytest.raises(CommandError) as error:
            call_command("read_bounces")
        assert "cret" not in str(error.value)
        assert box.mails[1].flags == set()


def test_the_connection_is_encrypted_and_the_certificate_checked():
    """The other side speaks no TLS: nothing is told to it."""
    with Mailbox([]) as box:
        with pytest.raises(mailbox.Failed) as error:
            read(box.url.replace("imap://", "imaps://"))
        assert isinstance(error.value.__cause__, ssl.SSLError)
        assert "LOGIN" not in box.commands


def test_an_address_is_taken_apart():
    assert Address.parse("imaps://b%40union:p%2Fw@mail.example.org/Returned%20mail") == Address(
        "mail.example.org", 993, "b@union", "p/w", "Returned mail", encrypted=True
    )
    assert Address.parse("imap://b:p@localhost").port == 143


def test_the_task_and_the_command_read_the_mailbox(union, settings, capsys):
    _mailing, rows = sent(union, to=2)
    with Mailbox(reports(rows)) as box:
        settings.BOUNCE_IMAP_URL = box.url
        tasks.read_bounces()
        assert box.mails == {}
        call_command("read_bounces")
    assert capsys.readouterr().out == "0 mails stored and deleted.\n"
    tasks.handle_facts()
    assert {state(row) for row in rows} == {"bounced"}


def test_without_a_mailbox_and_a_file_there_is_nothing_to_read(db):
    with pytest.raises(CommandError):
        call_command("read_bounces")


# --- one mail on a pipe ---------------------------------------------------------------------------------------------
def test_a_mail_on_a_pipe_is_stored(union, monkeypatch, capsys):
    _mailing, [row] = sent(union)
    [one] = reports([row])
    for content in (one, one, b"", plain("Hi!\n")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        call_command("read_bounces", "--file", "-")
    assert capsys.readouterr().out == "1 stored.\n1 stored.\n0 stored.\n0 stored.\n"
    assert raw() == {"new": 1}


def test_the_mail_server_knows_whom_it_was_for(union, monkeypatch, tmp_path):
    _mailing, [row] = sent(union)
    (tmp_path / "mail").write_bytes(report(path="somebody@example.org"))
    monkeypatch.setenv("ORIGINAL_RECIPIENT", return_path.address(row.public_id))
    call_command("read_bounces", "--file", str(tmp_path / "mail"))
    assert raw() == {"new": 1}


def test_postfix_is_asked_to_try_again_while_the_database_is_away(union, monkeypatch, tmp_path):
    _mailing, [row] = sent(union)
    (tmp_path / "mail").write_bytes(reports([row])[0])

    def away(*_: object, **__: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(intake.RawFact.objects, "bulk_create", away)
    with pytest.raises(SystemExit) as end:
        call_command("read_bounces", "--file", str(tmp_path / "mail"))
    assert end.value.code == 75
