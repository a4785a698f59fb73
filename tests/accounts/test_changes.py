"""A mail tells what changed about how one signs in: what, when, on which device, in one's own language."""

from __future__ import annotations

import datetime

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import call_command
from django.test import Client

from comms.accounts import changes
from comms.accounts.models import CodeMessage
from tests.accounts.steps import code_in, set_up_app, sign_in_by_mail

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def alice(union) -> Client:
    """Reads English, signed in with Firefox a moment ago."""
    type(union.alice).objects.filter(pk=union.alice.pk).update(language="en", phone="+46701740605")
    client = Client(headers={"user-agent": FIREFOX})
    sign_in_by_mail(client, union.alice.email)
    mail.outbox.clear()
    return client


def told() -> list[str]:
    """The lines about what changed, of every mail so far."""
    known = {str(words) for name, words in vars(changes).items() if name.isupper()}
    return [line for message in mail.outbox for line in message.body.splitlines() if line in known]


def test_the_mail_says_what_when_and_where_and_what_to_do(union, alice):
    with time_machine.travel(datetime.datetime(2027, 3, 1, 8, 30, tzinfo=datetime.UTC), tick=False):
        sign_in_by_mail(alice, union.alice.email)
        mail.outbox.clear()
        alice.post("/account/password/", {"new_password1": "fjäll och hav 2026", "new_password2": "fjäll och hav 2026"})
    (message,) = mail.outbox
    assert message.to == [union.alice.email]
    assert message.subject == "The way you sign in has changed"
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert "A new password was chosen." in message.body
    assert "When: 1 March 2027 09.30" in message.body
    assert "Where: Firefox, Windows" in message.body
    assert "If it was not you" in message.body
    assert "http://127.0.0.1:8000/account/" in message.body


def test_everything_that_protects_an_account_is_told(union, alice):
    set_up_app(alice)
    assert told() == [changes.APP_ADDED, changes.CODES_MADE]
    assert len(mail.outbox) == 1
    mail.outbox.clear()
    alice.post("/account/second-step/codes/")
    Authenticator.objects.create(user=union.alice, type="webauthn", data={"name": "phone", "credential": {}})
    alice.post(f"/account/passkeys/{Authenticator.objects.get(type='webauthn').pk}/remove/")
    alice.post("/account/second-step/app/remove/")
    assert told() == [changes.CODES_MADE, changes.PASSKEY_REMOVED, changes.APP_REMOVED, changes.CODES_REMOVED]


def test_a_new_number_is_told_once_it_is_confirmed_and_its_removal_too(union, alice):
    alice.post("/account/phone/", {"phone": "+46701740605"})  # the same
    alice.post("/account/phone/", {"phone": "+46701740606"})
    assert told() == []
    alice.post("/account/phone/code/", {"code": code_in(CodeMessage.objects.latest("pk").text)})
    assert told() == [changes.PHONE_CHANGED]
    alice.post("/account/phone/", {"phone": ""})
    assert told() == [changes.PHONE_CHANGED, changes.PHONE_REMOVED]


def test_what_staff_reset_is_told_without_a_device(union, alice):
    set_up_app(alice)
    mail.outbox.clear()
    call_command("reset_second_step", union.alice.email)
    assert told() == [changes.ALL_REMOVED]
    assert "Where:" not in mail.outbox[0].body


def test_what_did_not_happen_is_not_told(union, alice):
    alice.post("/account/password/", {"new_password1": "short", "new_password2": "short"})
    alice.post("/account/second-step/app/remove/")
    alice.post("/account/second-step/codes/")
    assert mail.outbox == []


def test_a_mail_server_that_does_not_answer_undoes_nothing(union, alice, monkeypatch, caplog):
    monkeypatch.setattr(
        "django.core.mail.EmailMessage.send", lambda *_args, **_kwargs: (_ for _ in ()).throw(OSError())
    )
    data = {"new_password1": "fjäll och hav 2026", "new_password2": "fjäll och hav 2026"}
    assert alice.post("/account/password/", data).status_code == 302
    union.alice.refresh_from_db()
    assert union.alice.check_password("fjäll och hav 2026")
    assert [record.levelname for record in caplog.records if "was not sent" in record.message] == ["ERROR"]
    assert union.alice.email not in caplog.text
