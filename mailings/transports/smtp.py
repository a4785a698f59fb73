"""SMTP in phases, so that we always know whether the final dot has left (delivery.md, "State machine").

`smtplib` connects (EHLO, STARTTLS, AUTH); the mail transactions are written here: one group per mail where the
server offers PIPELINING (RFC 2920), step by step elsewhere. Not Django's backend: it encodes `åsa@` into RCPT TO.
"""

from __future__ import annotations

import contextlib
import ipaddress
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator

from mailings.transports.base import Events, Halted, Lost, Mail, Outcome
from mailings.transports.replies import Reply, outcome, redact

CONNECT_SECONDS = 30
STEP_SECONDS = 300  # RFC 5321 §4.5.3.2.2: MAIL, RCPT, DATA
DOT_SECONDS = 600  # RFC 5321 §4.5.3.2.6: a short timeout here makes duplicates
TICK_SECONDS = 5
MAILS_PER_CONNECTION = 1000  # many servers close after some number; we leave first
MAX_REPLY_BYTES = 64 * 1024
TOO_LARGE = {523, 552}  # about this mail, not about us


class SmtpTransport:
    """One connection to the server of EMAIL_URL. See `base.Transport`."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        user: str = "",
        password: str = "",
        tls_from_start: bool = False,
        starttls_required: bool = True,
        local_name: str = "localhost",
    ) -> None:
        self.host, self.port, self.user, self.password = host, port, user or "", password or ""
        self.tls_from_start, self.starttls_required, self.local_name = tls_from_start, starttls_required, local_name
        self._wire: Wire | None = None
        self._extensions: frozenset[str] = frozenset()
        self._sent = 0

    # --- the connection ---------------------------------------------------------------------------------------------
    def connect(self) -> None:
        if self._wire is not None:
            return
        try:
            session = self._greet()
            assert session.sock is not None
            session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
            raise Lost(redact(str(error)), reason="server_refuses") from error
        except OSError as error:  # SMTPException is one
            raise Lost(redact(str(error))) from error
        self._wire, self._sent = Wire(session.sock), 0
        self._extensions = frozenset(name.upper() for name in session.esmtp_features)

    def _greet(self) -> smtplib.SMTP:
        kind: Callable[..., smtplib.SMTP] = smtplib.SMTP_SSL if self.tls_from_start else smtplib.SMTP
        session = kind(self.host, self.port, local_hostname=self.local_name, timeout=CONNECT_SECONDS)
        try:
            session.ehlo_or_helo_if_needed()
            if not (self.tls_from_start or is_loopback(self.host)):
                self._encrypt(session)
            if self.user:
                session.login(self.user, self.password)
        except Exception:
            session.close()
            raise
        return session

    def _encrypt(self, session: smtplib.SMTP) -> None:
        if not self.starttls_required and not session.has_extn("starttls"):
            return
        context = ssl.create_default_context()
        if not self.starttls_required:  # better than nothing: encrypted towards whoever answers
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        session.starttls(context=context)
        session.ehlo()

    def offers_utf8(self) -> bool:
        return "SMTPUTF8" in self._extensions

    def has(self, folder: str, name: str) -> bool | None:
        return None

    def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            with contextlib.suppress(OSError):
                wire.write(b"QUIT\r\n")
            wire.close()

    # --- mails ------------------------------------------------------------------------------------------------------
    def deliver(self, mails: Iterable[Mail], events: Events) -> None:
        if self._sent >= MAILS_PER_CONNECTION:
            self.close()
        self.connect()
        assert self._wire is not None
        self._wire.waiting = events.waiting
        try:
            self._deliver(self._sendable(mails, events), events)
        except (Lost, Halted):
            self._drop()
            raise
        except OSError as error:
            self._drop()
            raise Lost(str(error)) from error

    def _drop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def _sendable(self, mails: Iterable[Mail], events: Events) -> Iterator[Mail]:
        for mail in mails:
            if mail.utf8 and not self.offers_utf8():
                events.answer(mail, Outcome("skipped", reason="smtputf8"))
            else:
                yield mail

    def _deliver(self, mails: Iterator[Mail], events: Events) -> None:
        assert self._wire is not None
        pipelining = "PIPELINING" in self._extensions
        mail = next(mails, None)
        if mail and pipelining:
            self._wire.write(self._group(mail))
        while mail is not None:
            refused = self._envelope(mail, written=pipelining)
            following = next(mails, None) if pipelining else None
            ahead = self._group(following) if following else b""
            if refused is None:
                self._content(mail, ahead, events)
            else:
                events.answer(mail, refused)
                self._expect(b"RSET\r\n", 250)
                self._wire.write(ahead)
            mail = following if pipelining else next(mails, None)

    def _content(self, mail: Mail, ahead: bytes, events: Events) -> None:
        """Content, then the dot together with what follows in the same group, then the answer."""
        assert self._wire is not None
        if not ahead:
            self._wire.write(mail.content)
        if not events.dot(mail):
            raise Halted
        try:
            self._wire.write(mail.content + b".\r\n" + ahead if ahead else b".\r\n")
            reply = self._wire.read(DOT_SECONDS)
        except OSError as error:
            events.answer(mail, Outcome("lost", reason="no_answer"))
            raise Lost(str(error)) from error
        self._sent += 1
        events.answer(mail, outcome(reply, to=mail.to, after_dot=True))
        if reply.code == 421:
            raise Lost(redact(reply.text))

    def _group(self, mail: Mail) -> bytes:
        return b"".join(self._steps(mail))

    def _steps(self, mail: Mail) -> tuple[bytes, bytes, bytes]:
        size = f" SIZE={len(mail.content)}" if "SIZE" in self._extensions else ""
        utf8 = " SMTPUTF8" if mail.utf8 else ""
        start = f"MAIL FROM:<{mail.sender}>{size}{utf8}\r\n"
        return start.encode(), f"RCPT TO:<{mail.to}>\r\n".encode(), b"DATA\r\n"

    def _envelope(self, mail: Mail, *, written: bool) -> Outcome | None:
        """None when the server waits for the content, else what became of the mail."""
        assert self._wire is not None
        decided: Reply | None = None
        for step, command in zip(("MAIL", "RCPT", "DATA"), self._steps(mail), strict=True):
            if not written:
                self._wire.write(command)
            reply = self._wire.read(STEP_SECONDS)
            if reply.code == 421:
                raise Lost(redact(reply.text))
            if step == "MAIL" and 500 <= reply.code < 600 and reply.code not in TOO_LARGE and not mail.utf8:
                raise Lost(redact(f"{reply.code} {reply.text}", to=mail.sender), reason="server_refuses")
            if (
                decided is not None and reply.code == 354
            ):  # RFC 2920 §3.1: it wants content although nobody is to get it
                self._expect(b".\r\n", None)
            if decided is None and reply.code != (354 if step == "DATA" else 250) and reply.code != 251:
                decided = reply
                if not written:
                    break
        return None if decided is None else outcome(decided, to=mail.to)

    def _expect(self, command: bytes, code: int | None) -> None:
        assert self._wire is not None
        self._wire.write(command)
        reply = self._wire.read(STEP_SECONDS)
        if code is not None and reply.code != code:
            raise Lost(redact(f"{reply.code} {reply.text}"))


class Wire:
    """Bytes out, whole replies in. Every failure is an `OSError`."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.waiting: Callable[[], None] = lambda: None
        self._read = bytearray()

    def write(self, data: bytes) -> None:
        self.sock.settimeout(STEP_SECONDS)
        self.sock.sendall(data)

    def read(self, seconds: float) -> Reply:
        """The next complete reply; `waiting` is called every few seconds until it has come."""
        deadline = time.monotonic() + seconds
        lines: list[str] = []
        while True:
            line = self._line(deadline)
            if not line[:3].isdigit():
                raise ConnectionError("not an SMTP reply")
            lines.append(line[4:].decode("utf-8", "replace"))
            if line[3:4] != b"-":
                return Reply(int(line[:3]), " ".join(lines))

    def _line(self, deadline: float) -> bytes:
        while (end := self._read.find(b"\n")) < 0:
            self._more(deadline)
        line = bytes(self._read[:end])
        del self._read[: end + 1]
        return line.rstrip(b"\r")

    def _more(self, deadline: float) -> None:
        while True:
            self.sock.settimeout(max(0.01, min(TICK_SECONDS, deadline - time.monotonic())))
            try:
                data = self.sock.recv(65536)
                break
            except TimeoutError:
                if time.monotonic() >= deadline:
                    raise
                self.waiting()
        if not data or len(self._read) > MAX_REPLY_BYTES:
            raise ConnectionError("the server hung up")
        self._read += data

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.close()


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, where no encryption is asked for."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
