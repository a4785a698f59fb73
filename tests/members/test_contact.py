"""E-mail and mobile: of one member, for a reason, noted (feature D5)."""

from __future__ import annotations

import pytest
from django.test import Client

from comms.people.models import Member
from comms.privacy.models import AccessLog
from tests.factories import make_mandate, make_member
from tests.portal.test_shell import check

EMAIL, MOBILE = "asa.oberg@example.com", "+46701740605"


@pytest.fixture
def asa(union) -> Member:
    return make_member("Åsa", "Öberg", placed=[union.branch_a], email=EMAIL, mobile=MOBILE)


def of(member: Member, path: str = "") -> str:
    return f"/members/{member.public_id}/{path}"


def shows(page) -> bool:
    return EMAIL in page.content.decode() or MOBILE in page.content.decode()


def test_the_page_of_a_member_asks_why_before_it_shows_anything(union, sign_in, asa):
    page = sign_in(union.alice).get(of(asa))
    assert page.status_code == 200
    assert not shows(page)
    check(page.content.decode())
    assert [(row.kind, row.members) for row in AccessLog.objects.all()] == [("list", [asa.pk])]


def test_with_a_reason_they_are_shown_and_it_is_noted(union, sign_in, asa):
    page = sign_in(union.alice).post(of(asa, "contact/"), {"reason": "case"})
    assert f'href="mailto:{EMAIL}"' in page.content.decode()
    assert f'href="tel:{MOBILE}"' in page.content.decode()
    check(page.content.decode())
    row = AccessLog.objects.get()
    assert (row.kind, row.reason, row.user, row.members, row.count) == ("contact", "case", union.alice, [asa.pk], 1)


@pytest.mark.parametrize("data", [{}, {"reason": ""}, {"reason": "curious"}])
def test_without_a_reason_nothing_is_shown_and_the_page_asks_again(union, sign_in, asa, data):
    page = sign_in(union.alice).post(of(asa, "contact/"), data)
    assert not shows(page)
    assert 'class="errorlist"' in page.content.decode()
    assert [(row.kind, row.members) for row in AccessLog.objects.all()] == [("list", [asa.pk])]


def test_a_form_from_elsewhere_opens_nothing(union, asa):
    client = Client(enforce_csrf_checks=True)
    client.force_login(union.alice)
    page = client.post(of(asa, "contact/"), {"reason": "case"})
    assert page.status_code == 403
    assert not shows(page)


def test_looking_at_the_contact_address_shows_nothing(union, sign_in, asa):
    assert sign_in(union.alice).get(of(asa, "contact/")).status_code == 405


def test_while_processing_is_restricted_nobody_is_told(union, sign_in, asa):
    Member.unscoped.filter(pk=asa.pk).update(restricted=True)
    for page in (sign_in(union.alice).get(of(asa)), sign_in(union.alice).post(of(asa, "contact/"), {"reason": "case"})):
        assert not shows(page)
        assert 'class="notice warning"' in page.content.decode()


@pytest.mark.parametrize("stranger", ["charlie", "dora"])
def test_for_others_the_member_does_not_exist(union, sign_in, asa, stranger):
    client = sign_in(getattr(union, stranger))
    assert client.get(of(asa)).status_code == 404
    assert client.post(of(asa, "contact/"), {"reason": "case"}).status_code == 404
    assert not AccessLog.objects.exists()


def test_the_mandate_in_the_address_decides(union, sign_in, asa):
    second = make_mandate(union.alice, union.branch_b)
    client = sign_in(union.alice)
    assert client.get(f"{of(asa)}?mandate={second.public_id}").status_code == 404
    assert client.get(f"{of(asa)}?mandate={union.alice.mandates.first().public_id}").status_code == 200


def test_the_way_back_leads_to_the_same_list(union, sign_in, asa):
    page = sign_in(union.alice).get(f"{of(asa)}?employment=permanent&after=x")
    assert 'class="back" href="/members/?employment=permanent&amp;after=x"' in page.content.decode()
