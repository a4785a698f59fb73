"""The conversation on one SMTP connection, mail after mail, as a generator: it waits for replies by yielding."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from mailings.transports.base import Events, Halted, Lost, Mail, Outcome
from mailings.transports.line import STEP_SECONDS, Line, Talk
from mailings.transports.replies import Reply, outcome, redact

DOT_SECONDS = 600  # RFC 5321 §4.5.3.2.6: a short timeout here makes duplicates
MAILS_PER_CONNECTION = 1000  # many servers close after some number; we leave first
TOO_LARGE = {523, 552}  # about this mail, not about us
SENT_AHEAD = (b"", b"", b"")  # MAIL, RCPT and DATA went with the content of the mail before


class Supply:
    """The mails of a round, handed out to the connections one by one."""

    def __init__(self, mails: Iterator[Mail]) -> None:
        self._mails = mails
        self._next: Mail | None = None

    def take(self) -> Mail | None:
        mail, self._next = self._next, None
        return mail or next(self._mails, None)

    def more(self) -> bool:
        if self._next is None:
            self._next = next(self._mails, None)
        return self._next is not None


def converse(line: Line, supply: Supply, events: Events) -> Talk:
    """Sends until nothing is left or the connection has carried enough. Raises `Lost` and `Halted`."""
    mail = supply.take()
    if mail and line.pipelining:
        line.write(b"".join(_steps(line, mail)))
    while mail is not None:
        refused = yield from _envelope(line, mail)
        enough = line.sent + 1 >= MAILS_PER_CONNECTION
        following = supply.take() if line.pipelining and not enough else None
        ahead = b"".join(_steps(line, following)) if following else b""
        if refused is None:
            yield from _content(line, mail, ahead, events)
        else:
            events.answer(mail, refused)
            yield from _expect(line, b"RSET\r\n", 250)
            line.write(ahead)
        mail = following if line.pipelining or enough else supply.take()


def _content(line: Line, mail: Mail, ahead: bytes, events: Events) -> Talk:
    """Content, then the dot together with what follows in the same group, then the answer."""
    if not ahead:
        line.write(mail.content)
    if not events.dot(mail):
        raise Halted
    line.dotted = True
    try:
        line.write(b"".join((mail.content, b".\r\n", ahead)) if ahead else b".\r\n")
        reply = yield DOT_SECONDS
    except OSError as error:
        events.answer(mail, Outcome("lost", reason="no_answer"))
        raise Lost(redact(str(error)), row=mail.row) from error
    finally:
        line.dotted = False
    line.sent += 1
    events.answer(mail, outcome(reply, to=mail.to, after_dot=True))
    if reply.code == 421:
        raise Lost(redact(reply.text), row=mail.row)


def _envelope(line: Line, mail: Mail) -> Generator[float, Reply, Outcome | None]:
    """None when the server waits for the content, else what became of the mail."""
    decided: Reply | None = None
    commands = SENT_AHEAD if line.pipelining else _steps(line, mail)
    for step, command in zip(("MAIL", "RCPT", "DATA"), commands, strict=True):
        if command:
            line.write(command)
        try:
            reply = yield STEP_SECONDS
        except OSError as error:
            raise Lost(redact(str(error)), row=mail.row) from error
        if reply.code == 421:
            raise Lost(redact(reply.text), row=mail.row)
        if step == "MAIL" and 500 <= reply.code < 600 and reply.code not in TOO_LARGE and not mail.utf8:
            raise Lost(redact(f"{reply.code} {reply.text}", to=mail.sender), reason="server_refuses")
        if decided is not None and reply.code == 354:  # RFC 2920 §3.1: it wants content although nobody is to get it
            yield from _expect(line, b".\r\n", None)
        if decided is None and reply.code != (354 if step == "DATA" else 250) and reply.code != 251:
            decided = reply
            if not line.pipelining:
                break
    return None if decided is None else outcome(decided, to=mail.to)


def _expect(line: Line, command: bytes, code: int | None) -> Talk:
    line.write(command)
    reply = yield STEP_SECONDS
    if code is not None and reply.code != code:
        raise Lost(redact(f"{reply.code} {reply.text}"))


def _steps(line: Line, mail: Mail) -> tuple[bytes, bytes, bytes]:
    size = f" SIZE={len(mail.content)}" if "SIZE" in line.extensions else ""
    utf8 = " SMTPUTF8" if mail.utf8 else ""
    start = f"MAIL FROM:<{mail.sender}>{size}{utf8}\r\n"
    return start.encode(), f"RCPT TO:<{mail.to}>\r\n".encode(), b"DATA\r\n"
