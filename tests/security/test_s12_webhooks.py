"""Threat S12: forged and replayed webhooks. What providers post, through the real addresses and signature checks."""

from __future__ import annotations

import json
import logging
import time

import pytest
from django.core.checks import run_checks
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from mailings.facts import checks, intake, return_path
from mailings.models import DeliveryEvent, RawFact
from mailings.views import webhooks
from tests.mailings.facts import providers
from tests.mailings.facts.conftest import configured  # noqa: F401  (found by name)
from tests.mailings.facts.providers import ALL, NO_SUCH_USER
from tests.mailings.facts.reports import complaint, report
from tests.mailings.facts.rows import doubts, raw, said, sent, settle, state, suppressed

pytestmark = pytest.mark.django_db
NAMES = list(ALL)
TELL_DELIVERY = ["mailgun", "mailersend", "postmark"]  # the fourth tells only what goes wrong
KINDS = {
    "delivered": "delivered",
    "bounced": "bounced",
    "complained": "complained complained",
    "accepted": "sent",
    "deferred": "sent",
    "rejected": "bounced not_sent_on",
    "unsubscribed": "sent",
}
TELLS = [
    *((name, kind) for name in NAMES for kind in ("bounced", "complained")),
    *((name, "delivered") for name in TELL_DELIVERY),
    ("mailersend", "accepted"), ("mandrill", "accepted"), ("mailgun", "deferred"), ("postmark", "deferred"),
    ("mandrill", "deferred"), ("postmark", "rejected"), ("mandrill", "rejected"), ("mailgun", "unsubscribed"),
    ("mandrill", "unsubscribed"),
]  # fmt: skip


@pytest.fixture
def row(union):
    return sent(union, to=["a@example.com"])[1][0]


# --- events ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "kind"), TELLS)
def test_an_event_is_stored_acknowledged_and_then_understood(name, kind, row, client):
    assert ALL[name](row.public_id, kind, reply="").by(client).status_code == 200
    assert (state(row), raw()) == ("sent", {"new": 1})
    settle()
    assert said(row).startswith(KINDS[kind])
    assert DeliveryEvent.objects.get().source == name


@pytest.mark.parametrize(("name", "kind"), [(name, "opened") for name in NAMES])
def test_who_opened_a_mail_is_not_kept(name, kind, row, client):
    assert ALL[name](row.public_id, kind).by(client).status_code == 200
    assert raw() == {}


@pytest.mark.parametrize("name", ["mailgun", "postmark", "mandrill"])
def test_the_answer_of_the_server_is_kept_without_the_address(name, row, client):
    ALL[name](row.public_id, "bounced", reply=f"{NO_SUCH_USER}: a@example.com").by(client)
    settle()
    assert said(row) == "bounced mailbox_unknown"
    assert row.reply == f"{NO_SUCH_USER}: <address>"
    stored = json.dumps(list(RawFact.objects.values()), default=str)
    assert "example.com" not in stored
    assert (doubts(), suppressed()) == (1, [])


@pytest.mark.parametrize("name", TELL_DELIVERY)
def test_an_event_about_an_unknown_mail_resolves_it(name, union, client):
    mailing, [row] = sent(union, state="unknown")
    ALL[name](row.public_id, "delivered").by(client)
    settle()
    assert state(row) == "delivered"
    assert mailing.batches.get().unknown == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_hundred_replays_are_answered_and_count_once(name, row, client):
    post = ALL[name](row.public_id, "bounced", reply=NO_SUCH_USER)
    assert {post.by(client).status_code for _n in range(100)} == {200}
    settle()
    assert (RawFact.objects.count(), DeliveryEvent.objects.count(), doubts()) == (1, 1, 1)


@pytest.mark.parametrize("name", NAMES)
def test_reversed_order_ends_the_same(name, row, client):
    for kind in ("complained", "bounced", "delivered"):
        ALL[name](row.public_id, kind).by(client)
        settle()
    assert said(row) == "complained complained"


def test_an_event_that_names_no_mail_of_ours_is_answered_and_dropped(client):
    post = providers.postmark(return_path.uuid.uuid4(), "bounced")
    body = json.loads(post.body) | {"Metadata": {"recipient": "nonsense"}, "MessageID": "foreign"}
    assert post._replace(body=json.dumps(body).encode()).by(client).status_code == 200
    assert raw() == {}


# --- who may tell ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("secret", ["", "Basic aG9vazp3cm9uZw==", "Bearer x", "Basic !"])
def test_without_the_secret_nothing_is_stored(name, secret, row, client):
    post = ALL[name](row.public_id, "bounced")
    assert post.by(client, Authorization=secret).status_code == 400
    assert raw() == {}


@pytest.mark.parametrize("name", ["mailersend", "mandrill"])
def test_an_altered_body_is_refused(name, row, client):
    word = {"mailersend": "hard_bounced", "mandrill": "hard_bounce"}[name]
    other = {"mailersend": "spam_complaint", "mandrill": "spam"}[name]
    assert ALL[name](row.public_id, "bounced").altered(word, other).by(client).status_code == 400
    assert raw() == {}


def test_an_altered_body_under_a_used_mailgun_token_changes_nothing(row, client):
    """Its signature does not cover the body: the token counts once."""
    post = providers.mailgun(row.public_id, "delivered")
    assert post.by(client).status_code == 200
    assert post.altered('"event": "delivered"', '"event": "complained"').by(client).status_code == 200
    settle()
    assert (state(row), suppressed()) == ("delivered", [])


@pytest.mark.parametrize("hours", [25, 1000, -25])
def test_a_mailgun_signature_does_not_count_for_ever(hours, row, client):
    post = providers.mailgun(row.public_id, "bounced", at=time.time() - hours * 3600)
    assert post.by(client).status_code == 400
    assert raw() == {}
    assert providers.mailgun(row.public_id, "bounced", at=time.time() - 8 * 3600).by(client).status_code == 200


@pytest.mark.parametrize("name", ["mailgun", "mailersend", "mandrill"])
def test_a_wrong_signature_is_refused(name, row, client, settings):
    post = ALL[name](row.public_id, "bounced")
    keys = {key: "another key" for key in settings.ANYMAIL if key.endswith(("KEY", "SECRET")) and key[:3] == "MAI"}
    settings.ANYMAIL = {**settings.ANYMAIL, **keys, "MANDRILL_WEBHOOK_KEY": "another key"}
    assert post.by(client).status_code == 400
    assert raw() == {}


@pytest.mark.parametrize("name", NAMES)
def test_rubbish_is_refused_and_breaks_nothing(name, row, client):
    post = ALL[name](row.public_id, "bounced")
    for body in (
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\x00",
        post.body[:-20],
        b"a=b",
        b'{"signature": 1, "event-data": 2}',
    ):
        assert post._replace(body=body).by(client).status_code in {200, 400}, body
    assert raw() == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_body_too_large_is_refused_before_it_is_read(name, row, client):
    post = ALL[name](row.public_id, "bounced")
    assert post._replace(body=b" " * (webhooks.MOST_BYTES + 1)).by(client).status_code == 413
    assert raw() == {}


@pytest.mark.parametrize("missing", [{}, {"WEBHOOK_SECRET": ""}, {"WEBHOOK_SECRET": []}])
def test_without_a_secret_there_are_no_webhooks(missing, row, client, settings):
    post = providers.postmark(row.public_id, "bounced")
    settings.ANYMAIL = missing
    assert post.by(client).status_code == 404


@pytest.mark.parametrize("path", ["brevo/tracking/", "mailgun/", "mailgun/nonsense/", "nobody/tracking/", "../admin/"])
def test_what_is_not_configured_does_not_exist(path, client):
    assert client.post(f"/webhooks/{path}", b"{}", content_type="application/json").status_code == 404


def test_a_webhook_answers_post_and_the_question_whether_it_is_there(client):
    found = {name: getattr(client, name)("/webhooks/postmark/tracking/").status_code for name in ("get", "put", "head")}
    assert found == {"get": 405, "put": 405, "head": 200}


# --- never acknowledged before it is kept ---------------------------------------------------------------------------
def test_what_could_not_be_stored_is_not_acknowledged(row, monkeypatch):
    def away(*_: object, **__: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(intake.RawFact.objects, "bulk_create", away)
    client = Client(raise_request_exception=False)
    assert providers.postmark(row.public_id, "bounced").by(client).status_code == 500


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_is_acknowledged_is_committed(row, monkeypatch):
    """The disk fills at the very commit: the provider must hear of it, and tell again."""

    def full() -> None:
        connection.rollback()
        raise OperationalError("disk full")

    client = Client(raise_request_exception=False)
    post = providers.postmark(row.public_id, "bounced")
    with monkeypatch.context() as patch:
        patch.setattr(connection, "commit", full)
        assert post.by(client).status_code == 500
    assert raw() == {}
    answered: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(intake, "ring", lambda: answered.append(RawFact.objects.count()))  # after the commit
        assert post.by(client).status_code == 200
    assert (answered, connection.in_atomic_block, raw()) == ([1], False, {"new": 1})


def test_of_several_events_in_one_request_all_are_kept_or_none(row, client, monkeypatch):
    post = providers.mandrill(row.public_id, "bounced")
    stored, real = [], intake.store

    def second_fails(facts, *, now):
        stored.append(1)
        if len(stored) == 2:
            raise OperationalError("away")
        real(facts, now=now)

    monkeypatch.setattr(intake, "store", second_fails)
    monkeypatch.setattr(
        "anymail.webhooks.mandrill.MandrillCombinedWebhookView.parse_events",
        lambda self, request: [
            self.esp_to_anymail_event(one) for one in json.loads(request.POST["mandrill_events"]) * 2
        ],
    )
    assert post.by(Client(raise_request_exception=False)).status_code == 500
    assert (len(stored), raw()) == (2, {})


def test_no_address_and_no_secret_reach_the_log(row, client, caplog):
    caplog.set_level(logging.DEBUG)
    for name in NAMES:
        post = ALL[name](row.public_id, "bounced", reply="550 a@example.com")
        post.by(client)
        post.by(client, Authorization="Basic aG9vazp3cm9uZw==")
        post._replace(body=post.body[:-9]).by(client)
    settle()
    written = " ".join(record.getMessage() + str(record.exc_info or "") for record in caplog.records)
    assert "refused" in written
    assert not [word for word in ("example.com", providers.SECRET, providers.BASIC, "wrong") if word in written]


# --- mail that a provider takes in ----------------------------------------------------------------------------------
def test_a_report_that_a_provider_takes_in_counts_like_any_other(row, client):
    path = return_path.address(row.public_id)
    for _n in range(3):
        assert providers.mailgun_inbound(report(path=path), to=path).by(client).status_code == 200
    settle()
    assert said(row) == "bounced mailbox_unknown"
    assert RawFact.objects.get().source == "dsn"


def test_so_does_a_complaint(row, client):
    raw_mail = complaint(path=return_path.address(row.public_id))
    assert providers.mailgun_inbound(raw_mail, to="complaints@union.example.org").by(client).status_code == 200
    settle()
    assert said(row) == "complained complained"


def test_a_forged_one_is_taken_and_changes_nothing(row, client):
    forged = f"bounces+{row.public_id.hex}@union.example.org"
    assert providers.mailgun_inbound(report(path=forged), to=forged).by(client).status_code == 200
    assert (state(row), raw()) == ("sent", {})


# --- system checks --------------------------------------------------------------------------------------------------
def ids(**options: object) -> set[str]:
    return {message.id for message in run_checks(**options) if message.id.startswith("mailings.")}


def test_a_complete_configuration_passes(settings):
    assert ids() == set()
    settings.WEBHOOK_PROVIDERS = []
    settings.ANYMAIL = {}
    assert ids() == set()


@pytest.mark.parametrize("secret", [None, "", [], "short:er", "no-colon-in-this-long-secret", ["a:b" * 10, "x"]])
def test_webhooks_without_a_real_secret_fail_the_check(secret, settings):
    settings.ANYMAIL = {**providers.SETTINGS, "WEBHOOK_SECRET": secret}
    assert ids() == {"mailings.E011"}


def test_an_unknown_provider_or_a_missing_key_fails_the_check(settings):
    settings.WEBHOOK_PROVIDERS = ["nobody"]
    assert ids() == {"mailings.E012"}
    settings.WEBHOOK_PROVIDERS = ["mailgun"]
    settings.ANYMAIL = {"WEBHOOK_SECRET": providers.SECRET}
    [error] = checks.webhook_providers_are_known_and_complete()
    assert "mailgun" in error.msg.lower()
    assert providers.SECRET not in error.msg


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("imaps://user:secret@mail.example.org/INBOX", set()), ("imap://user:secret@127.0.0.1:1143/INBOX", set()),
        ("imap://user:secret@mail.example.org/INBOX", {"mailings.E013"}),
        ("https://mail.example.org", {"mailings.E013"}),
        ("imaps://mail.example.org", {"mailings.E013"}), ("imaps://user:secret@h:x/", {"mailings.E013"}),
    ],
)  # fmt: skip
def test_the_mailbox_must_be_encrypted(url, found, settings):
    settings.BOUNCE_IMAP_URL = url
    messages = [message for message in run_checks() if message.id == "mailings.E013"]
    assert {message.id for message in messages} == found
    assert "secret" not in " ".join(message.msg for message in messages)


def test_facts_of_the_future_and_of_long_ago_are_stored(row, client):
    post = providers.postmark(row.public_id, "delivered")
    assert post.altered("2026-11-25T10", "1999-11-25T10").by(client).status_code == 200
    assert RawFact.objects.get().happened_at < timezone.now()
