"""Threat S22: personal data in logs, in the broker, in error reports. Names nobody else has go through a campaign."""

from __future__ import annotations

import copy
import datetime
import json
import logging
import logging.config
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from comms.people.models import Member
from comms.privacy import logs, unsubscribe
from comms.privacy.logs import JsonLine, MaskTokens
from mailings import dispatch, tasks
from mailings.models import Mailing, Recipient
from mailings.views import sent as sent_view
from tests.factories import make_member, make_user
from tests.faults.canaries import plain
from tests.mailings.conftest import own_post_office, sink_for  # noqa: F401  (found by name)
from tests.mailings.design import make_draft
from tests.mailings.post import send_everything

CANARY = {"first_name": "Kanariea", "last_name": "Sångfågelsdotter", "email": "gula.fjadern@voljar.example.com"}
NUMBER = "K-4711"
TRACES = ("Kanariea", "Sångfågelsdotter", "gula.fjadern", "voljar", "Storburen", "0701740605", NUMBER)


def traces_in(text: str) -> list[str]:
    return [trace for trace in TRACES if trace.lower() in plain(text)]


@pytest.fixture(params=["line", "json"])
def told(request, settings, tmp_path) -> Iterator[Path]:
    """What the product's own logging writes at its most talkative, in either format; error mails in the outbox."""
    settings.ADMINS = [("", "drift@example.org")]
    logs.AlarmMail.mailed.clear()
    wanted: dict[str, Any] = copy.deepcopy(settings.LOGGING)
    file = tmp_path / "told.log"
    wanted["root"]["level"] = "DEBUG"
    wanted["handlers"]["console"]["formatter"] = request.param
    wanted["handlers"]["console"]["stream"] = file.open("w")
    before = list(logging.root.handlers), logging.root.level
    logging.config.dictConfig(wanted)
    yield file
    wanted["handlers"]["console"]["stream"].close()
    logging.root.handlers, logging.root.level = before
    logging.root.setLevel(before[1])


@pytest.fixture
def canary(union) -> Member:
    return make_member(
        placed=[union.branch_a], number=NUMBER, street="Storburen 1", mobile="0701740605", **CANARY
    )  # fmt: skip


class Broken(Exception):
    """Says what a careless exception says."""


def careless(*_args: object, **_named: object) -> None:
    raise Broken(f"cannot greet {CANARY['first_name']} {CANARY['last_name']} <{CANARY['email']}>")


def a_twin(*_args: object, **_named: object) -> None:
    """PostgreSQL quotes the row that is in the way."""
    try:
        careless()
    except Broken:
        with transaction.atomic():
            Member.unscoped.bulk_create([Member(number=NUMBER, **CANARY)])


def test_a_whole_campaign_with_failures_tells_nobodys_name(union, canary, told, request, sign_in, monkeypatch):
    request.getfixturevalue("sink_for")(
        fault=lambda phase, to: f"550 5.1.1 <{to}> {CANARY['first_name']} unknown" if phase == "rcpt" else None
    )
    alice = sign_in(union.alice)
    alice.raise_request_exception = False
    draft = make_draft(union.mandate(union.alice))
    reach = alice.get(reverse("mailings:check", args=[draft.public_id])).context["ledger"].mail
    assert reach == 1
    confirm = {"version": Mailing.unscoped.get(pk=draft.pk).version, "count": reach}
    assert alice.post(reverse("mailings:confirm", args=[draft.public_id]), confirm).status_code == 302
    Mailing.unscoped.filter(pk=draft.pk).update(due_at=timezone.now() - datetime.timedelta(minutes=1))
    tasks.sweep()
    send_everything()
    assert Recipient.unscoped.get(member=canary).state == "failed"
    report = reverse("mailings:sent", args=[draft.public_id])
    assert CANARY["last_name"] in alice.get(report).content.decode()

    for failure in (careless, a_twin):  # a view and a task that fail with a person's data in their words
        logs.AlarmMail.mailed.clear()
        monkeypatch.setattr(sent_view, "course", failure)
        assert alice.get(report, {"q": CANARY["last_name"]}).status_code == 500
        monkeypatch.setattr(dispatch, "send_test", failure)
        assert tasks.send_test.apply((draft.pk, union.alice.pk)).failed()
    token = unsubscribe.link(canary.public_id, draft.topic_id).rpartition("/u/")[2]
    Client().get(f"/u/{token}x/")
    logging.getLogger("anything").warning("%s wrote to %s", Broken(CANARY["first_name"]), CANARY["email"])
    logging.getLogger("anything").error(Broken(CANARY["last_name"]))

    words = told.read_text()
    assert traces_in(words) == []
    assert token[:-2] not in words
    assert f"mailing {draft.public_id}: confirmed by user {union.alice.pk}" in words
    assert words.count("test_s22_logs.Broken") >= 6  # what happened is told, and where
    assert "IntegrityError" in words
    assert "in careless" in words
    reports = [f"{one.subject}\n{one.body}" for one in mail.outbox if one.to == ["drift@example.org"]]
    assert len(reports) >= 4
    assert traces_in("\n".join(reports)) == []
    assert any("Internal Server Error" in report and "in a_twin" in report for report in reports)


@pytest.mark.once
def test_the_canary_would_be_found():
    """Otherwise the tests here would prove nothing."""
    assert traces_in("x Kanariea") == ["Kanariea"]
    assert traces_in(json.dumps("Sångfågelsdotter")) == ["Sångfågelsdotter"]
    assert traces_in("GULA.FJADERN%40") == ["gula.fjadern"]


@pytest.mark.once
def test_every_way_out_is_guarded(settings):
    handlers = settings.LOGGING["handlers"]
    assert all("mask_tokens" in handler["filters"] for handler in handlers.values())
    assert settings.LOGGING["loggers"]["django"]["handlers"] == []
    assert settings.CELERY_WORKER_HIJACK_ROOT_LOGGER is False


# --- one record -----------------------------------------------------------------------------------------------------
def record(message: object, *args: object, error: BaseException | None = None, name: str = "x") -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, info)
    assert MaskTokens().filter(made)
    return made


@pytest.mark.once
@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("to åsa.lind@exempel.example.se now", "to <address> now"),
        ("?next=a%40example.com&x", "?next=<address>&x"),
        ("Key (email)=(a@example.com) exists", "Key (email)=(<address>) exists"),
        ("redis://user:secret@redis.example.com:6379/0", "redis://user:<address>:6379/0"),
        ("celery@host ready", "celery@host ready"),
        ("/u/" + "A" * 40 + "/", "/u/…/"),
    ],
)
def test_addresses_and_tokens_are_masked(said, told):
    assert record(said).getMessage() == told
    assert record("%s", said).getMessage() == told


@pytest.mark.once
def test_an_exception_keeps_its_kind_its_place_and_its_cause():
    try:
        try:
            careless()
        except Broken as error:
            raise KeyError(NUMBER) from error
    except KeyError as error:
        text = record("failed", error=error).exc_text
    assert "test_s22_logs.Broken" in text
    assert text.endswith("KeyError")
    assert text.count("in careless") == 1
    assert traces_in(text) == []


@pytest.mark.once
def test_the_words_of_the_system_and_of_our_own_exceptions_are_kept():
    from mailings.transports.base import Lost

    assert logs.kind(FileNotFoundError(2, "No such file", "Kanariea.pdf")) == "FileNotFoundError: No such file"
    assert logs.kind(Lost("421 busy")) == "mailings.transports.base.Lost: 421 busy"
    assert logs.kind(IntegrityError(f"Key (number)=({NUMBER})")) == "django.db.utils.IntegrityError"


@pytest.mark.once
def test_a_json_line_has_our_keys_and_nothing_a_library_attached(settings):
    request = RequestFactory().get("/")
    request._cached_user = make = AnonymousUser()
    assert make.pk is None
    with logs.about(request=request, request_id="r1", mailing_id=7):
        made = record("mailing %s: started", 7)
    made.data = {"args": "Kanariea"}
    found = json.loads(JsonLine().format(made))
    assert sorted(found) == ["level", "logger", "mailing_id", "message", "request_id", "time"]
    assert (found["message"], found["request_id"], found["mailing_id"]) == ("mailing 7: started", "r1", "7")


def test_lines_of_a_request_carry_its_ids(union, told, sign_in, monkeypatch):
    monkeypatch.setattr(sent_view, "course", lambda _mailing: logging.getLogger("x").warning("looked") or {})
    draft = make_draft(union.mandate(union.alice))
    Mailing.unscoped.filter(pk=draft.pk).update(state="paused")
    client = sign_in(union.alice)
    client.raise_request_exception = False
    client.get(reverse("mailings:sent", args=[draft.public_id]))
    line = next(line for line in told.read_text().splitlines() if "looked" in line)
    assert f"{draft.public_id}" in line
    assert "request_id" in line
    assert "user_id" in line


@pytest.mark.once
def test_an_error_is_mailed_once_per_place_and_quarter_of_an_hour(settings):
    settings.ADMINS = [("", "drift@example.org")]
    logs.AlarmMail.mailed.clear()
    handler = logs.AlarmMail()
    for _time in range(3):
        handler.emit(record("broken"))
    assert len(mail.outbox) == 1
    settings.ADMINS = []
    logs.AlarmMail.mailed.clear()
    handler.emit(record("broken"))
    assert len(mail.outbox) == 1


# --- real workers, real broker --------------------------------------------------------------------------------------
@pytest.mark.kill
@pytest.mark.xdist_group("kill")
@pytest.mark.timeout(180)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_workers_and_the_broker_know_no_names(database):
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "EMAIL_URL"}}
    command = [sys.executable, "-m", "tests.faults.canaries", "--database", database]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["traces"] == []
    assert found["messages_seen"] >= 2
    assert found["lines"] >= 10
    assert found["states"] == {"failed": 1, "sent": 2}


@pytest.mark.kill
@pytest.mark.xdist_group("kill")
@pytest.mark.timeout(400)
def test_a_whole_day_of_the_union_leaves_no_name_where_none_belongs():
    """From the membership file to the erasure, with Redis, a web server and workers (`union_day`)."""
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "EMAIL_URL"}}
    command = [sys.executable, "-m", "tests.security.union_day"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["traces"] == {}
    heard = found["done"].pop("tasks heard of")
    assert {"mailings.tasks.pump", "mailings.tasks.handle_facts", "mailings.tasks.print_letters"} <= set(heard)
    assert found["done"].pop("lines logged") > 100
    assert found["done"] == {
        "imported": True, "sent": 2, "named in the mail": True, "webhook, page, press, wish": [200] * 4,
        "states": ["bounced", "complained", "failed", "skipped"], "error page": 500, "alarms": True,
        "letters": "application/pdf", "exported": True, "left in the database": [],
        "the archive keeps the invitation": True,
    }  # fmt: skip
    silent = [place for place, size in found["places"].items() if not size]
    assert set(silent) <= {"log of commands", "broker, as it is", "journal"}


def test_a_user_is_named_by_number(db):
    user = make_user("Kanariea")
    request = RequestFactory().get("/")
    request._cached_user = user
    with logs.about(request=request):
        assert logs.ids() == {"user_id": str(user.pk)}
