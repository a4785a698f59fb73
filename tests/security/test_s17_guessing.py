"""S17: guessing finds nothing, nobody learns who has an account, and strangers cost no SMS."""

from __future__ import annotations

import base64
import datetime
import hashlib
import re

import pytest
import time_machine
from allauth.account import forms as allauth_forms
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comms.accounts.models import CodeMessage, Counted
from tests.accounts.steps import CONFIRM, ask, code_in, sms

HOUR = 3600  # seconds
NUMBERS = {"known": "+46701740605", "unknown": "+46701740606", "ended": "+46701740607", "shared": "+46701740608"}


@pytest.fixture
def people(union):
    for user, number in (
        (union.alice, "known"),
        (union.charlie, "ended"),
        (union.bob, "shared"),
        (union.dora, "shared"),
    ):
        user.phone = NUMBERS[number]
        user.is_active = number != "ended"
        user.save()
    return union


# --- guessing -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("guesses", [150, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("login", ["alice@example.org", NUMBERS["known"]])
def test_thousands_of_guesses_in_an_hour_from_everywhere_are_thirty(people, login, guesses, monkeypatch):
    """The strongest attacker: a new network address for every code, and three guesses at each."""
    checked = []
    monkeypatch.setattr(allauth_forms, "compare_user_code", lambda **codes: checked.append(codes) and False)
    asks = guesses // 3 + 1
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for n in range(asks):
            client = Client(REMOTE_ADDR=f"198.51.{n // 250}.{n % 250}")
            ask(client, login)
            for guess in range(3):
                client.post(CONFIRM, {"code": f"{3 * n + guess:06d}"})
            assert "_auth_user_id" not in client.session
            clock.shift(datetime.timedelta(seconds=0.99 * HOUR / asks))
    assert len(mail.outbox) + len(sms()) == 10
    assert len(checked) == 30


def test_what_is_counted_is_common_to_all_web_processes(people):
    """In a table: what a process remembers by itself would give each of them a count of its own."""
    ask(Client(), NUMBERS["known"])
    assert Counted.objects.count() >= 3


def test_the_table_of_counts_says_nothing_about_anybody(people):
    """Neither an address of a computer nor a hash that a list of all numbers would find again."""
    ask(Client(), NUMBERS["known"])
    number = hashlib.sha256(NUMBERS["known"].encode()).hexdigest()
    kept = " ".join(f"{one.cache_key} {base64.b64decode(one.value)!r}" for one in Counted.objects.all())
    assert not [said for said in ("127.0.0.1", NUMBERS["known"][1:], number, "allauth") if said in kept]


def test_from_one_address_it_is_over_even_sooner(people):
    answers = [Client().post("/accounts/login/", {"login": f"n{n}@example.org"}).status_code for n in range(40)]
    assert answers[-1] in (200, 429)
    assert len(mail.outbox) <= 20


def test_after_three_guesses_the_right_code_is_too_late(people, client):
    ask(client, NUMBERS["known"])
    right = code_in(sms()[0][1])
    for wrong in range(3):
        client.post(CONFIRM, {"code": f"{(int(right) + wrong + 1) % 1_000_000:06d}"})
    client.post(CONFIRM, {"code": right})
    assert "_auth_user_id" not in client.session


def test_asking_again_gives_no_further_guesses(people, client):
    ask(client, NUMBERS["known"])
    for action in ("resend", "mail"):
        client.post(CONFIRM, {"code": "x"})
        client.post(CONFIRM, {"action": action})
    client.post(CONFIRM, {"code": "x"})
    newest = CodeMessage.objects.latest("pk").text
    client.post(CONFIRM, {"code": code_in(newest)})
    assert "_auth_user_id" not in client.session


def test_a_code_is_good_for_ten_minutes_and_in_its_own_browser(people, client):
    ask(client, NUMBERS["known"])
    right = code_in(sms()[0][1])
    Client().post(CONFIRM, {"code": right})
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=10, seconds=1)):
        client.post(CONFIRM, {"code": right})
    assert "_auth_user_id" not in client.session


def test_wrong_passwords_with_one_number_do_not_stop_another(people, client):
    people.alice.set_password("fjäll och hav 2026")
    people.alice.save()
    for n in range(8):
        Client(REMOTE_ADDR=f"192.0.2.{n}").post(
            "/accounts/login/", {"login": NUMBERS["unknown"], "password": "no", "way": "password"}
        )
    data = {"login": NUMBERS["known"], "password": "fjäll och hav 2026", "way": "password"}
    assert client.post("/accounts/login/", data).status_code == 302


# --- who has an account -------------------------------------------------------------------------------------------
def plain(page) -> str:
    """A page without what differs on every answer: tokens, nonces, and the number that was typed."""
    text = re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', r"\1", page.content.decode())
    return re.sub(r"\+4670174060\d", "NUMBER", text)


STEPS = {
    "ask": [],
    "wrong code": [{"code": "x"}],
    "resend": [{"action": "resend"}],
    "by mail": [{"action": "mail"}],
    "by mail, again": [{"action": "mail"}, {"action": "resend"}],
    "too many": [{"code": "x"}] * 3,
    "all at once": [{"action": "resend"}, {"action": "mail"}, {"action": "resend"}, {"code": "x"}],
}


LOOK_UP = re.compile(r'SELECT .* FROM "people_user" WHERE .*"people_user"."id" = \d+')


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_known_unknown_ended_and_shared_numbers_get_the_same_answers_for_the_same_work(people, steps):
    """The same pages, the same redirects and the same queries but for looking up a person by key (under 1 ms)."""
    found = {}
    for n, (name, number) in enumerate(NUMBERS.items()):
        client = Client(REMOTE_ADDR=f"192.0.2.{n}")  # what one network address has tried counts for all its people
        with CaptureQueriesContext(connection) as queries:
            pages = [ask(client, number), *(client.post(CONFIRM, step, follow=True) for step in steps)]
        work = [query["sql"].split(' "s')[0][:30] for query in queries if not LOOK_UP.match(query["sql"])]
        found[name] = ([(page.status_code, page.redirect_chain, plain(page)) for page in pages], work)
    assert found["known"] == found["unknown"] == found["ended"] == found["shared"]


def test_only_the_account_costs_an_sms(people):
    for number in NUMBERS.values():
        ask(Client(), number)
    assert [number for number, _text in sms()] == [NUMBERS["known"]]


def test_a_wrong_password_answers_the_same_for_every_number(people):
    people.alice.set_password("fjäll och hav 2026")
    people.alice.save()
    pages = [
        Client().post("/accounts/login/", {"login": number, "password": "no", "way": "password"})
        for number in NUMBERS.values()
    ]
    assert len({plain(page) for page in pages}) == 1


def test_the_passkey_challenge_says_nothing_about_anybody(people, client):
    first, second = (Client().post("/accounts/login/passkey/challenge/").json()["publicKey"] for _ in range(2))
    assert first.pop("challenge") != second.pop("challenge")
    assert first == second
    assert not first.get("allowCredentials")


@pytest.mark.parametrize(
    "credential", ["", "x", "[]", "{}", '{"id": "x"}', '{"response": []}', "null", '{"response": {"userHandle": "MQ"}}']
)
def test_a_forged_passkey_opens_nothing(people, client, credential):
    client.post("/accounts/login/passkey/challenge/")
    answer = client.post("/accounts/login/passkey/", {"credential": credential})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert "_auth_user_id" not in client.session


def test_codes_and_numbers_are_in_no_log(people, client, caplog):
    caplog.set_level("DEBUG")
    ask(client, NUMBERS["known"])
    code = code_in(sms()[0][1])
    client.post(CONFIRM, {"code": "x"})
    client.post(CONFIRM, {"code": code})
    assert code not in caplog.text
    assert NUMBERS["known"][1:] not in caplog.text
