"""Signing in with the mobile: an SMS, or a mail in its place; and changing the number."""

from __future__ import annotations

import datetime

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from comms.accounts.models import CodeMessage
from comms.people.models import User
from tests.accounts.steps import CONFIRM, ask, code_in, sms, work

ALICE, FREE = "+46701740605", "+46701740606"


@pytest.fixture
def alice(union) -> User:
    union.alice.phone = ALICE
    union.alice.save()
    return union.alice


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


@pytest.mark.parametrize("typed", ["070-174 06 05", "+46 70 174 06 05", "0046701740605", "\u200b0701740605 "])
def test_alice_signs_in_with_the_code_from_an_sms(alice, client, typed):
    page = ask(client, typed)
    assert ALICE in page.content.decode()
    ((number, text),) = sms()
    assert number == ALICE
    assert text.splitlines()[-1] == f"@127.0.0.1 #{code_in(text)}"
    assert mail.outbox == []
    client.post(CONFIRM, {"code": code_in(text)})
    assert who(client) == str(alice.pk)


def test_the_sms_speaks_the_language_of_the_account(alice, client):
    User.objects.filter(pk=alice.pk).update(language="en")
    ask(client, ALICE, HTTP_ACCEPT_LANGUAGE="sv")
    assert "is your code for" in sms()[0][1]


def test_an_sms_that_does_not_come_is_sent_again_or_by_mail(alice, client):
    ask(client, ALICE)
    client.post(CONFIRM, {"action": "resend"})
    first, second = (code_in(text) for _number, text in sms())
    assert first != second
    page = client.post(CONFIRM, {"action": "mail"}, follow=True).content.decode()
    assert "alice@example.org" not in page  # whoever typed a number does not learn the address
    work()
    (letter,) = mail.outbox
    assert (letter.to, letter.extra_headers["Auto-Submitted"]) == (["alice@example.org"], "auto-generated")
    assert code_in(letter.subject) in letter.body
    client.post(CONFIRM, {"code": second})
    assert who(client) is None  # only the newest works
    client.post(CONFIRM, {"code": code_in(letter.subject)})
    assert who(client) == str(alice.pk)


def test_by_mail_goes_once_more_as_a_new_code_until_there_have_been_three(alice, client):
    ask(client, ALICE)
    client.post(CONFIRM, {"action": "mail"})
    client.post(CONFIRM, {"action": "resend"})
    page = client.get(CONFIRM).content.decode()
    assert 'value="resend"' not in page
    assert CodeMessage.objects.count() == 3


def test_a_password_goes_with_the_mobile_too(alice, client):
    alice.set_password("fjäll och hav 2026")
    alice.save()
    data = {"login": "070-174 06 05", "password": "fjäll och hav 2026", "way": "password"}
    assert client.post("/accounts/login/", data)["Location"] == "/"
    assert who(client) == str(alice.pk)


def test_a_number_of_two_people_signs_nobody_in(alice, union, client):
    User.objects.filter(pk=union.bob.pk).update(phone=ALICE)
    page = ask(client, ALICE)
    assert page.status_code == 200
    assert sms() == []


@pytest.mark.parametrize("typed", ["12", "+1 212 555 0123", "alice", "070174060"])
def test_what_cannot_get_an_sms_is_explained_beside_the_field(alice, client, typed):
    page = client.post("/accounts/login/", {"login": typed})
    assert page.status_code == 200
    assert 'id="id_login_error"' in page.content.decode()
    assert CodeMessage.objects.count() == 0


def test_a_number_abroad_gets_nothing_even_from_an_account(alice, settings, client):
    settings.SMS_COUNTRIES = ["NO"]
    ask(client, ALICE)
    assert CodeMessage.objects.count() == 0


# --- the number on the account ------------------------------------------------------------------------------------
def test_a_new_number_counts_once_its_code_came_back(union, sign_in):
    client = sign_in(union.alice)
    assert client.post("/account/phone/", {"phone": "070-174 06 05"})["Location"] == "/account/phone/code/"
    union.alice.refresh_from_db()
    assert union.alice.phone == ""
    ((number, text),) = sms()
    assert number == ALICE
    client.post("/account/phone/code/", {"code": code_in(text)})
    union.alice.refresh_from_db()
    assert union.alice.phone == ALICE


def test_three_wrong_codes_end_the_change(union, sign_in):
    client = sign_in(union.alice)
    client.post("/account/phone/", {"phone": ALICE})
    right = code_in(sms()[0][1])
    for _ in range(3):
        client.post("/account/phone/code/", {"code": "0" if right != "000000" else "1"})
    assert client.post("/account/phone/code/", {"code": right})["Location"] == "/account/phone/"
    union.alice.refresh_from_db()
    assert union.alice.phone == ""


def test_the_number_of_another_account_is_not_taken_over(alice, union, sign_in):
    client = sign_in(union.charlie)
    client.post("/account/phone/", {"phone": ALICE})
    page = client.post("/account/phone/code/", {"code": code_in(sms()[0][1])})
    assert page.status_code == 200
    union.charlie.refresh_from_db()
    assert union.charlie.phone == ""


def test_a_number_is_taken_away_without_a_code(alice, sign_in):
    assert sign_in(alice).post("/account/phone/", {"phone": ""})["Location"] == "/account/"
    alice.refresh_from_db()
    assert alice.phone == ""


def test_an_older_sign_in_changes_no_number(union, sign_in):
    client = sign_in(union.alice)
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=16)):
        page = client.post("/account/phone/", {"phone": ALICE})
    assert "accounts/sign_in_again.html" in [template.name for template in page.templates]
    assert CodeMessage.objects.count() == 0


def test_staff_cannot_give_one_number_to_two_people(alice, union, sign_in):
    data = {"first_name": "Bo", "last_name": "Ek", "email": "bo@example.org", "phone": "0701740605", "language": "sv"}
    page = sign_in(union.sara).post("/staff/users/new/", data)
    assert 'id="id_phone_error"' in page.content.decode()
    assert not User.objects.filter(email="bo@example.org").exists()
    answer = sign_in(union.sara).post("/staff/users/new/", {**data, "phone": FREE})
    assert answer.status_code == 302
