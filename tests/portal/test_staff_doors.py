"""Every staff screen, tried by everybody who must not see it. A new URL under /staff/ is tried by itself."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from comms.people.models import Unit, User
from comms.portal.staff.urls import urlpatterns
from tests.factories import make_mandate

pytestmark = pytest.mark.once  # says nothing about the database

NAMES = sorted(pattern.name for pattern in urlpatterns)


def address(union, name: str) -> str:
    """The URL of a staff screen with ids that exist."""
    route = next(str(pattern.pattern) for pattern in urlpatterns if pattern.name == name)
    ids = {"unit": union.branch_a.pk, "pk": union.dora.pk}
    if name.startswith("unit"):
        ids["pk"] = union.branch_a.pk
    if name == "mandate_end":
        ids["pk"] = union.mandate(union.alice).pk
    return reverse(f"portal:{name}", kwargs={key: ids[key] for key in re.findall(r"<int:(\w+)>", route)})


@pytest.mark.parametrize("name", NAMES)
def test_representatives_and_people_whose_mandate_ended_get_404(union, sign_in, name):
    for person in (union.alice, union.bob, union.charlie, union.dora):
        client = sign_in(person)
        assert client.get(address(union, name)).status_code == 404
        assert client.post(address(union, name)).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_the_signed_out_are_sent_to_sign_in(union, client, name):
    url = address(union, name)
    assert client.get(url)["Location"] == f"/accounts/login/?next={url}"
    assert client.post(url)["Location"] == f"/accounts/login/?next={url}"


@pytest.mark.parametrize("name", NAMES)
def test_looking_changes_nothing(union, sign_in, name):
    before = people_and_units()
    assert sign_in(union.sara).get(address(union, name)).status_code in (200, 405)
    assert people_and_units() == before


def people_and_units() -> list[object]:
    users = User.objects.order_by("pk").values_list("pk", "is_active", "email", "groups")
    return [list(users), list(Unit.objects.values_list("pk", "name", "ended_on"))]


@pytest.mark.parametrize(("role", "unit"), [("staff", "branch_a"), ("staff", "employer"), ("board", "root")])
def test_only_a_staff_mandate_at_the_union_opens_the_screens(union, sign_in, role, unit):
    make_mandate(union.alice, getattr(union, unit), role=role)
    assert sign_in(union.alice).get("/staff/").status_code == 404


def test_yesterdays_staff_mandate_opens_nothing(union, sign_in):
    make_mandate(union.dora, union.root, role="staff", end_in=-1)
    assert sign_in(union.dora).get("/staff/").status_code == 404


@pytest.mark.parametrize("path", ["users/999999/", "units/999999/", "mandates/999999/end/", "users/1/mandate/999999/"])
def test_what_does_not_exist_looks_like_what_is_not_yours(union, sign_in, path):
    missing = sign_in(union.sara).get(f"/staff/{path}")
    hidden = sign_in(union.alice).get("/staff/users/")
    assert missing.status_code == hidden.status_code == 404

    def words(page):
        return re.sub(r'value="[^"]*"', "", page.content.decode())

    assert words(missing) == words(hidden)
