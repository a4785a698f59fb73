"""A mail server that keeps what it takes: the judge of every sending test.

`with Sink() as sink:` runs it in a thread. It offers PIPELINING, SMTPUTF8 and SIZE unless told not to.
"""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

Fault = Callable[[str, str], str | None]
"""(phase, recipient) -> None, an SMTP answer such as "450 4.7.1 later", or "cut" to hang up instead of answering.
Phases: connect · mail · rcpt · data · dot. At `dot` "cut" keeps the mail and hangs up before the 250, and "late 30"
keeps it and says 250 after 30 seconds.
"""
EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 20000000")


@dataclass(frozen=True)
class Taken:
    sender: str
    to: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.content, policy=email.policy.default)


def no_fault(_phase: str, _to: str) -> str | None:
    return None


class Hangup(Exception):
    pass


class Server:
    """The protocol; `keep` is called before the 250 is written. `delay` in seconds per mail."""

    def __init__(
        self, keep: Callable[[Taken], None], *, fault: Fault = no_fault, delay: float = 0,
        extensions: tuple[str, ...] = EXTENSIONS,
    ) -> None:  # fmt: skip
        self.keep, self.fault, self.delay, self.extensions = keep, fault, delay, extensions
        self.connections = 0
        self.longest_line = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(Hangup, ConnectionError, asyncio.IncompleteReadError):
            self.say(writer, self.fault("connect", "") or "220 sink")
            await self.talk(reader, writer)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    def say(self, writer: asyncio.StreamWriter, reply: str) -> None:
        if reply == "cut":
            raise Hangup
        writer.write(reply.encode() + b"\r\n")
        if reply.startswith("421"):
            raise Hangup

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender = to = ""
        while line := await reader.readline():
            text = line.decode("utf-8").strip()
            word = text.split(" ")[0].upper()
            if word in {"EHLO", "HELO"}:
                self.say(writer, "\r\n".join(["250-sink", *(f"250-{e}" for e in self.extensions), "250 HELP"]))
            elif word == "MAIL":
                sender, to = _address(text), ""
                self.say(writer, self.fault("mail", sender) or "250 2.1.0 Ok")
            elif word == "RCPT":
                reply = self.fault("rcpt", _address(text))
                to = "" if reply else _address(text)
                self.say(writer, reply or "250 2.1.5 Ok")
            elif word == "DATA":
                reply = self.fault("data", to) or ("354 go on" if to else "503 5.5.1 no valid recipients")
                self.say(writer, reply)
                if reply.startswith("354"):
                    await self.take(reader, writer, sender, to)
            elif word == "QUIT":
                self.say(writer, "221 bye")
                return
            else:
                self.say(writer, "250 2.0.0 Ok")

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sender: str, to: str) -> None:
        first = await reader.readline()
        if first == b".\r\n":
            self.say(writer, "554 5.5.1 no content")
            return
        content = first + (await reader.readuntil(b"\r\n.\r\n"))[:-3]
        self.longest_line = max(self.longest_line, max(map(len, content.split(b"\r\n"))))
        if self.delay:
            await asyncio.sleep(self.delay)
        reply = self.fault("dot", to)
        late = float(reply[5:]) if reply and reply.startswith("late ") else 0
        if reply is None or reply == "cut" or late:
            self.keep(Taken(sender, to, content))
        if late:
            await asyncio.sleep(late)
            reply = None
        self.say(writer, reply or f"250 2.0.0 Ok: queued as {os.urandom(5).hex().upper()}")


def _address(text: str) -> str:
    return text.partition("<")[2].partition(">")[0]


class Sink:
    """The server in a thread of this process. `mails` holds what it took, `port` where it listens, also when it is
    entered again after it was left.
    """

    def __init__(self, *, fault: Fault = no_fault, delay: float = 0, extensions: tuple[str, ...] = EXTENSIONS) -> None:
        self.mails: list[Taken] = []
        self.server = Server(self.mails.append, fault=fault, delay=delay, extensions=extensions)
        self.port = 0

    @property
    def recipients(self) -> list[str]:
        return [mail.to for mail in self.mails]

    @property
    def is_open(self) -> bool:
        return self._thread.is_alive()

    def __enter__(self) -> Sink:
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=[ready], daemon=True)
        self._thread.start()
        ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def _run(self, ready: threading.Event) -> None:
        self._loop.run_until_complete(self._serve(ready))
        self._loop.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self.server.serve, "127.0.0.1", self.port, limit=2**26)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def every(n: int, phase: str, reply: str) -> Fault:
    """A fault for every n-th time the phase is reached."""
    count = iter(range(1, 10**9))

    def fault(at: str, _to: str) -> str | None:
        return reply if at == phase and next(count) % n == 0 else None

    return fault
