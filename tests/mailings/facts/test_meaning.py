"""What answers mean: certain about a mailbox only where the server is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailings import reasons
from mailings.facts import meaning

pytestmark = pytest.mark.once

HARD = [
    ("5.1.1", "550 5.1.1 <address>: Recipient address rejected: User unknown", "mailbox_unknown"),
    ("5.0.0", "550 Unknown user <address>", "mailbox_unknown"),
    ("", "550 5.1.1 The email account that you tried to reach does not exist.", "mailbox_unknown"),
    ("5.1.1", "", "mailbox_unknown"),
    ("", "5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup", "domain_unknown"),
    ("5.1.2", "550 5.1.2 bad destination system: no such domain", "domain_unknown"),
    ("", "550 No such user here", "mailbox_unknown"),
    ("", "host mx.example.com[192.0.2.250] said: 550 5.1.1 User Unknown (in reply to RCPT TO)", "mailbox_unknown"),
]
SOFT = [
    ("5.7.1", "554 5.7.1 Message rejected for policy reasons", "policy"),
    ("5.1.1", "550 5.1.1 blocked: your address is on the Spamhaus block list", "policy"),
    ("5.1.1", "550 5.1.1 SPF check failed", "policy"),
    ("5.2.2", "552 5.2.2 mailbox full", "mailbox_full"),
    ("4.2.2", "452 4.2.2 mailbox full", "mailbox_full"),
    ("5.2.1", "550 5.2.1 <address>... User Unknown", "mailbox_closed"),
    ("5.3.4", "552 5.3.4 message too big", "too_large"),
    ("4.1.1", "450 4.1.1 <address>: User unknown in virtual alias table", "expired"),
    ("", "450 4.7.1 Greylisted", "expired"),
    ("4.4.7", "delivery temporarily suspended: connect to mx: timed out", "expired"),
    ("5.4.4", "Host or domain name not found. Name service error", "domain_unknown"),
    ("5.0.0", "550 <address>: unknown error", "mailbox_unknown"),
    ("", "550 Requested action not taken: mailbox unavailable", "mailbox_unknown"),
    ("", "550 Recipient address rejected: greylisted", "policy"),
    ("5.1.7", "550 5.1.7 bad sender address", "policy"),
    ("5.5.0", "554 Service unavailable", "refused"),
    ("", "", "refused"),
]


@pytest.mark.parametrize(("status", "reply", "reason"), HARD)
def test_the_mailbox_is_certainly_not_there(status, reply, reason):
    assert meaning.of(status, reply) == (reason, True)


@pytest.mark.parametrize(("status", "reply", "reason"), SOFT)
def test_everything_else_suppresses_nobody(status, reply, reason):
    assert meaning.of(status, reply) == (reason, False)


def test_once_is_enough_only_for_a_clear_5_1_1():
    assert meaning.no_such_mailbox("550 5.1.1 <address> no such user")
    for reply in ("550 no such user", "550 5.1.2 no such domain", "550 5.7.1 no", "550 5.1.1 spam", "450 4.1.1 no", ""):
        assert not meaning.no_such_mailbox(reply), reply


@given(st.text(max_size=12), st.text(max_size=300))
def test_any_text_has_a_meaning_with_words(status, reply):
    assert meaning.of(status, reply).reason in reasons.REASONS
