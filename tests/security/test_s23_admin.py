"""Threat S23: the staff admin as a side door. Every address below /admin/, as the resolver knows them, tried by all who
must not come in; staff come in with a second step; and there is no other admin.
"""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import URLResolver, get_resolver, resolve
from django.urls.resolvers import RegexPattern

from comms.people.checks import patterns
from comms.people.models import Mandate, User
from tests.factories import make_mandate

pytestmark = [pytest.mark.once, pytest.mark.timeout(300)]  # says nothing about the database

METHODS = ("head", "put", "patch", "delete", "options")
BELOW = "/admin/"
VALUES = {"int": "1", "slug": "x", "uuid": "00000000-0000-4000-8000-000000000001", "path": "x/y", "str": "x"}
REGEXES = {
    r"admin/pages/^(\d+)/revisions/compare/(live|earliest|\d+)\.\.\.(live|latest|\d+)/$": (
        "pages/1/revisions/compare/live...1/"
    ),
    r"admin/^.*/$": "whatever/",
}


def address(route: str) -> str:
    """One that the route answers."""
    if route in REGEXES:
        return BELOW + REGEXES[route]
    if "(?P<" in route:  # the comparison of a snippet's revisions
        return "/" + re.sub(r"history/.*", "history/1/revisions/compare/live...1/", route)
    plain = re.sub(r"<(?:(\w+):)?\w+>", lambda found: VALUES[found[1] or "str"], route)
    return "/" + plain.replace("^", "").replace("$", "")


ROUTES = {route: pattern for route, pattern in patterns() if route.startswith("admin/")}
ADDRESSES = sorted({address(route) for route in ROUTES} | {BELOW, "/admin/django/", "/admin/auth/user/"})


def shown(reply) -> tuple[int, str]:
    """Status and body, apart from what is new each time."""
    masked = re.sub(r'(nonce|value|content)="[^"]*"|token": "[^"]*"', "", reply.content.decode())
    return reply.status_code, masked


@pytest.fixture
def outsiders(union, sign_in) -> dict[str, Client]:
    """A representative; who was an editor until yesterday; staff of one branch with the editors' right."""
    door = Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")
    make_mandate(union.dora, union.root, role="staff", end_in=-1)
    make_mandate(union.charlie, union.branch_b, role="staff")
    for person in (union.dora, union.charlie):
        person.user_permissions.add(door)
    return {name: sign_in(getattr(union, name)) for name in ("alice", "charlie", "dora")}


def test_the_addresses_here_are_those_of_the_admin():
    """Otherwise the tests below would knock where there is no door."""
    assert len(ROUTES) > 250
    for route, pattern in ROUTES.items():
        assert resolve(address(route)).func == pattern.callback or route == "admin/login/" or earlier(route), route


def earlier(route: str) -> bool:
    """Whether a route that stands before it takes the address, so that it can never be reached at all."""
    before = list(ROUTES)[: list(ROUTES).index(route)]
    taker = resolve(address(route)).func
    return any(ROUTES[other].callback == taker for other in before)


def test_for_representatives_there_is_no_admin(outsiders):
    for name, client in outsiders.items():
        nothing = shown(client.get("/nowhere/")), shown(client.post("/nowhere/"))
        assert nothing[0][0] == 404
        for one in ADDRESSES:
            assert (shown(client.get(one)), shown(client.post(one, {"action": "x"}))) == nothing, (name, one)


@pytest.mark.parametrize("method", METHODS)
def test_not_by_any_method(method, outsiders):
    for one in ADDRESSES:
        assert getattr(outsiders["alice"], method)(one).status_code == 404, one


@pytest.mark.parametrize("role", [role for role in Mandate.Role.values if role != "staff"])
def test_not_in_any_role_even_at_the_union_itself(role, union, sign_in):
    make_mandate(union.alice, union.root, role=role)
    client = sign_in(union.alice)
    assert {client.get(one).status_code for one in ADDRESSES[::5]} == {404}


def test_the_signed_out_are_sent_to_our_own_sign_in(client):
    for one in ADDRESSES:
        for reply in (client.get(one), client.post(one)):
            assert reply.status_code == 302, one
            assert reply["Location"].startswith("/accounts/login/?next="), one


def test_staff_without_a_second_step_are_sent_to_set_it_up(union):
    union.sara.user_permissions.add(Permission.objects.get(codename="access_admin"))
    boss = User.objects.create_superuser("boss@example.org")
    for person in (union.sara, boss):
        client = Client()
        client.force_login(person)
        for one in ADDRESSES[:: 1 if person == boss else 5]:
            for reply in (client.get(one), client.post(one)):
                assert (reply.status_code, reply.headers.get("Location")) == (302, "/account/second-step/"), one


def test_with_it_the_door_opens(union, sign_in):
    union.sara.user_permissions.add(Permission.objects.get(codename="access_admin"))
    assert sign_in(union.sara).get(BELOW).status_code == 200
    assert sign_in(User.objects.create_superuser("boss@example.org")).get(BELOW).status_code == 200


def test_the_door_is_shut_below_a_prefix_too(outsiders):
    """A server that mounts the portal at /portal/ resolves the rest of the path."""
    for one in (BELOW, "/admin/users/", "/admin/reports/site-history/"):
        assert outsiders["alice"].get(one, SCRIPT_NAME="/portal").status_code == 404


def test_there_is_no_other_admin():
    """Django's own is installed for its templates only; nothing of it or of Wagtail's answers elsewhere."""
    for route, pattern in patterns():
        module = pattern.callback.__module__
        assert not module.startswith("django.contrib.admin"), route
        assert route.startswith("admin/") or not module.startswith("wagtail"), route
    top = [one for one in get_resolver().url_patterns if isinstance(one, URLResolver)]
    assert not [one for one in top if one.app_name == "admin"]
    assert not [one for one in top if isinstance(one.pattern, RegexPattern)]
