"""One SMTP connection: bytes out, whole replies in, and the conversation that is going on over it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Generator

from mailings.transports.replies import Reply

STEP_SECONDS = 300  # RFC 5321 §4.5.3.2.2: MAIL, RCPT, DATA
MAX_REPLY_BYTES = 64 * 1024

Talk = Generator[float, Reply, None]
"""A conversation: yields how many seconds it waits for the next reply, is sent that reply, or thrown an OSError."""


class Line:
    """Every failure is an `OSError`. `extensions` are the server's EHLO keywords in capitals."""

    def __init__(self, sock: socket.socket, extensions: frozenset[str]) -> None:
        self.sock, self.extensions = sock, extensions
        self.pipelining = "PIPELINING" in extensions
        self.sent = 0
        self.dotted = False  # a dot has left and its answer is awaited
        self.deadline = 0.0
        self.talk: Talk | None = None
        self._received = bytearray()
        sock.settimeout(0)

    def write(self, data: bytes) -> None:
        """All of it: at once where there is room, as usual, else as fast as the other side reads."""
        try:
            sent = self.sock.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            sent = 0
        if sent < len(data):
            self.sock.settimeout(STEP_SECONDS)
            self.sock.sendall(memoryview(data)[sent:])
            self.sock.settimeout(0)

    def receive(self) -> None:
        """What has come, without waiting for more."""
        try:
            data = self.sock.recv(65536)
        except (BlockingIOError, ssl.SSLWantReadError):  # TLS has something to say to itself
            return
        if not data or len(self._received) > MAX_REPLY_BYTES:
            raise ConnectionError("the server hung up")
        self._received += data

    def reply(self) -> Reply | None:
        """The next complete reply, None when more must come first. Several lines are joined by a space."""
        start, text = 0, b""
        while (end := self._received.find(b"\n", start)) >= 0:
            line = bytes(self._received[start:end]).rstrip(b"\r")
            if not line[:3].isdigit():
                raise ConnectionError("not an SMTP reply")
            text += (b" " if text else b"") + line[4:]
            start = end + 1
            if line[3:4] != b"-":
                del self._received[:start]
                return Reply(int(line[:3]), text.decode("utf-8", "replace"))
        return None

    def go_on(self, said: Reply | OSError | None) -> bool:
        """Tell the conversation what came; False when it is over. Raises what it raises."""
        assert self.talk is not None
        try:
            seconds = self.talk.throw(said) if isinstance(said, OSError) else self.talk.send(said)  # type: ignore[arg-type]
        except StopIteration:
            self.talk = None
            return False
        self.deadline = time.monotonic() + seconds
        return True

    def quit(self) -> None:
        """Politely when possible. Never raises."""
        with contextlib.suppress(OSError):
            self.write(b"QUIT\r\n")
        self.close()

    def close(self) -> None:
        self.talk = None
        with contextlib.suppress(OSError):
            self.sock.close()
