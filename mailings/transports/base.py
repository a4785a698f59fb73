"""What a way of sending promises: a narrow protocol, a closed vocabulary, nothing that only one provider knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["accepted", "deferred", "refused", "lost", "skipped"]


@dataclass(frozen=True, slots=True)
class Mail:
    """One message for one person, ready for the wire.

    `row` is the recipient's primary key; `folder` and `name` (both opaque) say where a folder keeps it; `content`
    ends with CRLF and has no line that starts with a dot; `utf8` means that the server must know SMTPUTF8.
    """

    row: int
    folder: str
    name: str
    sender: str
    to: str
    utf8: bool
    content: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail. `kind` is a fact of `mailings.states`:

    accepted   the server took responsibility; `reply` carries its queue id
    deferred   a 4xx answer: `reason`, `reply`; may be tried again
    refused    a 5xx answer: `reason`, `reply`
    lost       the dot left and no answer came: nobody knows
    skipped    cannot be sent this way (`smtputf8`); no dot left

    A mail that gets no outcome at all was not sent: the connection was lost before its dot.
    """

    kind: Kind
    reason: str = ""
    reply: str = ""
    queue_id: str = ""


class Events(Protocol):
    """What a transport tells while it delivers."""

    def dot(self, mail: Mail) -> bool:
        """Called immediately before the final dot leaves. False: do not send it; raise `Halted`."""

    def answer(self, mail: Mail, outcome: Outcome) -> None:
        """Called once per mail that was answered, as soon as the answer is known."""

    def waiting(self) -> None:
        """Called every few seconds while an answer is awaited."""


class Lost(Exception):
    """The connection is gone or could not be made. No mail without an outcome had its dot sent.

    `reason` is a key of `reasons.PAUSES`: no_connection, or server_refuses when it answers but lets us send nothing.
    """

    safe_to_log = True  # addresses are redacted where it is raised

    def __init__(self, detail: str, *, reason: str = "no_connection") -> None:
        super().__init__(detail)
        self.reason = reason


class Halted(Exception):
    """`Events.dot` said no. The connection is closed."""


class Transport(Protocol):
    """One connection. `connect` may be called again after `close` or `Lost`."""

    def connect(self) -> None:
        """Does nothing when connected. Raises `Lost`."""

    def offers_utf8(self) -> bool:
        """Whether an address with å before the @ can be written to. Asked while connected."""

    def deliver(self, mails: Iterable[Mail], events: Events) -> None:
        """Send in order, on this connection, made if there is none. Each mail is taken just before it is needed.

        Raises `Lost` and `Halted`; the connection is closed then.
        """

    def has(self, folder: str, name: str) -> bool | None:
        """Whether a mail with this name arrived; None where that cannot be known."""

    def close(self) -> None:
        """Politely when possible. Never raises."""
