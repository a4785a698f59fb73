"""Threat S16: caches. A real shared cache stands between the people and the server: nobody ever gets from it what
another was shown; what is for everybody may be kept.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings

from comms.people.tokens import seal
from templates_lib.models import Picture
from tests import test_every_door as doors
from tests.security.shared_cache import SharedCache, directives, lifetime

pytestmark = [
    pytest.mark.once,
    pytest.mark.timeout(400),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

kept_things, things = doors.kept_things, doors.things  # fixtures
PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452")
ROUTES = {**doors.OF_BRANCH_A, **doors.OF_MY_MANDATES, **doors.OF_MYSELF}
OF_ANYBODY = [
    "/",
    "/accounts/login/",
    "/accounts/login/code/confirm/",
    "/nowhere/",
    "/offline/",
    "/manifest.webmanifest",
]


@dataclass
class Got:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())

    @property
    def from_cache(self) -> bool:
        return self.header("X-Cache") == "hit"

    @property
    def may_be_kept(self) -> bool:
        return lifetime(self.status, self.headers) > 0

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass
class Browser:
    """Behind the cache, with cookies of its own."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def __call__(self, path: str, form: dict[str, str] | None = None) -> Got:
        headers = {"Accept-Language": "sv", "Cookie": "; ".join(f"{name}={it}" for name, it in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self.port}"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET" if form is None else "POST", path, body, {k: v for k, v in headers.items() if v})
        reply = connection.getresponse()
        got = Got(reply.status, reply.getheaders(), reply.read())
        connection.close()
        for name, value in got.headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return got


@pytest.fixture(params=[True, False], ids=["heeds-vary", "heeds-nothing"])
def cache(request, live_server) -> Iterator[SharedCache]:
    with SharedCache(urlsplit(live_server.url).port or 0, heeds_vary=request.param) as running:
        yield running


@pytest.fixture
def browse(cache, union, sign_in) -> Callable[[str], Browser]:
    """`browse("alice")(path)`: what her browser gets through the cache; "" is nobody."""

    def of(who: str) -> Browser:
        name = settings.SESSION_COOKIE_NAME
        cookies = {name: sign_in(getattr(union, who)).cookies[name].value} if who else {}
        return Browser(cache.port, cookies)

    return of


def addresses(things: doors.Things) -> list[str]:
    """Every address that somebody signed in may open."""
    return [one for build in ROUTES.values() for one in build(things)]


def test_what_alice_was_shown_nobody_else_gets(browse, cache, things):
    alice, shown = browse("alice"), 0
    for address in addresses(things):
        found = alice(address)
        shown += found.status == 200
        assert not found.from_cache, address
        assert not found.may_be_kept, (address, found.header("Cache-Control"))
        assert "private" in directives(found.headers), (address, found.header("Cache-Control"))
    assert shown > 50
    assert cache.kept == {}
    for other in ("bob", "charlie", "dora", ""):
        ask = browse(other)
        for address in ("/", "/invitations/", "/members/", f"/invitations/{things.draft.public_id}/text/"):
            found = ask(address)
            assert not found.from_cache
            assert other == "bob" or doors.SECRET not in found.text, (other, address)


def test_what_the_signed_out_were_shown_is_not_shown_to_the_signed_in(browse, things):
    """A page asking for a sign-in, or a 404, in the place of the page."""
    nobody, alice = browse(""), browse("alice")
    for address in [*addresses(things)[:40], *OF_ANYBODY]:
        nobody(address)
        nobody(address)
    for address in ("/", "/invitations/", "/account/", f"/invitations/{things.draft.public_id}/text/"):
        found = alice(address)
        assert (found.status, found.from_cache) == (200, False), address
        assert "/accounts/logout/" in found.text


def test_what_gives_a_cookie_is_given_to_one_browser_only(browse, cache):
    """Two people with the same CSRF secret could act for each other; a session would be worse."""
    nobody = browse("")
    for address in OF_ANYBODY:
        found, again = nobody(address), nobody(address)
        assert not (found.header("Set-Cookie") and found.may_be_kept), address
        assert not (again.from_cache and (again.header("Set-Cookie") or "csrfmiddlewaretoken" in again.text)), address


def test_pages_behind_a_mailed_link_are_not_kept(browse, cache, things):
    nobody, token = browse(""), things.recipient.public_id.bytes
    for route, (address, purpose) in doors.BY_TOKEN.items():
        path = address.format(token=seal(purpose, token))
        found = nobody(path)
        assert not found.may_be_kept, (route, found.status, found.header("Cache-Control"))
        assert not nobody(path).from_cache, route


def test_after_signing_out_the_browser_forgets_and_the_cache_knows_nothing(browse, things):
    alice, address = browse("alice"), f"/invitations/{things.sent.public_id}/"
    assert doors.SECRET in alice(address).text
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', alice("/accounts/logout/").text)
    assert token
    left = alice("/accounts/logout/", {"csrfmiddlewaretoken": token[1]})
    assert (left.status, left.header("Clear-Site-Data")) == (302, '"cache"')
    assert not left.may_be_kept
    for browser in (alice, browse("")):
        again = browser(address)
        assert (again.status, again.from_cache) == (302, False)
        assert again.header("Location").startswith("/accounts/login/")


def test_what_is_for_everybody_may_be_kept(browse, cache, things):
    """Otherwise the tests above would prove nothing: this cache keeps what it may."""
    published = Picture.objects.create(
        sha256="c" * 64, content=PIXEL, content_type="image/png", width=1, height=1, published=True
    )
    nobody = browse("")
    for address in (f"/i/{published.sha256}.png", "/static/css/portal.css"):
        first, second = nobody(address), browse("")(address)
        assert (first.status, second.status, first.body) == (200, 200, second.body), address
        assert (first.from_cache, second.from_cache) == (False, True), address
    assert "immutable" in nobody(f"/i/{published.sha256}.png").header("Cache-Control")
    unpublished = nobody(f"/i/{things.picture.sha256}.png")
    assert unpublished.status == 404
    assert not unpublished.may_be_kept
