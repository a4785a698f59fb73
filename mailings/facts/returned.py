"""What came back by mail: delivery reports (RFC 3464), complaints (RFC 5965), and everything else, which is nothing.

Only a mail that came to a return path of ours counts, whatever it says inside (threat S13). The standard library
reads the reports; flufl.bounce knows those that do not follow the standard.
"""

from __future__ import annotations

import datetime
import email
import email.policy
import logging
import re
import uuid
from collections.abc import Iterator
from email.message import Message
from email.utils import parseaddr

from flufl.bounce import all_failures

from mailings.facts import return_path
from mailings.facts.intake import Fact, Kind

log = logging.getLogger(__name__)

ODD_BYTES = 64 * 1024  # of a mail without a report, tried against many patterns
ENVELOPE = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To", "To")
ACTIONS: dict[str, Kind] = {
    "failed": "bounced", "error": "bounced",  # the second is OpenSMTPD's
    "delayed": "accepted", "relayed": "accepted", "expanded": "accepted", "delivered": "delivered",
}  # fmt: skip
FEEDBACK: dict[str, Kind] = {"abuse": "complained", "opt-out": "unsubscribed", "opt-out-list": "unsubscribed"}
AUTOMATIC = ("Auto-Submitted", "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress")
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
DAEMON = re.compile(r"mailer.?daemon|postmaster", re.IGNORECASE)
TYPE = re.compile(r"^\s*[\w.-]+\s*;\s*")  # "rfc822;" of an address, "smtp;" of an answer


def read(content: bytes, *, now: datetime.datetime, to: str = "") -> list[Fact]:
    """The facts in a mail, none when it is not about a mail of ours or is no report. Never raises.

    `to` is the address it was delivered to, where that is known better than by its headers.
    """
    try:
        message = email.message_from_bytes(content, policy=email.policy.compat32)
        return list(_facts(message, content, to, now))
    except Exception as error:  # the parser has seen many odd mails, and not yet all
        log.warning("a returned mail could not be read (%s)", type(error).__name__)
        return []


def _facts(message: Message, content: bytes, to: str, now: datetime.datetime) -> Iterator[Fact]:
    feedback = _part(message, "message/feedback-report")
    if feedback is not None:
        yield from _complaint(message, feedback, to, now)
        return
    recipient = return_path.recipient_in(" ".join([to, *(_header(message, name) for name in ENVELOPE)]))
    if recipient is None:
        return
    report = _part(message, "message/delivery-status") or _part(message, "message/global-delivery-status")
    if report is not None:
        yield from _delivery(message, report, recipient, now)
    elif _is_from_a_server(message):
        yield from _odd(message, content, recipient, now)


# --- delivery reports -----------------------------------------------------------------------------------------------
def _delivery(message: Message, report: Message, recipient: uuid.UUID, now: datetime.datetime) -> Iterator[Fact]:
    for n, block in enumerate(_blocks(report)):
        action = re.match(r"\s*([a-z]*)", _header(block, "Action").lower())
        kind = ACTIONS.get(action[1] if action else "")
        if kind is None:
            continue
        status = STATUS.search(_header(block, "Status"))
        yield Fact(
            source="dsn",
            event=f"{_identity(message)} {recipient.hex} {n}",
            recipient=recipient,
            kind=kind,
            happened_at=now,  # its own date is whatever somebody wrote there
            status=status[0] if status else "",
            reply=TYPE.sub("", " ".join(_header(block, "Diagnostic-Code").split())),
            address=_address(block),
        )


def _blocks(report: Message) -> list[Message]:
    """One per recipient of the report; the first block, about the report itself, has no Action."""
    payload = report.get_payload()
    parts = [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []
    if parts and report.get_content_type() == "message/delivery-status":
        return parts
    text = parts[0].as_string() if parts else str(payload)  # the parser knows no message/global-delivery-status
    return [email.message_from_string(block) for block in re.split(r"\r?\n\r?\n", text)]


def _address(block: Message) -> str:
    """Whom we had written to: the original recipient where a server tells it, else the final one."""
    named = _header(block, "Original-Recipient") or _header(block, "Final-Recipient")
    return parseaddr(TYPE.sub("", named))[1]


# --- complaints -----------------------------------------------------------------------------------------------------
def _complaint(message: Message, feedback: Message, to: str, now: datetime.datetime) -> Iterator[Fact]:
    """It comes to an address agreed with the provider, so our return path stands inside (RFC 5965 §3.2)."""
    payload = feedback.get_payload()
    body = payload[0] if isinstance(payload, list) and payload else email.message_from_string(str(payload))
    if not isinstance(body, Message):
        return
    original = _part(message, "message/rfc822") or _part(message, "text/rfc822-headers")
    inside = _original(original) if original is not None else None
    paths = [to, *(_header(message, name) for name in ENVELOPE), _header(body, "Original-Mail-From")]
    recipient = return_path.recipient_in(" ".join([*paths, _header(inside, "Return-Path") if inside else ""]))
    kind = FEEDBACK.get(_header(body, "Feedback-Type").strip().lower())
    if recipient is not None and kind is not None:
        yield Fact("arf", f"{_identity(message)} {recipient.hex}", recipient, kind, happened_at=now)


def _original(part: Message) -> Message | None:
    payload = part.get_payload()
    inside = payload[0] if isinstance(payload, list) and payload else email.message_from_string(str(payload))
    return inside if isinstance(inside, Message) else None


# --- the rest -------------------------------------------------------------------------------------------------------
def _is_from_a_server(message: Message) -> bool:
    """People answer, also automatically while on holiday (RFC 3834): that is no report, whatever it quotes."""
    if DAEMON.search(_header(message, "From")) or message["X-Failed-Recipients"]:
        return True
    return _header(message, "Return-Path").strip() == "<>" and not any(message[name] for name in AUTOMATIC)


def _odd(message: Message, content: bytes, recipient: uuid.UUID, now: datetime.datetime) -> Iterator[Fact]:
    """A returned mail in a form of its own. It says who, and not reliably why: nothing hard follows from it."""
    _delayed, failed = all_failures(email.message_from_bytes(content[:ODD_BYTES], policy=email.policy.compat32))
    for address in sorted(failed)[:1]:
        event = f"{_identity(message)} {recipient.hex}"
        yield Fact("dsn", event, recipient, "bounced", happened_at=now, address=address.decode("ascii", "replace"))


def _part(message: Message, content_type: str) -> Message | None:
    """The first part of that type which does not lie inside the returned mail."""
    if message.get_content_type() == content_type:
        return message
    payload = message.get_payload()
    if message.get_content_maintype() != "multipart" or not isinstance(payload, list):
        return None
    found = (_part(part, content_type) for part in payload if isinstance(part, Message))
    return next((part for part in found if part is not None), None)


def _header(message: Message, name: str) -> str:
    return " ".join(str(value) for value in message.get_all(name, []))


def _identity(message: Message) -> str:
    """The same however often it is fetched: its Message-ID, or without one all of it."""
    return _header(message, "Message-ID").strip() or message.as_string()


def content_of(message: Message) -> bytes:
    """A parsed mail as bytes again; empty for one that cannot be written down."""
    try:
        return message.as_bytes(policy=email.policy.compat32)
    except Exception as error:  # a header or a charset that the library cannot write
        log.warning("a mail that came in could not be read (%s)", type(error).__name__)
        return b""
