"""Confidentiality is pledged before the first name: once for each mandate, and again after a year."""

from __future__ import annotations

import datetime

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from comms.people.models import Mandate
from comms.privacy import access, pledge, retention
from comms.privacy.models import AccessLog, AppendOnly, Pledge
from tests.factories import make_mandate, make_member
from tests.mailings.design import make_draft
from tests.test_every_door import NAME, OF_A_MAILING, OF_A_MEMBER, OF_MY_MANDATES, OF_STAFF
from tests.test_every_door import kept_things as kept_things
from tests.test_every_door import things as things  # fixtures

OF_ALICE = {**OF_A_MAILING, **OF_A_MEMBER, **OF_MY_MANDATES}
LONG_AGO = datetime.timedelta(days=366)


@pytest.fixture
def mandate(union) -> Mandate:
    """Alice's, without a pledge."""
    found = union.mandate(union.alice)
    Pledge.objects.all()._raw_delete(Pledge.objects.db)
    return found


@pytest.fixture
def alice(union, mandate, sign_in):
    return sign_in(union.alice)


@pytest.fixture
def member(union):
    return make_member("Åsa", "Hemligsson", placed=[union.branch_a])


def page_of(mandate: Mandate) -> str:
    return reverse("pledge", args=[mandate.public_id])


def test_the_list_waits_for_the_pledge_and_then_shows_itself(alice, union, mandate, member):
    asked = alice.get("/members/?employment=permanent", follow=True)
    assert asked.templates[0].name == "privacy/pledge.html"
    assert "Hemligsson" not in asked.content.decode()
    assert not AccessLog.objects.exists()
    given = alice.post(page_of(mandate), {"next": asked.context["next"]})
    assert given.headers["Location"] == "/members/?employment=permanent"
    row = Pledge.objects.get()
    assert (row.user, row.mandate, row.version) == (union.alice, mandate, pledge.VERSION)
    assert "Hemligsson" in alice.get("/members/").content.decode()


def test_reading_it_promises_nothing(alice, mandate):
    for ask in (alice.get, alice.head, alice.get):
        assert ask(page_of(mandate)).status_code == 200
    assert not Pledge.objects.exists()


def test_pressing_twice_pledges_once_and_the_page_says_when(alice, mandate):
    for _ in range(2):
        alice.post(page_of(mandate), {"next": "/members/"})
    assert Pledge.objects.count() == 1
    assert alice.get(page_of(mandate)).context["until"] == Pledge.objects.get().at + pledge.HOLDS


@pytest.mark.parametrize("elsewhere", ["https://evil.example.com/", "//evil.example.com", "javascript:alert(1)", "x"])
def test_it_leads_to_no_other_site(alice, mandate, elsewhere):
    assert alice.get(page_of(mandate), {"next": elsewhere}).context["next"] == "/"
    assert alice.post(page_of(mandate), {"next": elsewhere}).headers["Location"] == "/"


def test_each_mandate_has_its_own(alice, union, mandate, member):
    other = make_mandate(union.alice, union.branch_b, pledged=False)
    pledge.give(mandate=mandate, by=union.alice, now=timezone.now())
    assert alice.get("/members/", {"mandate": mandate.public_id}).status_code == 200
    assert alice.get("/members/", {"mandate": other.public_id}).headers["Location"].startswith(page_of(other))


def test_after_a_year_and_for_a_new_text_it_is_asked_again(union, mandate, monkeypatch):
    now = timezone.now()
    pledge.give(mandate=mandate, by=union.alice, now=now - LONG_AGO)
    assert pledge.standing(mandate, now=now) is None
    pledge.give(mandate=mandate, by=union.alice, now=now)
    assert pledge.standing(mandate, now=now)
    monkeypatch.setattr(pledge, "VERSION", pledge.VERSION + 1)
    assert pledge.standing(mandate, now=now) is None


def test_nobody_pledges_for_another(union, mandate, sign_in):
    with pytest.raises(ValueError, match="whose mandate it is"):
        pledge.give(mandate=mandate, by=union.bob, now=timezone.now())
    for method in ("get", "post"):
        assert getattr(sign_in(union.bob), method)(page_of(mandate)).status_code == 404
    assert not Pledge.objects.exists()


@pytest.mark.parametrize("kind", [kind for kind in AccessLog.Kind if kind != AccessLog.Kind.MAILING])
def test_no_look_is_noted_without_it(union, mandate, kind):
    with pytest.raises(pledge.Missing):
        access.note(user=union.alice, mandate=mandate, kind=kind, members=[1], now=timezone.now())
    assert not AccessLog.objects.exists()


def test_writing_to_members_shows_nobody_and_needs_none(union, mandate):
    access.note(user=union.alice, mandate=mandate, kind="mailing", members=[1], now=timezone.now())
    assert AccessLog.objects.get().kind == "mailing"


@pytest.mark.parametrize("route", [*OF_ALICE, *OF_STAFF])
@pytest.mark.once
def test_no_page_shows_a_name_before_it(route, union, things, sign_in):
    """Every address of her unit for Alice, and every one of the staff for Sara, read and sent to."""
    Pledge.objects.all()._raw_delete(Pledge.objects.db)
    client = sign_in(union.alice if route in OF_ALICE else union.sara)
    for address in {**OF_ALICE, **OF_STAFF}[route](things):
        for method in ("get", "post"):
            assert NAME not in getattr(client, method)(address).content.decode(errors="replace"), (method, address)
    assert not AccessLog.objects.exclude(kind=AccessLog.Kind.MAILING).exists()


def test_staff_pledge_as_well(union, mandate, member, sign_in):
    sara = sign_in(union.sara)
    for address in ("/members/", "/members/wishes/", f"/members/looks/by/{union.alice.pk}/"):
        assert sara.get(address).headers["Location"].startswith(page_of(union.mandate(union.sara)))


def test_a_form_comes_back_to_the_page_it_stood_on(alice, mandate, member):
    page = reverse("members:member", args=[member.public_id])
    sent = alice.post(reverse("members:contact", args=[member.public_id]), {"reason": "case"},
                      headers={"referer": f"http://testserver{page}"})  # fmt: skip
    assert sent.headers["Location"] == f"{page_of(mandate)}?next={page.replace('/', '%2F')}"


def test_a_part_of_a_page_leads_the_whole_page_there(alice, mandate, member):
    reply = alice.get("/members/", headers={"hx-request": "true", "hx-current-url": "http://testserver/members/?q=1"})
    assert (reply.status_code, reply.headers["HX-Redirect"]) == (
        200,
        f"{page_of(mandate)}?next=%2Fmembers%2F%3Fq%3D1",
    )


def test_practice_needs_none(alice, mandate):
    draft = make_draft(mandate)
    type(draft).unscoped.filter(pk=draft.pk).update(practice=True)
    assert alice.get(f"/invitations/{draft.public_id}/recipients/mail/").status_code == 200
    assert not Pledge.objects.exists()


@pytest.mark.parametrize(
    "attempt",
    [
        lambda row: row.save(),
        lambda row: row.delete(),
        lambda row: Pledge.objects.update(version=9),
        lambda row: Pledge.objects.filter(pk=row.pk).delete(),
        lambda row: Pledge.objects.bulk_update([row], ["version"]),
    ],
)
def test_it_is_never_changed_or_taken_away(union, mandate, attempt):
    row = pledge.give(mandate=mandate, by=union.alice, now=timezone.now())
    with pytest.raises(AppendOnly), transaction.atomic():
        attempt(row)
    assert Pledge.objects.get().version == pledge.VERSION


def test_it_goes_when_nothing_seen_under_it_is_known_any_more(union, mandate):
    now = timezone.now()
    for days in (1500, 1000):
        pledge.give(mandate=mandate, by=union.alice, now=now - datetime.timedelta(days=days))
    assert retention.purge(now=now) == ({"pledges": 1}, True)
    assert Pledge.objects.get().at == now - datetime.timedelta(days=1000)
