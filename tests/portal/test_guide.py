"""The first guide: one screen at a time, at its own address, offered until it has been read or passed over."""

from __future__ import annotations

import pytest
from django.urls import reverse

from comms.people.models import User
from comms.portal.guide import PAGES


@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


def page(client, number: int) -> str:
    return client.get(reverse("portal:guide", args=[number])).content.decode()


@pytest.mark.parametrize("number", range(1, len(PAGES) + 1))
def test_each_page_leads_to_the_ones_beside_it(alice, number):
    shown = page(alice, number)
    for other, there in ((number - 1, number > 1), (number + 1, number < len(PAGES))):
        assert (f'href="{reverse("portal:guide", args=[other])}"' in shown) == there
    assert f'action="{reverse("portal:guide_done")}"' in shown
    assert shown.count("<h1>") == 1


@pytest.mark.parametrize("number", [0, len(PAGES) + 1])
def test_there_is_nothing_before_and_after(alice, number):
    assert alice.get(reverse("portal:guide", args=[number])).status_code == 404


def test_home_offers_it_once(union, alice):
    first = reverse("portal:guide", args=[1])
    assert first in alice.get("/").content.decode()
    page(alice, 5)
    assert User.objects.get(pk=union.alice.pk).guided_at is None  # looking changes nothing
    assert alice.post(reverse("portal:guide_done")).url == "/"
    seen = User.objects.get(pk=union.alice.pk).guided_at
    assert first not in alice.get("/").content.decode()
    assert first in alice.get(reverse("portal:help")).content.decode()
    alice.post(reverse("portal:guide_done"))
    assert User.objects.get(pk=union.alice.pk).guided_at == seen


def test_it_is_each_persons_own(union, alice):
    alice.post(reverse("portal:guide_done"))
    assert User.objects.get(pk=union.bob.pk).guided_at is None


def test_it_is_there_without_a_mandate(union, sign_in):
    assert "/practice/" not in page(sign_in(union.dora), 5)
    assert "/practice/" in page(sign_in(union.alice), 5)
