"""Storing what comes in: first it is kept, then acknowledged, and a task looks what it means (see `handling`)."""

from __future__ import annotations

import datetime
import hashlib
import time
import uuid
from collections.abc import Iterable
from typing import Literal, NamedTuple

from django.conf import settings
from django.db import transaction

from comms.people.addresses import AddressRefused, address_key, normalise_address
from mailings.models import RawFact
from mailings.transports.replies import redact
from templates_lib import bell

TASK = "mailings.tasks.handle_facts"
RING_EVERY = 1.0  # seconds between two rings of a process: a storm needs no bell of its own for every event

# accepted: it is on its way · rejected: the provider would not send it on
Kind = Literal["accepted", "delivered", "bounced", "rejected", "complained", "unsubscribed"]


class Fact(NamedTuple):
    """One thing somebody tells about one mail. `event` identifies it at the source, however often it is told;
    `recipient` is a public id; `address` the one it speaks of, "" for none: only its keyed hash is kept.
    """

    source: str
    event: str
    recipient: uuid.UUID
    kind: Kind
    happened_at: datetime.datetime
    status: str = ""
    reply: str = ""
    address: str = ""


def store(facts: Iterable[Fact], *, now: datetime.datetime) -> None:
    """Keep them; what was told before is kept once. Rings after the commit. Nothing is stored for no facts."""
    rows = [_row(fact, now) for fact in facts]
    if rows:
        RawFact.objects.bulk_create(rows, ignore_conflicts=True)
        transaction.on_commit(ring)


def _row(fact: Fact, now: datetime.datetime) -> RawFact:
    return RawFact(
        source=fact.source[:16],
        provider_id=hashlib.sha256(fact.event.encode("utf-8", "replace")).hexdigest(),
        recipient=fact.recipient,
        kind=fact.kind,
        status=fact.status[:12],
        reply=redact(fact.reply, to=fact.address),
        about=_key(fact.address),
        happened_at=min(fact.happened_at, now),
        received_at=now,
        due_at=now,
    )


def _key(address: str) -> str:
    try:
        address = normalise_address(address)
    except AddressRefused:
        address = address.strip()
    return address_key(address, key=settings.SUPPRESSION_KEY)


_rung = float("-inf")


def ring() -> None:
    """At most once a second; what is stored in between is found by the task that is running, or by the sweep."""
    global _rung
    if time.monotonic() - _rung >= RING_EVERY:
        _rung = time.monotonic()
        bell.ring(TASK)
