"""Mail that comes back, of our own making: delivery reports, complaints, and what is neither."""

from __future__ import annotations

import email
import uuid
from email.message import Message

from django.utils import timezone

from mailings.facts import intake, return_path, returned

WHO = uuid.UUID(int=7)
BLOCK = """Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {reply}
"""
REPORT = """From: MAILER-DAEMON@mx.example.com
To: <{path}>
Subject: Undelivered
Message-ID: <{n}@mx.example.com>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: text/plain

It did not arrive.

--=_b
Content-Type: {kind}

Reporting-MTA: dns; mx.example.com

{block}
--=_b
Content-Type: message/rfc822

Subject: what we sent

Hej
--=_b--
"""
FEEDBACK = """From: feedback@isp.example.com
To: complaints@union.example.org
Subject: complaint
Message-ID: <c1@isp.example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_b"

--=_b
Content-Type: text/plain

This is a complaint.
--=_b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Feedback/1.0
Version: 1
{mail_from}
--=_b
Content-Type: message/rfc822

Return-Path: <{path}>
From: us@union.example.org
Subject: what we sent

Hej
--=_b--
"""


def report(
    *, path: str = "", to: str = "a@example.com", action: str = "failed", status: str = "5.1.1",
    reply: str = "550 5.1.1 no such user", kind: str = "message/delivery-status", n: str = "r1",
) -> bytes:  # fmt: skip
    block = BLOCK.format(to=to, action=action, status=status, reply=reply)
    return REPORT.format(path=path or return_path.address(WHO), block=block, kind=kind, n=n).encode()


def complaint(kind: str = "abuse", *, path: str = "", mail_from: str = "") -> bytes:
    return FEEDBACK.format(kind=kind, path=path or return_path.address(WHO), mail_from=mail_from).encode()


def plain(text: str = "Hej, jag är på semester.\n", **headers: str) -> bytes:
    message = Message()
    for name, value in {"From": "a@example.com", "To": return_path.address(WHO), "Subject": "Svar", **headers}.items():
        message[name.replace("_", "-")] = value
    message.set_payload(text, None if text.isascii() else "utf-8")
    return message.as_bytes()


def addressed(content: bytes, **headers: str) -> bytes:
    """The same mail with other headers on top."""
    message = email.message_from_bytes(content)
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    return message.as_bytes()


def read(content: bytes, *, to: str = "") -> list[intake.Fact]:
    return returned.read(content, now=timezone.now(), to=to)


def kinds(content: bytes, *, to: str = "") -> list[str]:
    return [fact.kind for fact in read(content, to=to)]
