import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comms.people.tokens import BadToken, seal, unseal

PAYLOAD = bytes(range(20))


@given(st.binary(max_size=64), st.sampled_from(["web", "unsubscribe", "bounce"]))
def test_a_token_gives_back_what_was_sealed_for_the_purpose(payload, purpose):
    assert unseal(purpose, seal(purpose, payload)) == payload


@pytest.mark.parametrize("bit", range(8))
def test_flipping_any_bit_makes_it_not_ours(bit):
    raw = base64.urlsafe_b64decode(seal("web", PAYLOAD) + "==")
    for position in range(len(raw)):
        flipped = bytearray(raw)
        flipped[position] ^= 1 << bit
        with pytest.raises(BadToken):
            unseal("web", base64.urlsafe_b64encode(bytes(flipped)).rstrip(b"=").decode())


def test_changing_any_character_makes_it_not_ours():
    token = seal("web", PAYLOAD)
    for position, character in enumerate(token):
        for other in "Aa0-_=+/ å":
            if other != character:
                with pytest.raises(BadToken):
                    unseal("web", token[:position] + other + token[position + 1 :])


@pytest.mark.parametrize("purpose", ["", "unsubscribe", "web2", "WEB"])
def test_a_token_for_one_purpose_opens_nothing_else(purpose):
    with pytest.raises(BadToken):
        unseal(purpose, seal("web", PAYLOAD))


@pytest.mark.parametrize("token", ["", "=", "A", "AQ", "åäö", "A" * 10_000, seal.__doc__])
def test_what_is_no_token_is_refused_without_a_crash(token):
    with pytest.raises(BadToken):
        unseal("web", token)


def test_cutting_and_padding_a_token_is_noticed():
    token = seal("web", PAYLOAD)
    for other in (token[:-1], token + "A", token + "=", token + "\n", " " + token):
        with pytest.raises(BadToken):
            unseal("web", other)


def test_another_secret_opens_nothing(settings):
    token = seal("web", PAYLOAD)
    settings.SECRET_KEY = "another"
    with pytest.raises(BadToken):
        unseal("web", token)


def test_a_token_says_nothing_in_the_clear_but_fits_a_url():
    assert set(seal("web", PAYLOAD)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
