"""Mail that comes back: the world's samples, reports, holidays (fault R13). Forgeries: test_s13_returned.py."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from comms.people.addresses import address_key
from mailings.facts import intake, return_path
from tests.mailings.facts import rows
from tests.mailings.facts.reports import WHO, addressed, complaint, kinds, plain, read, report

SAMPLES = sorted((Path(__file__).parents[2] / "corpora/bounces").glob("*.eml"))


# --- the world's samples --------------------------------------------------------------------------------------------
EXPECTED = {
    "lhost-postfix-01": ["bounced 5.1.1"],
    "lhost-postfix-02": ["bounced 5.2.1", "bounced 5.1.1"],
    "lhost-postfix-03": ["bounced 5.0.0"],
    "lhost-postfix-04": ["bounced 5.1.1"],
    "lhost-postfix-05": ["bounced 4.1.1"],
    "rfc3464-01": ["bounced 5.1.1"],
    "rfc3464-03": ["bounced 5.0.0"],
    "rfc3464-04": ["bounced"],
}


def test_the_samples_are_there():
    assert [path.stem for path in SAMPLES] == sorted(EXPECTED)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_read_and_keeps_no_address(path):
    facts = read(path.read_bytes(), to=return_path.address(WHO))
    assert [f"{fact.kind} {fact.status}".strip() for fact in facts] == EXPECTED[path.stem]
    assert {fact.recipient for fact in facts} == {WHO}
    for fact in facts:
        row = intake._row(fact, timezone.now())
        assert "@" not in row.reply + row.status
        assert fact.address.partition("@")[0] not in row.reply.split()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_that_did_not_come_to_us_tells_nothing(path):
    assert read(path.read_bytes()) == []
    assert read(path.read_bytes(), to=f"bounces+{WHO.hex}@union.example.org") == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_about_another_address_suppresses_nobody_on_any_day(path, union):
    _mailing, both = rows.sent(union, to=["a@example.com", "a@example.org"])
    for n, row in enumerate(both):
        facts = read(path.read_bytes(), to=return_path.address(row.public_id))
        rows.tell(*(fact._replace(happened_at=timezone.now() - timezone.timedelta(days=n)) for fact in facts))
    assert {rows.state(row) for row in both} == {"bounced"}
    assert rows.suppressed() == []
    assert rows.doubts() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_only_a_mailbox_that_is_not_there_raises_doubt(path, union):
    """The member's address is the one the sample is about."""
    facts = read(path.read_bytes(), to=return_path.address(WHO))
    hard = {"lhost-postfix-01", "lhost-postfix-02", "lhost-postfix-03", "lhost-postfix-04", "rfc3464-01"}
    _mailing, [row] = rows.sent(union, to=[facts[-1].address])
    rows.tell(*(fact._replace(recipient=row.public_id) for fact in facts[-1:]))
    assert rows.doubts() == (1 if path.stem in hard else 0)
    assert rows.suppressed() == []


# --- reports of our own making --------------------------------------------------------------------------------------
def test_a_report_tells_status_answer_and_whom_it_is_about():
    [fact] = read(report())
    assert (fact.kind, fact.status, fact.reply, fact.address) == (
        "bounced", "5.1.1", "550 5.1.1 no such user", "a@example.com"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("action", "kind"),
    [("failed", "bounced"), ("delayed", "accepted"), ("delivered", "delivered"), ("relayed", "accepted"),
     ("expanded", "accepted"), ("Failed (really)", "bounced"), ("error", "bounced"), ("", None), ("nonsense", None)],
)  # fmt: skip
def test_what_a_server_did_with_a_mail(action, kind):
    assert kinds(report(action=action)) == ([kind] if kind else [])


def test_the_same_report_is_the_same_event_and_another_is_another():
    first, again, other = read(report())[0], read(report())[0], read(report(n="r2"))[0]
    assert first.event == again.event != other.event


def test_an_internationalised_report_is_read(union):
    """RFC 6533: another content type, another kind of address."""
    content = report(kind="message/global-delivery-status", to="åsa@example.com").replace(b"rfc822; ", b"utf-8; ")
    [fact] = read(content)
    assert (fact.kind, fact.status) == ("bounced", "5.1.1")


def test_upper_case_and_other_headers_lead_to_us_as_well():
    path = return_path.address(WHO).upper()
    assert kinds(report(path=path)) == ["bounced"]
    assert kinds(addressed(report(), To="somebody@example.com", Delivered_To=return_path.address(WHO))) == ["bounced"]


def test_a_report_inside_the_returned_mail_is_not_the_report():
    inner = report().decode().replace("=_b", "=_inner")
    outer = (
        f"From: a@example.com\nTo: <{return_path.address(WHO)}>\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/mixed; boundary="=_o"\n\n--=_o\nContent-Type: message/rfc822\n\n{inner}\n--=_o--\n'
    )
    assert read(outer.encode()) == []


# --- everything else ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content",
    [
        plain(Auto_Submitted="auto-replied"),
        plain(Auto_Submitted="auto-replied", Return_Path="<>", Precedence="bulk"),
        plain(X_Autoreply="yes", Subject="Automatiskt svar: semester"),
        plain(X_Auto_Response_Suppress="All", Subject="Out of office"),
        plain("Delivery to the following recipient failed\n\n  a@example.com\n", Auto_Submitted="auto-replied"),
        plain(),
        plain("Could you call me?\n", Subject="Re: Möte"),
        b"",
        b"\x00\xff\xfe" * 100,
        b"Content-Type: multipart/report; boundary=\n\n",
    ],
    ids=range(10),
)
def test_holidays_and_letters_of_people_change_nothing(content):
    assert read(content, to=return_path.address(WHO)) == []


def test_a_report_in_a_form_of_its_own_is_a_bounce_without_a_reason():
    text = "Delivery to the following recipient failed:\n\n     a@example.com\n\n----- Original message -----\n"
    assert read(plain(text)) == []
    [fact] = read(plain(text, From="Mail Delivery Subsystem <mailer-daemon@mx.example.com>"))
    assert read(plain(text, Return_Path="<>")) == [fact._replace(happened_at=mock.ANY, event=mock.ANY)]
    assert (fact.kind, fact.status, fact.reply, fact.address) == ("bounced", "", "", "a@example.com")


@pytest.mark.once
@given(st.binary(max_size=2000), st.sampled_from([report(), complaint(), plain()]), st.integers(0, 1500))
def test_no_mail_is_so_broken_that_reading_it_fails(rubbish, content, at):
    for broken in (rubbish, content[:at] + rubbish, content[:at] + rubbish + content[at:]):
        assert isinstance(read(broken, to=return_path.address(WHO)), list)


def test_the_address_is_kept_as_a_keyed_hash_however_it_is_written(settings):
    wanted = address_key("a@example.com", key=settings.SUPPRESSION_KEY)
    for written in ("a@example.com", "A@EXAMPLE.com", " a@example.com "):
        [fact] = read(report(to=written))
        assert intake._row(fact, timezone.now()).about == wanted
