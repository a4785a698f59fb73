"""The return path: ours, short, in any case, and nobody else's."""

from __future__ import annotations

import uuid

import pytest

from comms.people.tokens import seal_caseless
from mailings.facts import return_path

pytestmark = pytest.mark.once


def test_it_fits_into_a_local_part_and_tells_whose_it_is(settings):
    settings.BOUNCE_DOMAIN = "union.example.org"
    for _n in range(50):
        recipient = uuid.uuid4()
        address = return_path.address(recipient)
        local, _at, domain = address.partition("@")
        assert len(local) <= 64
        assert domain == "union.example.org"
        assert recipient.hex not in address
        assert return_path.recipient_in(address) == recipient


def test_servers_may_change_its_case_and_dress_it_up():
    recipient = uuid.uuid4()
    address = return_path.address(recipient)
    for dressed in (address.upper(), address.title(), f"<{address}>", f"Bounces <{address}>", f"prvs=1234={address}"):
        assert return_path.recipient_in(dressed) == recipient


def test_flipping_any_character_makes_it_foreign():
    local, _at, domain = return_path.address(uuid.uuid4()).partition("@")
    for n in range(len("bounces+"), len(local)):
        for other in "ab":
            if local[n] != other:
                assert return_path.recipient_in(f"{local[:n]}{other}{local[n + 1 :]}@{domain}") is None


def test_what_is_sealed_for_something_else_is_foreign():
    recipient = uuid.uuid4()
    assert return_path.recipient_in(f"bounces+{seal_caseless('web', recipient.bytes)}@example.org") is None
    assert return_path.recipient_in(f"bounces+{recipient.hex}@example.org") is None
    assert return_path.recipient_in("") is None


def test_a_foreign_one_before_it_does_not_hide_ours():
    recipient = uuid.uuid4()
    forged = f"bounces+{'a' * 53}@example.org"
    assert return_path.recipient_in(f"{forged}, {return_path.address(recipient)}") == recipient
