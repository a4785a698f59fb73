"""Threat S7: a mailed link cannot be forged, altered, guessed or used for something else."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from comms.people.tokens import seal
from comms.privacy import unsubscribe
from comms.privacy.models import Consent
from tests.factories import make_member, make_topic

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def token_of(member_public_id: uuid.UUID, topic_id: int) -> str:
    return unsubscribe.link(member_public_id, topic_id).rstrip("/").rpartition("/")[2]


def answers(token: str) -> set[int]:
    """Every way of knocking at the door with a token."""
    page, undo = reverse("unsubscribe", args=[token]), reverse("unsubscribe_undo", args=[token])
    client = Client()
    knocks = [client.get(page), client.head(page), client.options(page), client.post(page), client.post(undo)]
    return {response.status_code for response in knocks}


def compared(text: str, token: str) -> str:
    """Without what is new in every answer: nonces, forgery tokens, and the address that was asked for."""
    once = r"nonce-[^' ]+|nonce=\"[^\"]+\"|(csrfmiddlewaretoken\" value=\")[^\"]+|(csrftoken=)[^;]+|expires=[^;]+"
    return re.sub(once, "", text.replace(token, "…"))


@pytest.fixture
def member(db):
    return make_member()


@pytest.fixture
def topic(db):
    return make_topic()


def test_a_true_token_opens_its_door(member, topic):
    assert answers(token_of(member.public_id, topic.pk)) == {200, 204}


def test_flipping_any_character_is_a_404(member, topic):
    token = token_of(member.public_id, topic.pk)
    for place, letter in enumerate(token):
        other = ALPHABET[(ALPHABET.index(letter) + 1) % 64]
        forged = reverse("unsubscribe", args=[token[:place] + other + token[place + 1 :]])
        assert Client().post(forged).status_code == 404, place
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    "spoil",
    [lambda t: t[:-1], lambda t: t + "A", lambda t: t + "=", lambda t: t[1:], lambda t: "å" * len(t), str.upper],
    ids=["shorter", "longer", "padded", "beheaded", "not ascii", "capitals"],
)
def test_a_spoilt_token_is_a_404(member, topic, spoil):
    assert answers(spoil(token_of(member.public_id, topic.pk))) == {404}


def test_no_token_is_a_404(db):
    assert Client().post("/u//").status_code == 404


@pytest.mark.parametrize("purpose", ["web", "rsvp", "Unsubscribe", ""])
def test_a_token_for_one_purpose_does_not_open_another_door(member, topic, purpose):
    payload = unsubscribe.PAYLOAD.pack(member.public_id.bytes, topic.pk, 0)
    assert answers(seal(purpose, payload)) == {404}
    assert seal(unsubscribe.PURPOSE, payload) == token_of(member.public_id, topic.pk)


@pytest.mark.parametrize("payload", [b"", b"\0" * 16, b"\0" * 21, b"\0" * 22, b"\xff" * 21], ids=len)
def test_even_a_sealed_payload_must_name_somebody(member, topic, payload):
    assert answers(seal(unsubscribe.PURPOSE, payload)) == {404}


def test_a_channel_we_do_not_have_is_a_404(member, topic):
    assert answers(seal(unsubscribe.PURPOSE, unsubscribe.PAYLOAD.pack(member.public_id.bytes, topic.pk, 9))) == {404}


def test_erased_and_unknown_members_and_forged_tokens_look_the_same(member, topic):
    erased = make_member(erased_at=timezone.now())
    tokens = {
        "erased": token_of(erased.public_id, topic.pk),
        "unknown": token_of(uuid.uuid4(), topic.pk),
        "no such topic": token_of(member.public_id, topic.pk + 1),
        "forged": "A" * len(token_of(member.public_id, topic.pk)),
    }
    pages = {name: Client().get(reverse("unsubscribe", args=[token])) for name, token in tokens.items()}
    assert {page.status_code for page in pages.values()} == {404}
    assert len({compared(page.content.decode(), tokens[name]) for name, page in pages.items()}) == 1
    assert len({compared(str(sorted(page.items())), tokens[name]) for name, page in pages.items()}) == 1


def test_another_secret_makes_other_tokens(member, topic, settings):
    ours = token_of(member.public_id, topic.pk)
    settings.SECRET_KEY = "another-secret-for-this-test"
    assert token_of(member.public_id, topic.pk) != ours
    assert answers(ours) == {404}
