"""A sign-in ends after 12 idle hours and after 14 days; caches keep nothing; the staff door is closed."""

from __future__ import annotations

import datetime

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import translation

START = datetime.datetime(2027, 3, 1, 8, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def on_own_device(client: Client) -> Client:
    session = client.session
    session["own_device"] = True
    session.save()
    return client


def test_twelve_idle_hours_end_a_sign_in(union, sign_in, clock):
    client = on_own_device(sign_in(union.alice))
    clock.shift(11.9 * HOUR)
    assert is_in(client)
    clock.shift(11.9 * HOUR)
    assert is_in(client)
    clock.shift(12 * HOUR)
    assert not is_in(client)


def test_twelve_hours_end_a_sign_in_on_a_device_of_others_however_busy(union, sign_in, clock):
    client = sign_in(union.alice)
    for _ in range(11):
        clock.shift(HOUR)
        assert is_in(client)
    clock.shift(HOUR)
    assert not is_in(client)


def test_fourteen_days_end_a_sign_in_however_busy(union, sign_in, clock):
    client = on_own_device(sign_in(union.alice))
    for _ in range(28 * 2 - 1):
        clock.shift(6 * HOUR)
        assert is_in(client)
    clock.shift(6 * HOUR)
    assert not is_in(client)


def test_after_the_end_the_page_asks_to_sign_in_and_comes_back(union, sign_in, clock):
    client = sign_in(union.alice)
    clock.shift(13 * HOUR)
    answer = client.get("/account/")
    assert answer["Location"] == "/accounts/login/?next=/account/"
    assert client.get(answer["Location"]).content.decode().count('class="notice info"') == 1


def test_reading_pages_writes_the_session_at_most_every_five_minutes(union, sign_in, clock, django_assert_num_queries):
    client = sign_in(union.alice)
    with django_assert_num_queries(6):  # session, user, scope, mandates, where signed in, second steps
        client.get("/account/")
    clock.shift(datetime.timedelta(minutes=6))
    client.get("/account/")
    assert client.session["seen"] == (START + datetime.timedelta(minutes=6)).timestamp()
    assert client.session["since"] == START.timestamp()


def test_an_ended_account_is_out_at_the_next_click(union, sign_in):
    client = sign_in(union.alice)
    type(union.alice).objects.filter(pk=union.alice.pk).update(is_active=False)
    assert not is_in(client)


def test_caches_keep_nothing_of_a_signed_in_person(union, sign_in, client):
    assert sign_in(union.alice).get("/account/")["Cache-Control"] == "private, no-store"
    assert sign_in(union.alice).get("/nothing/")["Cache-Control"] == "private, no-store"
    assert client.get("/nothing/")["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/snippets/", "/admin/users/", "/admin/reports/"])
def test_the_staff_admin_does_not_exist_for_representatives(union, sign_in, client, path):
    for person in (union.alice, union.bob, union.dora, union.sara):
        assert sign_in(person).get(path).status_code == 404
    assert client.get(path)["Location"].startswith("/accounts/login/?next=/admin/")


def test_template_editors_enter_the_staff_admin_while_they_are_staff(union, sign_in):
    for person in (union.sara, union.alice):
        person.groups.add(Group.objects.get(name="Template editors"))
    assert sign_in(union.sara).get("/admin/").status_code == 200
    assert sign_in(union.alice).get("/admin/").status_code == 404


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("da, en;q=0.5", "da"), ("no", "nb"), ("nn-NO", "nb"), ("fi", "sv"), ("en-GB", "en"), ("", "sv")],
)
def test_anonymous_pages_speak_the_browsers_language(db, client, asked, spoken):
    page = client.get("/accounts/login/", headers={"accept-language": asked})
    assert f'<html lang="{spoken}">' in page.content.decode()


def test_a_signed_in_person_reads_their_own_language(union, sign_in):
    union.alice.language = "da"
    union.alice.save()
    page = sign_in(union.alice).get("/account/", headers={"accept-language": "sv"})
    assert '<html lang="da">' in page.content.decode()


def test_the_language_is_switched_by_post_and_kept(union, sign_in, client):
    assert client.get("/language/?language=en").status_code == 405
    assert client.post("/language/", {"language": "xx"}).status_code == 404
    answer = client.post("/language/", {"language": "en", "next": "/accounts/login/"})
    assert answer["Location"] == "/accounts/login/"
    assert '<html lang="en">' in client.get("/accounts/login/").content.decode()
    alice = sign_in(union.alice)
    assert alice.post("/language/", {"language": "nb", "next": "https://evil.example.com/"})["Location"] == "/"
    union.alice.refresh_from_db()
    assert union.alice.language == "nb"
    assert '<html lang="nb">' in alice.get("/account/").content.decode()


@pytest.fixture(autouse=True)
def _language_afterwards():
    """The middleware activates a language for the thread; put the tests' own back."""
    with translation.override("sv"):
        yield
