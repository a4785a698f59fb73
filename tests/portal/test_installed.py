"""The portal on a home screen: what a telephone is told, and that the worker stores nothing of anybody's."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from comms.portal import installed
from comms.portal.help import SCREEN_OF, SCREENS, screen_of
from tests.portal.test_shell import check

pytestmark = pytest.mark.once


def worker(client: Client) -> str:
    return client.get("/worker.js").content.decode()


def files_of(source: str) -> list[str]:
    return json.loads(re.search(r"const FILES = (\[.*?\]);", source)[1])


def test_the_manifest_names_icons_that_are_there_and_fill_their_size(client, db):
    answer = client.get("/manifest.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    found = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert found == {("192x192", "any"), ("512x512", "any"), ("192x192", "maskable"), ("512x512", "maskable")}
    for icon in manifest["icons"]:
        with Image.open(finders.find(icon["src"].removeprefix("/static/"))) as picture:
            assert "x".join(map(str, picture.size)) == icon["sizes"]
            opaque = min(picture.convert("RGBA").getchannel("A").tobytes()) == 255
            assert opaque or icon["purpose"] == "any", "a maskable icon is cut to any shape"


def test_every_signed_in_page_names_the_manifest_and_no_page_of_members_does(union, sign_in, client):
    assert 'rel="manifest"' in sign_in(union.alice).get("/").content.decode()
    assert 'rel="manifest"' not in client.get("/offline/").content.decode()


def test_the_worker_keeps_the_offline_page_and_what_it_is_drawn_with_and_nothing_else(client, db):
    source = worker(client)
    page, *drawn_with = files_of(source)
    assert page.startswith("/offline/?language=")
    assert drawn_with == [f"/static/{name}" for name in installed.DRAWN_WITH]
    assert all(finders.find(name) for name in installed.DRAWN_WITH)
    assert ".put(" not in source
    assert source.count(".addAll(") == 1


def test_it_is_the_same_for_alice_and_for_nobody_and_caches_ask_again(union, sign_in, client):
    alice = sign_in(union.alice)
    client.cookies["django_language"] = "sv"
    assert worker(alice) == worker(client)
    assert alice.get("/worker.js").headers["Cache-Control"] == "no-cache"
    assert alice.get("/worker.js").headers["Content-Type"].startswith("text/javascript")


def test_other_files_make_another_worker(client, db, monkeypatch):
    before = worker(client)
    monkeypatch.setattr(installed, "DRAWN_WITH", installed.DRAWN_WITH[:-1])
    name = r'const NAME = "([^"]+)"'
    assert re.search(name, worker(client))[1] != re.search(name, before)[1]


@pytest.mark.parametrize(("asked", "spoken"), [("sv", "sv"), ("en", "en"), ("xx", "sv")])
def test_the_offline_page_speaks_the_language_asked_for_and_knows_nobody(union, sign_in, asked, spoken):
    alice = sign_in(union.alice)
    answer = alice.get("/offline/", {"language": asked})
    assert answer.headers["Content-Language"] == spoken
    check(answer.content.decode())
    for secret in ("alice", "csrf", "Alice"):
        assert secret not in answer.content.decode()


# --- help ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("screen", ["", *SCREENS])
def test_help_pages_are_sound_and_lead_to_one_another(union, sign_in, screen):
    answer = sign_in(union.sara).get(f"/help/{screen}/" if screen else "/help/")
    check(answer.content.decode())
    assert all(f"/help/{other}/" in answer.content.decode() for other in SCREENS)


def test_staffs_own_help_is_for_staff(union, sign_in):
    alice = sign_in(union.alice)
    assert alice.get("/help/staff/").status_code == 404
    assert "/help/staff/" not in alice.get("/help/").content.decode()
    assert alice.get("/help/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("path", "screen"),
    [("/", "home/"), ("/invitations/", "invitations/"), ("/invitations/new/", "new/"), ("/account/", "account/"),
     ("/help/", ""), ("/help/write/", "")],
)  # fmt: skip
def test_every_page_leads_to_its_own_help(union, sign_in, path, screen):
    page = sign_in(union.alice).get(path).content.decode()
    assert f'<a href="/help/{screen}"' in page


def test_steps_and_staff_pages_have_their_help():
    names = ["mailings:text", "mailings:preview", "mailings:recipients", "mailings:people", "mailings:check"]
    assert [screen_of(name) for name in names] == ["write", "preview", "recipients", "recipients", "check"]
    more = ["mailings:sent", "mailings:sender", "portal:users", "mailings:letters_order", "unknown"]
    assert [screen_of(name) for name in more] == ["sent", "staff", "staff", "letters", ""]
    assert set(SCREEN_OF.values()) - {""} == set(SCREENS)
