"""Threat S6: mail scanners open every link, some run its scripts. Looking must never change anything."""

import pytest
from django.test import Client
from django.urls import reverse

from comms.people.models import Member
from comms.privacy import unsubscribe
from comms.privacy.models import Consent, Suppression
from tests.factories import make_consent, make_member, make_topic


def everything() -> list[list[tuple]]:
    return [list(rows.order_by("pk").values_list()) for rows in (Consent.objects, Suppression.objects, Member.unscoped)]


@pytest.mark.parametrize("category", ["statutory", "information", "offer"])
@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_at_an_unsubscribe_link_ten_times_changes_nothing(db, method, category):
    member, topic = make_member(), make_topic(category=category)
    make_consent(member, topic, granted=True)
    path = unsubscribe.link(member.public_id, topic.pk).partition("://")[2].partition("/")[2]
    before = everything()
    for client in [Client() for _ in range(10)]:
        assert getattr(client, method)(f"/{path}").status_code in (200, 204)
    assert everything() == before


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "patch", "delete"])
def test_undoing_takes_a_post(db, method):
    member, topic = make_member(), make_topic()
    make_consent(member, topic, granted=False)
    token = unsubscribe.link(member.public_id, topic.pk).rstrip("/").rpartition("/")[2]
    before = everything()
    assert getattr(Client(), method)(reverse("unsubscribe_undo", args=[token])).status_code == 405
    assert everything() == before


def test_the_page_sends_nothing_by_itself(db):
    member, topic = make_member(), make_topic()
    token = unsubscribe.link(member.public_id, topic.pk).rstrip("/").rpartition("/")[2]
    body = Client().get(reverse("unsubscribe", args=[token])).content.decode().lower()
    assert body.count("<form") == 1
    assert not [trap for trap in ("<script", "onload", "http-equiv", "autofocus", "hx-") if trap in body]
