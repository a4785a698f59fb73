"""A code waits in a row, is sent once and leaves no trace; every backend sends the same thing."""

from __future__ import annotations

import datetime
import json
import logging
import threading
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from comms.accounts import checks, codes, tasks
from comms.accounts.models import CodeMessage

NUMBER, TEXT = "+46701740605", "123456 är din kod.\n\n@example.org #123456"


def wait(to: str = NUMBER, *, age: float = 0) -> int:
    """A message that has waited so many seconds."""
    return CodeMessage.objects.create(to=to, text=TEXT, at=timezone.now() - datetime.timedelta(seconds=age)).pk


@pytest.fixture
def sent(monkeypatch, settings) -> list[tuple[str, str]]:
    """What a backend was given."""
    given: list[tuple[str, str]] = []
    monkeypatch.setitem(codes.BACKENDS, "noted", lambda to, text: given.append((to, text)))
    settings.SMS_BACKEND = "noted"
    return given


def test_a_message_is_sent_once_and_its_row_goes(db, sent):
    pk = wait()
    tasks.send_code(pk)
    tasks.send_code(pk)
    assert sent == [(NUMBER, TEXT)]
    assert CodeMessage.objects.count() == 0


def test_the_sweep_sends_what_was_not_heard_and_drops_what_is_too_old(db, sent):
    wait(age=11), wait("", age=11), wait(age=601)
    young = wait(age=5)
    tasks.sweep()
    assert sent == [(NUMBER, TEXT)]
    assert list(CodeMessage.objects.values_list("pk", flat=True)) == [young]


def test_nobody_and_numbers_abroad_get_nothing(db, sent, settings, django_capture_on_commit_callbacks):
    for to in ("", "+12125550123"):
        codes.send_later(to, TEXT, now=timezone.now())
    for pk in CodeMessage.objects.values_list("pk", flat=True):
        tasks.send_code(pk)
    assert sent == []
    assert CodeMessage.objects.count() == 0


def test_a_provider_that_fails_says_so_without_number_or_code(db, monkeypatch, settings, caplog):
    def refuse(to: str, text: str) -> None:
        raise codes.NotSent("the provider did not take it")

    monkeypatch.setitem(codes.BACKENDS, "failing", refuse)
    settings.SMS_BACKEND = "failing"
    tasks.send_code(wait())
    assert "was not sent" in caplog.text
    assert "123456" not in caplog.text
    assert "4670174" not in caplog.text


def test_the_file_backend_writes_for_the_owner_alone_and_the_outbox_shows_it(db, settings, tmp_path):
    settings.MAIL_DIR, settings.SMS_BACKEND, settings.MAIL_TRANSPORT = tmp_path, "file", "file"
    tasks.send_code(wait())
    (path,) = Path(tmp_path, "sms").glob("*.eml")
    assert path.stat().st_mode & 0o777 == 0o600
    message = message_from_bytes(path.read_bytes(), policy=default)
    assert (message["To"], message.get_content().strip()) == (NUMBER, TEXT)
    page = Client(HTTP_HOST="127.0.0.1").get("/outbox/").content.decode()
    assert "SMS: 123456 är din kod." in page
    assert NUMBER in page


def test_the_console_shows_codes_to_developers_only(db, settings, capsys):
    settings.SMS_BACKEND, settings.DEBUG = "console", True
    tasks.send_code(wait())
    assert f"SMS to {NUMBER}" in capsys.readouterr().out
    settings.DEBUG = False
    tasks.send_code(wait())
    assert "123456" not in capsys.readouterr().out


@pytest.fixture
def provider():
    """An SMS provider on this machine: the calls it got; `status` is what it answers."""

    class Provider(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.calls.append((self.path, json.loads(body)["message"]))  # type: ignore[attr-defined]
            self.send_response(server.status)  # type: ignore[attr-defined]
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Provider)
    server.calls, server.status = [], 200  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_apprise_calls_the_provider_of_the_setting(db, settings, provider, caplog):
    caplog.set_level(logging.DEBUG)
    settings.SMS_BACKEND, settings.SMS_URL = "apprise", f"json://127.0.0.1:{provider.server_port}/sms"
    tasks.send_code(wait())
    ((path, text),) = provider.calls
    assert "46701740605" in path
    assert text.startswith("123456 är din kod.")
    provider.status = 500
    tasks.send_code(wait())
    assert "the provider did not take it" in caplog.text
    assert "123456" not in caplog.text
    assert "4670174" not in caplog.text


@pytest.mark.parametrize(
    ("backend", "url", "wrong"),
    [("file", "", []), ("pigeon", "", ["accounts.E001"]), ("console", "", ["accounts.E002"]),
     ("apprise", "", ["accounts.E003"]), ("apprise", "twilio://AC1:token@+46700000000", [])],
)  # fmt: skip
def test_an_installation_that_could_send_no_code_does_not_start(settings, backend, url, wrong):
    settings.SMS_BACKEND, settings.SMS_URL, settings.DEBUG = backend, url, False
    assert [error.id for error in checks.sms_can_be_sent()] == wrong
