"""The post office: ring the bell, send for a while, put right what was left behind. The database is the queue."""

from __future__ import annotations

import datetime
import logging
import os
import time
from dataclasses import dataclass, field
from functools import cache

from django.conf import settings
from django.utils import timezone

from comms.people.models import User
from comms.privacy import logs
from mailings import by_clock, composing, journal, leases, letters, messages, notices, settle
from mailings.courier import Courier
from mailings.facts import handling
from mailings.journal import Journal, Owner
from mailings.leases import Clock, database_now
from mailings.models import Batch, Mailing, Recipient, RecipientState
from mailings.operations.draining import stopping
from mailings.settle import Result
from mailings.transports import make_transport
from mailings.transports.base import OneMail, Transport
from templates_lib import bell

__all__ = ["database_now", "recover", "resolve", "ring", "send_for", "send_test"]
log = logging.getLogger(__name__)

LOOKED_AT_ONCE = 1000
LOOKED_ENOUGH = datetime.timedelta(hours=24)  # then an unknown mail is the sender's to decide


def ring() -> None:
    """Tell a worker that mails wait; see `bell.ring`."""
    bell.ring("mailings.tasks.pump")


# --- sending --------------------------------------------------------------------------------------------------------
@dataclass
class Counter:
    """Where this process stands: its name, its journal and its one connection."""

    owner: Owner = field(default_factory=Owner.me)
    transport: Transport = field(default_factory=make_transport)
    journal: Journal = field(init=False)

    def __post_init__(self) -> None:
        self.journal = Journal(settings.JOURNAL_DIR, self.owner)


@cache
def _counter(_pid: int) -> Counter:
    return Counter()


def send_for(*, seconds: float) -> bool:
    """Send batches, the fairest first, until the time is over; a batch once begun is finished.

    Answers whether work remains. More than `MAILING_PUMPS` at a time leave the work to the others.
    """
    counter = _counter(os.getpid())
    clock = Clock.read()
    end = time.monotonic() + seconds
    if leases.leased().count() >= settings.MAILING_PUMPS:
        return False
    while lease := leases.take(owner=counter.owner, now=clock.now()):
        with logs.about(mailing_id=lease.mailing):
            Courier(lease, transport=counter.transport, journal=counter.journal, clock=clock).run()
        if stopping() or time.monotonic() >= end:
            return leases.ready(clock.now()).exists()
    counter.transport.close()
    return False


# --- sweeping -------------------------------------------------------------------------------------------------------
def recover(*, now: datetime.datetime) -> None:
    """What the sweep does: abandoned batches, unknown mails, mailings that are due or over; rings if there is work."""
    leases.take_over_abandoned(now=now)
    _look_up(now=now)
    start_due(now=now)
    by_clock.finish(now=now)
    notices.tell(now=now)
    notices.tell_news(now=now)
    notices.tell_changes(now=now)
    journal.tidy(settings.JOURNAL_DIR, needed=leases.owners())
    letters.recover(now=now)
    handling.recover(now=now)
    waiting = leases.ready(now)[: settings.MAILING_PUMPS].count()
    for _bell in range(min(waiting, settings.MAILING_PUMPS - leases.leased().count())):
        ring()


def start_due(*, now: datetime.datetime) -> None:
    """Start what is due. Workers are told of the first ones while the others are being started."""
    bells = iter(range(settings.MAILING_PUMPS))

    def tell() -> None:
        if next(bells, None) is not None:
            ring()

    by_clock.start_due(now=now, ring=tell)


def _look_up(*, now: datetime.datetime) -> None:
    """Ask the transport about unknown mails; after 24 hours stop asking: then the sender decides about them."""
    unknown = Recipient.unscoped.filter(state=RecipientState.UNKNOWN, final_at__isnull=True)
    mailings = set(Batch.objects.filter(unknown__gt=0).values_list("mailing_id", flat=True))
    if not mailings:
        return
    transport = make_transport()
    seen: dict[bool | None, list[Recipient]] = {True: [], False: [], None: []}
    for row in unknown.filter(mailing__in=mailings).select_related("mailing").order_by("id")[:LOOKED_AT_ONCE]:
        seen[transport.has(row.mailing.public_id.hex, row.public_id.hex)].append(row)
    resolve(seen[True], arrived=True, now=now)
    resolve(seen[False], arrived=False, now=now)
    late = [row for row in seen[None] if row.committed_at and row.committed_at <= now - LOOKED_ENOUGH]
    unknown.filter(pk__in=[row.pk for row in late]).update(final_at=now)
    _count_anew(late, now=now)


def resolve(rows: list[Recipient], *, arrived: bool, now: datetime.datetime) -> None:
    """Somebody has looked: these unknown mails arrived, or they never left and are sent again."""
    fact = "accepted" if arrived else "returned"
    for start in range(0, len(rows), settings.MAILING_WINDOW_SIZE):
        some = rows[start : start + settings.MAILING_WINDOW_SIZE]
        settle.record([Result(row.pk, row.attempt, fact) for row in some], now=now, late=True)
    if not arrived:
        for mailing in {row.mailing_id for row in rows}:
            by_clock.reopen(mailing)
    _count_anew(rows, now=now)


def _count_anew(rows: list[Recipient], *, now: datetime.datetime) -> None:
    for mailing, n in sorted({(row.mailing_id, row.batch_n or 0) for row in rows}):
        leases.close(Batch.objects.values_list("pk", flat=True).get(mailing_id=mailing, n=n), now=now)


# --- a test to oneself ----------------------------------------------------------------------------------------------
class NotDelivered(Exception):
    """The server did not take the test mail; the text is its answer."""


def send_test(*, mailing: Mailing, user: User) -> None:
    """The message as it is now, to its author: the same skeleton, transport and headers, no rows.

    Raises `NotDelivered`, `Lost` when there is no connection, and `ValueError` for practice, out of which no mail goes.
    """
    if mailing.practice:
        raise ValueError("a practice sends nothing")
    face = composing.render(mailing, language=mailing.language)
    pdf = face.pdf if mailing.attach_pdf else b""
    mail = messages.mail_to_author(mailing, face, user, pdf=pdf, date=timezone.now())
    transport, events = make_transport(), OneMail()
    try:
        transport.deliver([mail], events)
    finally:
        transport.close()
    if events.outcome.kind != "accepted":
        raise NotDelivered(events.outcome.reply or events.outcome.reason)
