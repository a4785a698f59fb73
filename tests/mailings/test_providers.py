"""Mail providers: the table is true, the post office sends through them, and trouble there costs little."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from email.utils import parseaddr
from importlib.util import find_spec
from pathlib import Path

import pytest
from anymail.exceptions import AnymailUnsupportedFeature
from django.conf import settings as django_settings
from django.core import checks, mail
from django.core.mail import get_connection

from mailings import dispatch, wire
from mailings.transports import esp, make_transport, providers
from mailings.transports.base import Halted, Lost
from mailings.transports.esp import EspTransport, provider_message
from tests.mailings.design import make_draft
from tests.mailings.post import make_mailing, send_everything, states
from tests.mailings.ways import PLAYED, Told, make_mail
from tests.providers import Provider

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")
INSTALLED = [name for name in providers.KNOWN if name != "amazon_ses" or find_spec("boto3")]
ANY_KEYS = {
    f"{esp}_{key}": "x"
    for esp, keys in {
        "BREVO": "API_KEY", "MAILERSEND": "API_TOKEN", "MAILGUN": "API_KEY", "MAILJET": "API_KEY SECRET_KEY",
        "MAILTRAP": "API_TOKEN", "MANDRILL": "API_KEY", "POSTAL": "API_KEY", "POSTMARK": "SERVER_TOKEN",
        "RESEND": "API_KEY", "SCALEWAY_TEM": "SECRET_KEY PROJECT_ID", "SCALEWAY": "SECRET_KEY PROJECT_ID",
        "SENDGRID": "API_KEY", "SPARKPOST": "API_KEY", "UNISENDER_GO": "API_KEY",
    }.items()
    for key in keys.split()
} | {"POSTAL_API_URL": "https://postal.example.org", "UNISENDER_GO_API_URL": "https://go.example.org"}  # fmt: skip


@pytest.fixture
def provider_for(settings):
    """`provider_for("postmark", fault=…)`: the post office sends through it."""
    running = []

    def start(name: str = "postmark", **options: object) -> Provider:
        provider = Provider(name, **options).__enter__()
        running.append(provider)
        settings.MAIL_TRANSPORT, settings.MAIL_PROVIDER, settings.ANYMAIL = "esp", name, provider.settings
        settings.MAILING_FROM_ADDRESS = "utskick@union.example.org"
        dispatch._counter.cache_clear()
        return provider

    yield start
    dispatch._counter(os.getpid()).transport.close()
    for provider in running:
        provider.__exit__()


# --- the table ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("n", range(24))
def test_a_long_sender_name_arrives_letter_by_letter(n):
    """Wherever the encoded words of the header happen to be cut."""
    name = f"{'x' * n}Alice Sandström, Förbundet Norrsken Luleälven-Östersund"
    content = b"From: %s\r\nSubject: x\r\n\r\nx\r\n" % wire.phrase(name, "utskick@union.example.org")
    mail = make_mail(1)._replace(content=content)
    made = provider_message(mail, providers.KNOWN["postmark"])
    assert parseaddr(made.from_email) == (name, "utskick@union.example.org")


@pytest.mark.once
def test_every_provider_anymail_knows_is_in_the_table():
    folder = importlib.import_module("anymail.backends").__path__[0]
    ours = {"base", "base_requests", "console", "test", "__init__", "sendinblue"}  # the last is Brevo's old name
    known = {name.removesuffix(".py") for name in os.listdir(folder) if name.endswith(".py")} - ours
    assert known == set(providers.KNOWN)


@pytest.mark.once
@pytest.mark.parametrize("name", INSTALLED)
def test_anymail_takes_what_the_table_says_it_takes(name, settings):
    settings.ANYMAIL = ANY_KEYS
    provider = providers.KNOWN[name]
    sender = "bounces+1@union.example.org" if provider.return_path else ""
    backend = get_connection(provider.backend)
    backend.build_message_payload(provider_message(make_mail(1), provider, return_path=sender), {})


@pytest.mark.once
@pytest.mark.parametrize("name", INSTALLED)
@pytest.mark.parametrize(
    ("able", "attribute", "value"),
    [("metadata", "metadata", {"a": "b"}), ("tracking", "track_opens", False), ("tracking", "track_clicks", False)],
)
def test_what_the_table_denies_anymail_denies_too(name, able, attribute, value, settings):
    settings.ANYMAIL = ANY_KEYS
    provider = providers.KNOWN[name]
    if getattr(provider, able):
        return
    message = provider_message(make_mail(1), provider)
    setattr(message, attribute, value)
    with pytest.raises(AnymailUnsupportedFeature):
        get_connection(provider.backend).build_message_payload(message, {})


@pytest.mark.once
def test_the_document_says_what_the_table_says():
    text = (Path(django_settings.BASE_DIR) / "docs/pipeline.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| ((?:[^|]+ \| ){4}[^|]+) \|$", text, re.MULTILINE))
    said = {name: [cell in {"yes", "replaced"} for cell in row.split(" | ")] for name, row in rows.items()}
    assert said == {
        p.name: [p.metadata, p.tracking, p.return_path, p.message_id, p.utf8] for p in providers.KNOWN.values()
    }


# --- many calls at a time -------------------------------------------------------------------------------------------
@pytest.mark.once
def test_calls_grow_to_the_limit_and_never_pass_it(provider_for):
    provider = provider_for(delay=0.02)
    transport = EspTransport(providers.KNOWN["postmark"], calls=8)
    transport.deliver([make_mail(n) for n in range(1, 81)], told := Told())
    transport.close()
    assert 2 <= provider.most <= 8
    assert sorted(told.outcomes) == list(range(1, 81))
    assert sorted(provider.recipients) == sorted(f"m{n}@example.com" for n in range(1, 81))


@pytest.mark.once
def test_after_trouble_it_goes_one_by_one(provider_for):
    """A provider that begins to fail costs at most as many unknown mails as calls were open."""
    broken = []
    provider = provider_for(fault=lambda to: "error" if broken else None)
    transport = EspTransport(providers.KNOWN["postmark"], calls=6)
    transport.deliver([make_mail(n) for n in range(1, 31)], Told())
    broken.append(True)
    told, left = Told(), [make_mail(n) for n in range(31, 61)]
    with pytest.raises(Lost):
        transport.deliver(left, told)
    assert 1 <= len(told.outcomes) <= 6
    assert set(told.kinds.values()) == {"lost"}
    calls = provider.calls
    with pytest.raises(Lost):
        transport.deliver(left[len(told.outcomes) :], Told())
    transport.close()
    assert provider.calls == calls + 1


@pytest.mark.once
def test_a_provider_that_asks_for_patience_gets_it(provider_for, monkeypatch):
    monkeypatch.setattr("mailings.transports.verdicts.SHORTEST_WAIT", 0.2)
    monkeypatch.setattr(esp, "TICK_SECONDS", 0.05)
    provider_for(fault=lambda to: "later" if to == "m1@example.com" else None)
    transport = EspTransport(providers.KNOWN["postmark"])
    transport.deliver([make_mail(1), make_mail(2)], told := Told())
    transport.close()
    assert told.kinds == {1: "deferred", 2: "accepted"}
    assert told.ticks >= 1  # the heart went on beating meanwhile


@pytest.mark.once
def test_the_heart_beats_while_answers_are_awaited(provider_for, monkeypatch):
    monkeypatch.setattr(esp, "TICK_SECONDS", 0.05)
    provider_for(delay=0.4)
    transport = EspTransport(providers.KNOWN["postmark"])
    transport.deliver([make_mail(1)], told := Told())
    transport.close()
    assert told.ticks >= 1
    assert told.kinds == {1: "accepted"}


@pytest.mark.once
def test_open_calls_are_waited_for_when_the_mailing_is_halted(provider_for):
    """Their mails have left: their answers must not get lost."""
    provider_for(delay=0.05)
    transport = EspTransport(providers.KNOWN["postmark"], calls=6)
    transport.deliver([make_mail(n) for n in range(1, 31)], Told())
    told = Told(stop_at=35)
    with pytest.raises(Halted):
        transport.deliver([make_mail(n) for n in range(31, 61)], told)
    transport.close()
    assert told.kinds == dict.fromkeys(range(31, 35), "accepted")


# --- through the post office ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", PLAYED)
def test_a_mailing_goes_out_once_each(union, provider_for, name):
    provider = provider_for(name, fault=lambda to: "invalid" if to == "p7@example.com" else None)
    mailing = make_mailing(union.mandate(union.alice), to=120)
    send_everything()
    assert states(mailing) == {"sent": 119, "failed": 1}
    assert sorted(provider.recipients) == sorted(f"p{n}@example.com" for n in range(120) if n != 7)
    assert provider.troubles == []


def test_a_provider_that_only_fails_pauses_the_mailing_with_few_unknown(union, provider_for):
    provider = provider_for(fault=lambda to: "error")
    mailing = make_mailing(union.mandate(union.alice), to=100)
    send_everything()
    mailing.refresh_from_db()
    assert (mailing.state, mailing.pause_reason) == ("paused", "no_connection")
    assert provider.calls <= 20
    assert states(mailing)["unknown"] == provider.calls
    assert states(mailing)["queued"] == 100 - provider.calls


def test_a_provider_that_is_not_there_pauses_the_mailing_and_burns_nobody(union, provider_for):
    provider = provider_for()
    provider.__exit__()
    mailing = make_mailing(union.mandate(union.alice), to=100)
    send_everything()
    mailing.refresh_from_db()
    assert (mailing.state, mailing.pause_reason) == ("paused", "no_connection")
    assert states(mailing) == {"queued": 100}


def test_a_wrong_key_pauses_the_mailing_and_says_so(union, provider_for):
    provider_for(fault=lambda to: "locked")
    mailing = make_mailing(union.mandate(union.alice), to=100)
    send_everything()
    mailing.refresh_from_db()
    assert (mailing.state, mailing.pause_reason) == ("paused", "server_refuses")
    assert states(mailing) == {"queued": 100}


def test_no_address_is_logged_when_a_provider_fails(union, provider_for, caplog):
    provider_for(fault=lambda to: {"p1@example.com": "blocked", "p2@example.com": "error"}.get(to))
    make_mailing(union.mandate(union.alice), to=10)
    send_everything()
    assert "example.com" not in caplog.text


def test_a_test_to_myself_goes_the_same_way(union, provider_for):
    provider = provider_for()
    dispatch.send_test(mailing=make_draft(union.mandate(union.alice)), user=union.alice)
    assert provider.recipients == [union.alice.email]


@pytest.mark.once
def test_sign_in_codes_go_the_same_way(provider_for, settings):
    provider = provider_for()
    settings.EMAIL_BACKEND = providers.KNOWN["postmark"].backend
    message = mail.EmailMultiAlternatives("Kod", "123456", "post@union.example.org", ["anna@example.org"])
    message.attach_alternative("<p>123456", "text/html")
    message.reply_to, message.extra_headers = ["post@union.example.org"], {"X-Kind": "code"}
    message.metadata, message.track_opens, message.track_clicks = {}, False, False
    message.send()
    assert provider.recipients == ["anna@example.org"]


# --- set up ---------------------------------------------------------------------------------------------------------
def found(settings, **changes) -> list[str]:
    for name, value in changes.items():
        setattr(settings, name, value)
    return [message.id for message in checks.run_checks(tags=["mail"])]


@pytest.mark.once
def test_a_good_set_up_is_fine(settings):
    assert found(settings) == []
    assert found(settings, MAIL_PROVIDER="postmark", ANYMAIL=ANY_KEYS) == []


@pytest.mark.once
@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"MAIL_PROVIDER": "nonsense"}, ["mailings.E001"]),
        ({"MAIL_PROVIDER": "postmark", "EMAIL_URL": "smtp://x"}, ["mailings.E002"]),
        ({"MAIL_PROVIDER": "postmark", "MAIL_PROVIDER_CALLS": 0}, ["mailings.E003"]),
        ({"MAIL_PROVIDER": "postmark", "MAIL_PROVIDER_RETURN_PATH": True}, ["mailings.E004"]),
        ({"MAIL_PROVIDER": "postmark", "ANYMAIL": {}}, ["mailings.E005"]),
        ({"MAIL_PROVIDER": "postal", "ANYMAIL": {**ANY_KEYS, "POSTAL_API_URL": "http://postal.example.org"}},
         ["mailings.E006", "mailings.W002", "mailings.I001"]),
        ({"MAIL_PROVIDER": "sendgrid"}, ["mailings.W001"]),
        ({"MAIL_PROVIDER": "mailersend"}, ["mailings.W002"]),
        ({"MAIL_PROVIDER": "brevo"}, ["mailings.I001"]),
    ],
)  # fmt: skip
def test_nonsense_is_said(settings, changes, wrong):
    assert found(settings, **{"ANYMAIL": ANY_KEYS, **changes}) == wrong


@pytest.mark.once
def test_the_environment_chooses_the_provider(tmp_path):
    code = (
        "import json; from django.conf import settings as s;"
        "print(json.dumps([s.MAIL_TRANSPORT, s.EMAIL_BACKEND, s.ANYMAIL]))"
    )
    environment = {
        "PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "comms.settings",
        "MAIL_PROVIDER": "mailgun", "ANYMAIL_MAILGUN_API_KEY": "key", "ANYMAIL_SEND_DEFAULTS": '{"tags": ["x"]}',
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=django_settings.BASE_DIR, capture_output=True, check=True
    )
    way, backend, anymail = json.loads(done.stdout)
    assert (way, backend) == ("esp", "anymail.backends.mailgun.EmailBackend")
    assert anymail == {"MAILGUN_API_KEY": "key", "SEND_DEFAULTS": {"tags": ["x"]}}


@pytest.mark.once
def test_the_settings_make_the_transport(settings):
    settings.MAIL_TRANSPORT, settings.MAIL_PROVIDER, settings.MAIL_PROVIDER_CALLS = "esp", "postmark", 5
    transport = make_transport()
    assert (transport.provider.name, transport.calls, transport.return_path) == ("postmark", 5, False)
