"""S4: no string in any field adds a header, a recipient or a line that is too long (RFC 5322 §2.1.1)."""

from __future__ import annotations

import email
import email.policy
import json
from dataclasses import replace
from pathlib import Path

import pytest

from mailings import messages, wire
from mailings.composing import pdf_name
from mailings.wire import HeaderRefused
from templates_lib.render.merge import clean_line, hole
from tests.factories import make_mandate, make_unit, make_user
from tests.mailings.post import make_mailing
from tests.mailings.ways import HEAD, letter

NAUGHTY = [text for text in json.loads((Path(__file__).parents[1] / "corpora/blns.json").read_text()) if text]
BREAKS = ["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "%0d%0a", "=0D=0A", "\\r\\n"]
HOSTILE = [*NAUGHTY, *(f"Eve{end}Bcc: eve@example.com{end}{end}<b>" for end in BREAKS), "ä" * 5000, "x" * 5000]
HEADERS = {
    "To", "Date", "Message-ID", "Subject", "List-Unsubscribe", "List-Unsubscribe-Post", "From", "Reply-To", "List-Id",
    "Content-Language", "MIME-Version", "Content-Type",
}  # fmt: skip
LINK = "https://portal.example.org/u/abc/"


def check(raw: bytes) -> email.message.EmailMessage:
    """What holds for every message, however it was filled."""
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert set(message.keys()) == HEADERS
    assert len(message.keys()) == len(HEADERS)
    assert message["To"].addresses[0].addr_spec == "a@example.com"
    assert len(message["To"].addresses) == len(message["From"].addresses) == 1
    assert message["From"].addresses[0].addr_spec == "utskick@union.example.org"
    assert [part.get_content_type() for part in message.walk() if not part.is_multipart()] == [
        "text/plain", "text/html", "text/calendar", "application/pdf",
    ]  # fmt: skip
    return message


def write(compiled, text: str = "Åsa") -> bytes:
    return compiled.message(
        to="a@example.com", date="Fri, 12 Mar 2027 18:00:00 +0000", message_id="<1.1@union.example.org>",
        values={"first_name": text, "last_name": text, "unsubscribe_url": LINK}, unsubscribe=LINK,
    )  # fmt: skip


@pytest.mark.once
def test_any_member_name_in_every_hole():
    compiled = letter(subject=f"{hole('first_name')} {hole('last_name')}")
    for text in HOSTILE:
        check(write(compiled, text))


@pytest.mark.once
def test_any_subject_sender_and_file_name_once_cleaned():
    for text in HOSTILE:
        line = clean_line(text)
        compiled = letter(head=replace(HEAD, from_name=line), subject=line, pdf_name=pdf_name(line))
        message = check(write(compiled))
        assert list(message.iter_attachments())[-1].get_filename() == pdf_name(line)


@pytest.mark.once
@pytest.mark.parametrize("field", ["from_name", "subject", "pdf_name"])
def test_what_was_not_cleaned_is_refused_or_harmless(field):
    """The last lock: even a text that nobody cleaned."""
    for text in HOSTILE:
        try:
            of_head = field == "from_name"
            compiled = letter(head=replace(HEAD, from_name=text)) if of_head else letter(**{field: text})
        except HeaderRefused:
            assert wire.CONTROL.search(text)
        else:
            check(write(compiled))


@pytest.mark.once
def test_any_list_id_or_reply_address_is_refused_or_harmless():
    for text in HOSTILE:
        for field in ("list_id", "reply_to", "from_address"):
            try:
                raw = write(letter(head=replace(HEAD, **{field: text})))
            except HeaderRefused:
                continue
            assert set(email.message_from_bytes(raw).keys()) == HEADERS, (field, text)
            assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.once
def test_any_unsubscribe_link_message_id_or_recipient_is_refused_or_harmless():
    compiled = letter()
    for text in HOSTILE:
        for changed in ({"to": text}, {"message_id": text}, {"unsubscribe": text}):
            known = {"to": "a@example.com", "message_id": "<1@x.example>", "unsubscribe": LINK}
            try:
                raw = compiled.message(date="x", values={}, **(known | changed))
            except HeaderRefused:
                continue
            assert set(email.message_from_bytes(raw).keys()) == HEADERS, changed
            assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_a_line_end_in_a_name_does_not_stop_the_mailing(db):
    """Names come from forms and imports: what slipped in there is smoothed out, not refused at the last moment."""
    evil = "".join(f"{end}Bcc:" for end in BREAKS if end != "\x00")  # which PostgreSQL refuses
    alice = make_user(f"Alice{evil}", email="alice@example.org")
    mailing = make_mailing(make_mandate(alice, make_unit(f"Avdelning{evil}")))
    head = messages.letterhead(mailing)
    assert head.from_name.startswith("Alice Bcc: Bcc: Bcc:")
    check(write(letter(head=replace(head, from_address=HEAD.from_address))))
