"""What a Postfix log says about mails whose fate is unknown. Pure and streaming: lines in, facts out.

A mail is known again by the Message-ID that only one attempt carries. Its line alone proves nothing, for Postfix
writes it before the final dot; a line of the queue or of a delivery does.
"""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mailings.facts.intake import Fact, Kind

LINE = re.compile(r"postfix[^ ]*\[\d+\]: (?P<queue>[0-9A-Za-z]{5,20}): (?P<rest>.*)")
STATUS = re.compile(r"\bstatus=(?P<status>sent|bounced|deferred|expired)\b(?:[^(]*\((?P<reply>.*)\))?")
DSN = re.compile(r"\bdsn=(?P<dsn>[245]\.\d{1,3}\.\d{1,3})")
TO = re.compile(r"\bto=<(?P<to>[^>]*)>")
KINDS: dict[str, Kind] = {"sent": "accepted", "deferred": "accepted", "bounced": "bounced", "expired": "bounced"}


@dataclass(slots=True)
class Seen:
    queue: str
    kind: Kind
    status: str = ""
    reply: str = ""
    address: str = ""


def facts(lines: Iterable[str], wanted: Mapping[str, uuid.UUID], *, now: datetime.datetime) -> Iterator[Fact]:
    """One fact per mail that Postfix certainly took. `wanted` maps Message-IDs, with brackets, to public ids."""
    for message_id, seen in _read(lines, wanted).items():
        yield Fact(
            source="postfix",
            event=f"{message_id} {seen.queue} {seen.kind}",
            recipient=wanted[message_id],
            kind=seen.kind,
            happened_at=now,
            status=seen.status,
            reply=seen.reply,
            address=seen.address,
        )


def _read(lines: Iterable[str], wanted: Mapping[str, object]) -> dict[str, Seen]:
    """The last thing said about each; only the wanted mails are kept in memory."""
    queues: dict[str, str] = {}  # queue id -> Message-ID; one id may stand for another mail later
    found: dict[str, Seen] = {}
    for line in lines:
        match = LINE.search(line)
        if match is None:
            continue
        queue, rest = match["queue"], match["rest"]
        if rest.startswith("message-id="):
            message_id = rest.removeprefix("message-id=").strip()
            queues.pop(queue, None)
            if message_id in wanted:
                queues[queue] = message_id
        elif queue in queues and (seen := _seen(queue, rest)):
            before = found.get(queues[queue])
            if before is None or seen.status or seen.kind != "accepted":
                found[queues[queue]] = seen
    return found


def _seen(queue: str, rest: str) -> Seen | None:
    status, dsn, to = STATUS.search(rest), DSN.search(rest), TO.search(rest)
    if status is None:
        return Seen(queue, "accepted") if "(queue active)" in rest else None
    return Seen(
        queue,
        KINDS[status["status"]],
        status=dsn["dsn"] if dsn else "",
        reply=status["reply"] or "",
        address=to["to"] if to else "",
    )
