"""Where I am signed in; the box that remembers a device; ending a sign-in elsewhere."""

from __future__ import annotations

import datetime

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.test import Client

from comms.accounts.devices import in_words
from comms.people.models import User
from tests.accounts.steps import sign_in_by_mail

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 "
    "Mobile/15E148 Safari/604.1"
)
OFFICE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
NOW = datetime.datetime(2027, 3, 1, 8, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def browser(user: User, *, own: bool = False, agent: str = PHONE, address: str = "192.0.2.7") -> Client:
    """Signed in with a code by mail, with or without the tick in the box."""
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    sign_in_by_mail(client, user.email, **({"remember": "on"} if own else {}))
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_without_the_tick_the_sign_in_ends_with_the_browser(union):
    client = browser(union.alice)
    assert client.cookies["sessionid"]["max-age"] == ""
    assert is_in(client)


def test_with_the_tick_it_lasts_fourteen_days_and_the_box_stays_ticked(union, clock):
    client = browser(union.alice, own=True)
    assert client.cookies["sessionid"]["max-age"] == 14 * 24 * 3600
    clock.shift(11 * HOUR)
    assert is_in(client)
    clock.shift(11 * HOUR)
    assert is_in(client)
    client.post("/accounts/logout/")
    assert client.get("/accounts/login/").context["form"]["remember"].initial is True
    assert Client().get("/accounts/login/").context["form"]["remember"].initial is False


def test_a_sign_in_without_the_tick_forgets_the_device(union):
    client = browser(union.alice, own=True)
    client.post("/accounts/logout/")
    sign_in_by_mail(client, union.alice.email)
    client.post("/accounts/logout/")
    assert client.get("/accounts/login/").context["form"]["remember"].initial is False


def test_a_password_remembers_the_device_just_so(union):
    union.alice.set_password("fjäll och hav 2026")
    union.alice.save()
    for own, age in ((True, 14 * 24 * 3600), (False, "")):
        client, tick = Client(), {"remember": "on"} if own else {}
        data = {"login": union.alice.email, "password": "fjäll och hav 2026", "way": "password", **tick}
        client.post("/accounts/login/", data)
        assert client.cookies["sessionid"]["max-age"] == age
        assert client.session.get("own_device") is own


def test_the_list_says_device_place_and_time_and_which_is_this(union, clock):
    client = browser(union.alice, own=True)
    clock.shift(HOUR)
    browser(union.alice, agent=OFFICE, address="198.51.100.4")
    browser(union.charlie, address="203.0.113.9")
    page = client.get("/account/devices/")
    found = page.context["devices"]
    assert [(d.words, d.address, d.own, d.this) for d in found] == [
        ("Safari, iPhone", "192.0.2.7", True, True),
        ("Firefox, Windows", "198.51.100.4", False, False),
    ]
    assert [d.seen for d in found] == [NOW + HOUR] * 2  # looking at the list is a sign of life
    assert "203.0.113.9" not in page.content.decode()


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_asks_the_same_for_one_and_three(union, n, django_assert_num_queries):
    clients = [browser(union.alice) for _ in range(n)]
    with django_assert_num_queries(5):  # session, user, scope, and two for the list
        page = clients[0].get("/account/devices/")
    assert len(page.context["devices"]) == n


def test_ended_sign_ins_are_not_listed(union, clock):
    idle, gone, client = browser(union.alice), browser(union.alice), browser(union.alice, own=True)
    gone.post("/accounts/logout/")
    clock.shift(6 * HOUR)
    assert is_in(client)
    clock.shift(6 * HOUR)
    (left,) = client.get("/account/devices/").context["devices"]
    assert left.this
    assert not is_in(idle)


def test_one_sign_in_is_ended_from_another_device(union):
    client, other = browser(union.alice), browser(union.alice, agent=OFFICE)
    pk = UserSession.objects.get(session_key=other.session.session_key).pk
    assert client.get(f"/account/devices/{pk}/end/").status_code == 405
    assert client.post(f"/account/devices/{pk}/end/")["Location"] == "/account/devices/"
    assert (is_in(client), is_in(other)) == (True, False)
    assert client.post(f"/account/devices/{pk}/end/").status_code == 404


def test_nobody_ends_the_sign_in_of_another(union):
    alice, charlie = browser(union.alice), browser(union.charlie)
    pk = UserSession.objects.get(session_key=alice.session.session_key).pk
    assert charlie.post(f"/account/devices/{pk}/end/").status_code == 404
    charlie.post("/account/devices/end-others/")
    assert is_in(alice)


def test_all_others_are_ended_at_once(union):
    client, others = browser(union.alice), [browser(union.alice) for _ in range(2)]
    page = client.post("/account/devices/end-others/", follow=True).content.decode()
    assert 'class="notice success"' in page
    assert [is_in(other) for other in others] == [False, False]
    assert is_in(client)


def test_a_new_password_ends_the_others_and_keeps_this_one_in_the_list(union):
    client, other = browser(union.alice), browser(union.alice)
    new = {"new_password1": "björk under snö 7", "new_password2": "björk under snö 7"}
    client.post("/account/password/", new)
    (left,) = client.get("/account/devices/").context["devices"]
    assert left.this
    assert not is_in(other)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (OFFICE, "Firefox, Windows"),
        ("Mozilla/5.0 (Linux; Android 16; K) Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605.1.15", "Safari, Mac"),
        ("curl/8", "Okänd enhet"),
        ("", "Okänd enhet"),
    ],
)  # fmt: skip
def test_devices_have_the_names_people_use(agent, words):
    assert in_words(agent) in (words, "Unknown device")
