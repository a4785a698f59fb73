"""Threat S1: ids of another branch. "Not yours" is answered byte for byte like "not there", whoever asks and how.

tests/test_every_door.py says whom each address serves and holds that strangers get 404. Here everybody in every role
tries every method on every foreign object, and the answer must be that of an id that was never given to anything.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from comms.people.models import Mandate
from mailings.models import Mailing
from tests import test_every_door as doors
from tests.factories import make_mandate, make_member, make_unit, make_user
from tests.library.shelves import minutes
from tests.mailings.design import make_draft
from tests.test_every_door import METHODS, NAME, SECRET, Things

pytestmark = [pytest.mark.once, pytest.mark.timeout(300)]  # says nothing about the database

kept_things, things = doors.kept_things, doors.things  # fixtures
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NEVER, NO_NUMBER = "0a000000-0000-4000-8000-00000000dead", "999999999"
NEW_EACH_TIME = re.compile(
    r"""(?:nonce|csp-nonce"\ content|csrfmiddlewaretoken"\ value)="[^"]*" | nonce-[^'\s]+ | x-csrftoken":\ "[^"]*"
    | csrftoken=[^;]+ | expires=[^;]+ | data-challenge="[^"]*" | \?key=[\w-]+ | search=[\w-]+ | data:image/[^"]*""",
    re.VERBOSE,
)
NOTED_WHATEVER_HAPPENS = {
    "django_session", "privacy_accesslog", "privacy_accessday", "usersessions_usersession", "accounts_counted"
}  # fmt: skip
COMPOSER = {**doors.OF_A_MAILING, **doors.OF_A_MEMBER}
ROLES = [role for role in Mandate.Role.values if role != "representative"]


def twin(address: str) -> str:
    """The same address for something that does not exist."""
    path, _, query = address.partition("?")
    path = UUID.sub(NEVER, path) if UUID.search(path) else re.sub(r"(?<=/)\d+(?=/)", nines, path)
    return f"{path}?{query}" if query else path


def nines(number: re.Match[str]) -> str:
    """A number of the same length that nothing has."""
    return "9" * len(number[0])


def said(client: Client, method: str, address: str, **data: Any) -> tuple[int, str, str]:
    """Status, headers and body, apart from what is new in each answer and from the address itself."""
    reply = getattr(client, method)(address, **data)
    body = b"".join(reply.streaming_content) if reply.streaming else reply.content
    headers = "\n".join(sorted(f"{name}: {value}" for name, value in reply.headers.items()))
    cookies = reply.cookies.output()
    masked = [NEW_EACH_TIME.sub("", text) for text in (headers + cookies, body.decode("utf-8", "replace"))]
    return reply.status_code, *(UUID.sub("", text.replace(address.partition("?")[0], "")) for text in masked)


def everything() -> dict[str, list[str]]:
    """Every row of every table, but for the notes of who looked where."""
    found = {}
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names(cursor)) - NOTED_WHATEVER_HAPPENS:
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found


def addresses_of(table: dict[str, doors.Build], things: Things) -> list[str]:
    return [address for build in table.values() for address in build(things)]


def all_the_same(client: Client, addresses: list[str], methods: tuple[str, ...] = METHODS) -> None:
    """Each address is answered 404 like its twin, and nothing has changed."""
    client.get("/nowhere/")  # gives the cookies that a browser gets once
    before = everything()
    known: dict[tuple[str, str], Any] = {}
    for address in addresses:
        for method in methods:
            other = twin(address)
            if (method, other) not in known:
                known[method, other] = said(client, method, other)
            found = said(client, method, address)
            assert found[0] == 404, (method, address)
            assert found == known[method, other], (method, address)
            assert SECRET not in found[2], (method, address)
            assert NAME not in found[2], (method, address)
    assert everything() == before


# --- whole objects --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("person", ["charlie", "dora"])
def test_for_another_branch_and_after_the_mandate_nothing_is_there(person, union, things, sign_in):
    all_the_same(sign_in(getattr(union, person)), addresses_of(doors.OF_BRANCH_A, things))


@pytest.mark.parametrize("role", ROLES)
def test_for_no_role_of_another_branch(role, union, things, sign_in):
    """Staff of one branch are a role like any other there."""
    client = sign_in(make_mandate(make_user("Erik"), union.branch_b, role=role).user)
    all_the_same(client, addresses_of(doors.OF_BRANCH_A, things), ("get", "post"))


@pytest.mark.parametrize("place", ["club", "workplace", "nobody"])
def test_not_for_those_below_nor_for_whoever_has_no_mandate_at_all(place, union, things, sign_in):
    """The library is another matter: who is below reads what the branch shares (tests/library/test_access.py)."""
    user = make_user("Erik")
    if place != "nobody":
        below = union.workplace if place == "workplace" else make_unit("Klubb", kind="club", under=union.branch_a)
        make_mandate(user, below)
    all_the_same(sign_in(user), addresses_of(COMPOSER, things), ("get", "post"))


def test_what_is_above_is_not_there_for_those_below(union, things, sign_in):
    """The same invitations, sent by the region Alice's branch lies in."""
    Mailing.unscoped.filter(approver=union.alice).update(approver=union.bob)
    Mailing.unscoped.update(unit=union.region, mandate=union.mandate(union.bob), author=union.bob)
    all_the_same(sign_in(union.alice), addresses_of(doors.OF_A_MAILING, things), ("get", "post"))


def test_drafts_and_practices_are_not_there_for_the_region_above(union, things, sign_in):
    unfinished = {str(things.draft.public_id), str(things.practice.public_id)}
    mine = [one for one in addresses_of(doors.OF_A_MAILING, things) if unfinished & set(UUID.findall(one))]
    assert len(mine) > 60
    all_the_same(sign_in(union.bob), mine)


def test_staff_screens_are_not_there_for_representatives(union, things, sign_in):
    addresses = addresses_of(doors.OF_STAFF, things)
    for person in (union.alice, union.bob):
        all_the_same(sign_in(person), addresses, ("get", "post"))


@pytest.mark.parametrize("method", METHODS)
def test_signed_out_both_lead_to_the_same_sign_in(method, things, client):
    client.get("/nowhere/")
    for address in addresses_of(doors.OF_BRANCH_A, things):
        found, other = (said(client, method, one) for one in (address, twin(address)))
        assert found == other, address
        assert found[0] in {302, 404}


# --- a part of somebody else's in something of one's own ------------------------------------------------------------
@pytest.fixture
def own(union, things) -> list[Mailing]:
    """A draft and a sent invitation of branch B."""
    mandate = union.mandate(union.charlie)
    draft, sent = (make_draft(mandate, template=things.draft.template, subject="Vår egen") for _n in range(2))
    make_member("Ove", "Berg", placed=[union.branch_b])
    Mailing.unscoped.filter(pk=sent.pk).update(
        state="done", confirmed_at=timezone.now(), confirmed_by=mandate.user, finished_at=timezone.now()
    )
    return [draft, sent]


PARTS = re.compile(r"<(?!uuid:public_id>|slug:|int:n>)[^>]+>")  # documents are counted within their own invitation


def test_no_part_of_anothers_invitation_hangs_on_ones_own(union, things, own, sign_in):
    """A member, a version, a passage, a saved list, a run of letters: of branch A, asked for beside Charlie's."""
    table = {route: build for route, build in doors.OF_A_MAILING.items() if PARTS.search(route)}
    assert len(table) >= 11
    client, n = sign_in(union.charlie), 0
    client.get("/nowhere/")
    before = everything()
    for address in addresses_of(table, things):
        for mine in own:
            found = UUID.sub(str(mine.public_id), address, count=1)
            head, tail = found.split(str(mine.public_id))
            never = f"{head}{mine.public_id}{twin(tail)}"
            for method in METHODS:
                one, other = said(client, method, found), said(client, method, never)
                assert one == other, (method, found)
                assert one[0] in {302, 404, 405}, (method, found)
                assert SECRET not in one[2]
                n += 1
    assert n > 300
    assert everything() == before


def test_no_file_or_picture_of_anothers_page_hangs_on_ones_own(union, things, sign_in):
    own = minutes("Vårt protokoll", under=things.minutes.get_parent(), units=(union.branch_b,))
    client = sign_in(union.charlie)
    assert client.get(f"/library/{own.public_id}/").status_code == 200
    for part in (doors.file_of(things), doors.picture_of(things)):
        address = f"/library/{own.public_id}/{part}"
        head, tail = address.split(str(own.public_id))
        for method in METHODS:
            found = said(client, method, address)
            assert found == said(client, method, f"{head}{own.public_id}{twin(tail)}")
            assert found[0] in {404, 405}


# --- ids in forms and queries ---------------------------------------------------------------------------------------
def test_a_foreign_id_in_a_query_is_answered_like_one_that_was_never_given(union, things, own, sign_in):
    client = sign_in(union.charlie)
    mandate = union.mandate(union.alice)
    pages = ["/", "/members/", "/invitations/", "/invitations/new/", "/practice/", "/library/"]
    pages += [f"/invitations/{one.public_id}/{path}" for one in own for path in ("recipients/", "preview/as/", "")]
    foreign = {"mandate": mandate.public_id, "who": things.member.public_id, "deleted": doors.LIST}
    for page in pages:
        client.get(page)  # what the first look leaves behind is there from now on
        for name, value in foreign.items():
            found, never = (said(client, "get", f"{page}?{name}={key}") for key in (value, NEVER))
            assert found == never, (page, name)
            assert NAME not in found[2]


def test_a_foreign_mandate_in_a_form_makes_nothing(union, things, sign_in):
    """Posted with everything else as the form would have it."""
    client, mandate = sign_in(union.charlie), union.mandate(union.alice)
    client.get("/nowhere/")
    before = everything()
    for page in ("/invitations/create/", "/practice/create/", "/members/search/"):
        for template in (things.draft.template_id, NO_NUMBER):
            posted = [
                said(client, "post", page, data={"mandate": key, "template": template, "q": NAME})
                for key in (str(mandate.public_id), str(uuid.uuid4()))
            ]
            assert posted[0] == posted[1], page
            assert SECRET not in posted[0][2]
    assert everything() == before
