"""Threat S13: fake bounces. A report counts only when it came to a return path that we sealed ourselves; told a
hundred times, backwards or altered it says no more than once.
"""

from __future__ import annotations

import itertools
import random
import string

import pytest

from comms.people.tokens import seal, seal_caseless
from mailings.facts import return_path
from mailings.models import DeliveryEvent, RawFact, Recipient
from tests.factories import make_member
from tests.mailings.facts import rows
from tests.mailings.facts.conftest import configured  # noqa: F401  (found by name)
from tests.mailings.facts.reports import WHO, complaint, kinds, read, report

# --- forgeries ------------------------------------------------------------------------------------------------------
FORGED = [
    "bounces@union.example.org",
    f"bounces+{WHO.hex}@union.example.org",
    f"bounces+{'a' * 53}@union.example.org",
    "bounces+@union.example.org",
    "a@example.com",
]


@pytest.mark.parametrize("path", FORGED)
def test_a_report_to_a_return_path_we_never_made_tells_nothing(path):
    assert read(report(path=path)) == []
    assert read(report(path="x@example.com"), to=path) == []


@pytest.mark.django_db
def test_a_forged_report_changes_no_state_and_suppresses_nobody(union):
    _mailing, [row] = rows.sent(union, to=["a@example.com"])
    for n, path in enumerate([*FORGED, f"bounces+{row.public_id.hex}@union.example.org"]):
        rows.tell(*read(report(path=path, n=str(n))))
    assert (rows.state(row), rows.suppressed(), rows.doubts(), rows.raw()) == ("sent", [], 0, {})


def test_a_return_path_only_quoted_inside_a_delivery_report_does_not_count():
    content = report(path="x@example.com").replace(
        b"Subject: what we sent", f"Return-Path: <{return_path.address(WHO)}>".encode()
    )
    assert read(content) == []


# --- complaints -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "told"),
    [("abuse", ["complained"]), ("Abuse", ["complained"]), ("opt-out", ["unsubscribed"]), ("not-spam", []),
     ("auth-failure", []), ("virus", []), ("fraud", []), ("", [])],
)  # fmt: skip
def test_a_complaint_is_one_only_when_it_says_so(kind, told):
    assert kinds(complaint(kind)) == told


def test_a_complaint_names_us_by_the_return_path_inside_or_its_own_field():
    own = f"Original-Mail-From: <{return_path.address(WHO)}>\n"
    assert kinds(complaint(path="x@example.com", mail_from=own)) == ["complained"]
    assert kinds(complaint(path="x@example.com")) == []
    assert kinds(complaint(path=f"bounces+{WHO.hex}@union.example.org")) == []


@pytest.mark.django_db
def test_a_complaint_by_mail_suppresses_at_once(union):
    _mailing, [row] = rows.sent(union)
    rows.tell(*read(complaint(path=return_path.address(row.public_id))))
    assert rows.said(row) == "complained complained"
    assert rows.suppressed() == ["complained"]


# --- told again, backwards, altered ---------------------------------------------------------------------------------
@pytest.fixture
def row(union) -> Recipient:
    return rows.sent(union, to=["a@example.com"])[1][0]


@pytest.mark.django_db
def test_a_hundred_copies_of_a_report_count_once(row):
    path = return_path.address(row.public_id)
    for _n in range(100):
        rows.tell(*read(report(path=path)))
    assert rows.said(row) == "bounced mailbox_unknown"
    assert (RawFact.objects.count(), DeliveryEvent.objects.count(), rows.doubts()) == (1, 1, 1)
    assert rows.suppressed() == []


@pytest.mark.django_db
@pytest.mark.parametrize("order", [*itertools.permutations(["delivered", "failed", "complaint"])], ids="-".join)
def test_whatever_comes_first_the_end_is_the_same(order, row):
    path = return_path.address(row.public_id)
    told = {
        "delivered": report(path=path, action="delivered", status="2.0.0", n="d"),
        "failed": report(path=path, n="f"),
        "complaint": complaint(path=path),
    }
    for kind in order:
        rows.tell(*read(told[kind]))
    assert rows.said(row) == "complained complained"
    assert rows.suppressed() == ["complained"]


@pytest.mark.django_db
def test_a_report_about_somebody_else_shuts_nobody_out(row, union):
    """Who holds one return path, that of their own mail, writes another member's address into the report."""
    victim = make_member(email="victim@example.com", placed=[union.branch_a])
    for n in range(5):
        rows.tell(*read(report(path=return_path.address(row.public_id), to=victim.email, n=str(n))))
    assert (rows.suppressed(), rows.doubts()) == ([], 0)


@pytest.mark.parametrize("at", range(53))
def test_no_letter_of_a_return_path_can_be_another(at):
    local, domain = return_path.address(WHO).split("@")
    token = local.removeprefix("bounces+")
    for other in random.Random(at).sample(sorted(set(string.ascii_lowercase + "234567") - {token[at]}), 4):
        path = f"bounces+{token[:at]}{other}{token[at + 1 :]}@{domain}"
        assert read(report(path=path)) == [], path
        assert read(complaint(path=path)) == [], path


@pytest.mark.parametrize("purpose", ["web", "unsubscribe", "page", "documents"])
def test_a_token_made_for_something_else_is_no_return_path(purpose):
    for token in (seal(purpose, WHO.bytes), seal_caseless(purpose, WHO.bytes)):
        assert read(report(path=f"bounces+{token}@union.example.org")) == []


def test_a_return_path_sealed_with_another_key_tells_nothing(settings):
    path = return_path.address(WHO)
    assert kinds(report(path=path)) == ["bounced"]
    settings.SECRET_KEY = "the key of somebody else"
    assert read(report(path=path)) == []
