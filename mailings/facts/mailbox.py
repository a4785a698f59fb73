"""The bounce mailbox: returned mail is read from an IMAP server, and deleted there once it is stored here."""

from __future__ import annotations

import contextlib
import datetime
import imaplib
import logging
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from django.db import transaction

from comms.privacy import policy
from mailings.facts import intake, returned
from mailings.transports.smtp import is_loopback

log = logging.getLogger(__name__)

SECONDS = 30  # for each answer of the server
AT_ONCE = 50  # mails in one transaction
MOST_BYTES = 1024 * 1024  # of one mail: a report comes before what it returns
KEPT = policy.kept("mailbox")  # a mail that was not for us
LITERAL = re.compile(rb"UID (\d+)")


@dataclass(frozen=True, slots=True)
class Address:
    """What BOUNCE_IMAP_URL says: `imaps://user:password@host:993/INBOX`."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    encrypted: bool

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises `ValueError`, whose text does not hold the password."""
        parts = urlsplit(url)
        encrypted = parts.scheme == "imaps"
        if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username:
            raise ValueError("write imaps://user:password@host/FOLDER")
        if not encrypted and not is_loopback(parts.hostname):
            raise ValueError("the connection would not be encrypted")
        port = parts.port or (993 if encrypted else 143)
        user, password = unquote(parts.username), unquote(parts.password or "")
        return cls(parts.hostname, port, user, password, unquote(parts.path.strip("/")) or "INBOX", encrypted)


class Failed(Exception):
    """The mailbox could not be read. What was stored stays stored; the rest is read the next time."""


def read(url: str, *, now: datetime.datetime) -> int:
    """Store what the unread mails tell; how many told something. Repeatable. Raises `Failed`.

    A mail is marked only after the commit: \\Deleted when it was ours, else \\Seen, and deleted after `KEPT`.
    """
    address = Address.parse(url)
    try:
        with _session(address) as server:
            found = sum(_take(server, uids, now=now) for uids in _unread(server))
            _forget(server, now=now)
            return found
    except (imaplib.IMAP4.error, OSError) as error:
        raise Failed(type(error).__name__) from error


@contextlib.contextmanager
def _session(address: Address) -> Iterator[imaplib.IMAP4]:
    server: imaplib.IMAP4
    if address.encrypted:
        context = ssl.create_default_context()
        server = imaplib.IMAP4_SSL(address.host, address.port, ssl_context=context, timeout=SECONDS)
    else:
        server = imaplib.IMAP4(address.host, address.port, timeout=SECONDS)
    with server:  # logs out
        server.login(address.user, address.password)
        _ok(server.select('"{}"'.format(address.folder.replace('"', ""))))
        yield server


def _ok(answer: tuple[str, list[Any]]) -> list[Any]:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(answer[0])
    return answer[1]


def _search(server: imaplib.IMAP4, *criteria: str) -> list[bytes]:
    (found,) = _ok(server.uid("SEARCH", *criteria))
    return bytes(found or b"").split()


def _unread(server: imaplib.IMAP4) -> Iterator[list[bytes]]:
    uids = _search(server, "UNSEEN", "UNDELETED")
    yield from (uids[start : start + AT_ONCE] for start in range(0, len(uids), AT_ONCE))


def _take(server: imaplib.IMAP4, uids: list[bytes], *, now: datetime.datetime) -> int:
    told: list[bytes] = []
    others: list[bytes] = []
    with transaction.atomic():
        for uid, content in _fetch(server, uids):
            facts = returned.read(content, now=now)
            intake.store(facts, now=now)
            (told if facts else others).append(uid)
    _mark(server, told, r"(\Deleted)")
    _mark(server, others, r"(\Seen)")
    if told:
        _ok(server.expunge())
    return len(told)


def _fetch(server: imaplib.IMAP4, uids: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    wanted = b",".join(uids).decode()
    for part in _ok(server.uid("FETCH", wanted, f"(UID BODY.PEEK[]<0.{MOST_BYTES}>)")):
        if isinstance(part, tuple) and (uid := LITERAL.search(part[0])):
            yield uid[1], part[1]


def _mark(server: imaplib.IMAP4, uids: list[bytes], flags: str) -> None:
    if uids:
        _ok(server.uid("STORE", b",".join(uids).decode(), "+FLAGS.SILENT", flags))


def _forget(server: imaplib.IMAP4, *, now: datetime.datetime) -> None:
    before = (now - KEPT).strftime("%d-%b-%Y")
    if old := _search(server, "SEEN", "UNDELETED", "BEFORE", before):
        _mark(server, old, r"(\Deleted)")
        _ok(server.expunge())
