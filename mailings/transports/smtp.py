"""SMTP in phases, so that we always know whether the final dot has left (delivery.md, "State machine").

`smtplib` connects (EHLO, STARTTLS, AUTH); the mail transactions are written here: one group per mail where the
server offers PIPELINING (RFC 2920), step by step elsewhere, on several connections at a time. Not Django's backend: it
encodes `åsa@` into RCPT TO.
"""

from __future__ import annotations

import ipaddress
import selectors
import smtplib
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any

from mailings.transports import talk
from mailings.transports.base import Events, Halted, Lost, Mail, Outcome
from mailings.transports.dials import Dials
from mailings.transports.line import Line
from mailings.transports.replies import Reply, redact

CONNECT_SECONDS = 30
TICK_SECONDS = 5
MOMENT = 0.005  # seconds between two looks whether a new connection is there
GROW_AGAIN_SECONDS = 60  # after the server did not want another connection


class SmtpTransport:
    """Up to `connections` connections to the server of EMAIL_URL. See `base.Transport`."""

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
        connections: int = 1,
    ) -> None:
        self.host, self.port, self.user, self.password = host, port, user or "", password or ""
        self.tls_from_start, self.starttls_required, self.local_name = tls_from_start, starttls_required, local_name
        self.connections = connections
        self._lines: list[Line] = []
        self._grow_at = 0.0

    # --- the connections --------------------------------------------------------------------------------------------
    def connect(self) -> None:
        if not self._lines:
            self._lines.append(self._dial())

    def _dial(self) -> Line:
        try:
            session = self._greet()
            assert session.sock is not None
            session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
            raise Lost(redact(str(error)), reason="server_refuses") from error
        except OSError as error:  # SMTPException is one
            raise Lost(redact(str(error))) from error
        return Line(session.sock, frozenset(name.upper() for name in session.esmtp_features))

    def _greet(self) -> smtplib.SMTP:
        plain: dict[str, Any] = {"local_hostname": self.local_name, "timeout": CONNECT_SECONDS}
        session = (
            smtplib.SMTP_SSL(self.host, self.port, context=ssl.create_default_context(), **plain)
            if self.tls_from_start
            else smtplib.SMTP(self.host, self.port, **plain)
        )
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
        return bool(self._lines) and "SMTPUTF8" in self._lines[0].extensions

    def has(self, folder: str, name: str) -> bool | None:
        return None

    def close(self) -> None:
        for line in self._lines:
            line.quit()
        self._lines.clear()

    # --- mails ------------------------------------------------------------------------------------------------------
    def deliver(self, mails: Iterable[Mail], events: Events) -> None:
        self.connect()
        supply = talk.Supply(_sendable(iter(mails), events, utf8=self.offers_utf8()))
        dials = Dials(self._dial)
        with Round(supply, events) as work:
            self._lines, lines = work.free, self._lines
            for line in lines:
                work.begin(line)
            try:
                while work.turn(soon=bool(dials.pending)):
                    self._grow(work, dials)
            finally:
                work.free.extend(dials.stop())
        if work.stopped:
            raise work.stopped

    def _grow(self, work: Round, dials: Dials) -> None:
        """One more connection while there is more to send, unless there are enough or the server wants no more. As many
        at a time as are at work: a server that wants one only is asked once.
        """
        for made in dials.made():
            if isinstance(made, Lost):
                self._grow_at = time.monotonic() + GROW_AGAIN_SECONDS
            elif work.wants_another:
                work.begin(made)
            else:
                work.free.append(made)
        if not work.wants_another or len(work.busy) + dials.pending >= self.connections:
            return
        if not work.busy and not dials.pending:
            work.begin(self._dial())
        elif dials.pending < len(work.busy) and time.monotonic() >= self._grow_at:
            dials.begin()


class Round:
    """Mails on their way over several connections at once. `busy` carry some, `free` have nothing left to do."""

    def __init__(self, supply: talk.Supply, events: Events) -> None:
        self.supply, self.events = supply, events
        self.busy: set[Line] = set()
        self.free: list[Line] = []
        self.stopped: Lost | Halted | None = None
        self._selector = selectors.DefaultSelector()
        self._ticked = time.monotonic()

    def __enter__(self) -> Round:
        return self

    def __exit__(self, *_: object) -> None:
        for line in list(self.busy):
            self._drop(line)
        self._selector.close()

    @property
    def wants_another(self) -> bool:
        return self.stopped is None and self.supply.more()

    def begin(self, line: Line) -> None:
        self.busy.add(line)
        self._selector.register(line.sock, selectors.EVENT_READ, line)
        line.talk = talk.converse(line, self.supply, self.events)
        self._go_on(line, None)

    def turn(self, *, soon: bool = False) -> bool:
        """Read what has come and go on; False when no connection has anything left to do. `soon` waits only for a
        moment.
        """
        if not self.busy:
            if soon and self.wants_another:  # a new connection is on its way
                self.events.waiting()
                time.sleep(MOMENT)
            return self.wants_another
        if not (ready := self._selector.select(0)):
            self.events.idle()
            soonest = min(line.deadline for line in self.busy)
            longest = MOMENT if soon else TICK_SECONDS
            ready = self._selector.select(max(0, min(longest, soonest - time.monotonic())))
        for key, _event in ready:
            self._read(key.data)
        now = time.monotonic()
        if (not ready and not soon) or now - self._ticked >= TICK_SECONDS:
            self._ticked = now
            self.events.waiting()
            for line in [line for line in self.busy if line.deadline <= now]:
                self._go_on(line, TimeoutError("no answer in time"))
        return True

    def _read(self, line: Line) -> None:
        try:
            line.receive()
            while line.talk and (reply := line.reply()):
                self._go_on(line, reply)
        except OSError as error:
            if line in self.busy:
                self._go_on(line, error)

    def _go_on(self, line: Line, said: Reply | OSError | None) -> None:
        try:
            if line.go_on(said):
                return
        except Halted as halted:
            self._stop(line, halted)
            for other in [other for other in self.busy if not other.dotted]:
                self._drop(other)
        except Lost as lost:
            self._stop(line, lost)
        except OSError as error:
            self._stop(line, Lost(redact(str(error))))
        else:
            self._selector.unregister(line.sock)
            self.busy.discard(line)
            if line.sent < talk.MAILS_PER_CONNECTION:
                self.free.append(line)
            else:
                line.quit()

    def _stop(self, line: Line, why: Lost | Halted) -> None:
        """A halt outweighs a lost connection."""
        if not isinstance(self.stopped, Halted):
            self.stopped = why
        self._drop(line)

    def _drop(self, line: Line) -> None:
        self._selector.unregister(line.sock)
        self.busy.discard(line)
        line.close()


def _sendable(mails: Iterator[Mail], events: Events, *, utf8: bool) -> Iterator[Mail]:
    for mail in mails:
        if mail.utf8 and not utf8:
            events.answer(mail, Outcome("skipped", reason="smtputf8"))
        else:
            yield mail


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, where no encryption is asked for."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
