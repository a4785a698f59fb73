"""What a way of sending promises: a narrow protocol, a closed vocabulary, nothing that only one provider knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, Protocol

Kind = Literal["accepted", "deferred", "refused", "lost", "skipped", "returned"]


class Mail(NamedTuple):
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


class Outcome(NamedTuple):
    """What became of one mail. `kind` is a fact of `mailings.states`:

    accepted   the server took responsibility; `reply` carries its queue id
    deferred   a 4xx answer: `reason`, `reply`; may be tried again
    refused    a 5xx answer: `reason`, `reply`
    lost       the dot left and no answer came: nobody knows
    skipped    cannot be sent this way (`smtputf8`); no dot left
    returned   certainly not taken although `dot` was asked, and not this mail's fault: it waits for its turn again

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

    def idle(self) -> None:
        """May be called whenever there is nothing to do but to wait for an answer."""

    def waiting(self) -> None:
        """Called every few seconds while an answer is awaited."""


class OneMail:
    """The `Events` of a single mail that nobody keeps a row for: a test, a canary."""

    outcome = Outcome("lost", reason="no_answer")

    def dot(self, mail: Mail) -> bool:
        return True

    def answer(self, mail: Mail, outcome: Outcome) -> None:
        self.outcome = outcome

    def idle(self) -> None:
        """Nothing else is to be done."""

    def waiting(self) -> None:
        """Nobody else waits for it."""


class Lost(Exception):
    """A connection is gone or could not be made. No mail without an outcome had its dot sent.

    `reason` is a key of `reasons.PAUSES`: no_connection, or server_refuses when it answers but lets us send nothing.
    `row` is the mail it happened at, 0 when at none.
    """

    safe_to_log = True  # addresses are redacted where it is raised

    def __init__(self, detail: str, *, reason: str = "no_connection", row: int = 0) -> None:
        super().__init__(detail)
        self.reason, self.row = reason, row


class Halted(Exception):
    """`Events.dot` said no. What had its dot has its answer; the connections with mails in between are closed."""


class Transport(Protocol):
    """One way out, over one or several connections. `connect` may be called again after `close` or `Lost`."""

    def connect(self) -> None:
        """Makes a connection when there is none. Raises `Lost`."""

    def offers_utf8(self) -> bool:
        """Whether an address with å before the @ can be written to. Asked while connected."""

    def deliver(self, mails: Iterable[Mail], events: Events) -> None:
        """Send; over one connection in order. Each mail is taken just before it is needed.

        Raises `Lost` when a connection was, after the others have done what was left, and `Halted`.
        """

    def has(self, folder: str, name: str) -> bool | None:
        """Whether a mail with this name arrived; None where that cannot be known."""

    def close(self) -> None:
        """Politely when possible. Never raises."""
