"""One leased batch on its way: ask again who may get it, then window by window through the transport.

No database transaction is open while anything is on the wire, and there is no query per recipient.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from comms.people.scope import Scope
from comms.privacy import permission
from mailings import leases, pace, settle
from mailings.journal import Journal
from mailings.leases import Clock, Lease
from mailings.messages import Row, Stationery
from mailings.models import Mailing, MailingState
from mailings.narrowing import Filter
from mailings.operations import pulses
from mailings.operations.draining import stopping
from mailings.operations.windows import Ledger
from mailings.settle import Result
from mailings.transports.base import Halted, Lost, Mail, Outcome, Transport
from mailings.wire import HeaderRefused
from templates_lib.render.document import RenderRefused

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 20
LOOK_SECONDS = 1  # how long a pause or cancel may go unnoticed between two dots
ERRORS = 20  # consecutive connection errors after which the mailing pauses by itself
TRIES = 3  # lost connections at one and the same mail before it waits for later
LONGEST_PAUSE = 5.0  # seconds between two attempts to connect
ASK_SECONDS = 2.0  # how long an answer about who may be written to holds: an objection counts within five


class Courier:
    """Delivers one lease. It is the `Events` its transport talks to."""

    def __init__(self, lease: Lease, *, transport: Transport, journal: Journal, clock: Clock) -> None:
        self.lease, self.transport, self.journal, self.clock = lease, transport, journal, clock
        self.rows: deque[Row] = deque()  # claimed, not yet marked
        self.marked: deque[Row] = deque()  # marked, not yet with the transport
        self.open: dict[int, Row] = {}  # with the transport, not answered yet
        self.dotted: set[int] = set()  # those of `open` whose dot has left
        self.results: list[Result] = []  # known, not yet in the database
        self.reasons: dict[int, str] = {}  # why members must not be written to, "" for those who may
        self.asked = 0.0  # when that was asked
        self.at_work: set[int] = set()  # members whose address lies at an employer
        self.halted = False
        self.pause = ""  # the reason why the mailing must stop, a key of reasons.PAUSES
        self.errors = 0
        self.tries: dict[int, int] = {}
        self.beaten = self.looked = time.monotonic()
        self.ledger: Ledger | None = None

    def run(self) -> None:
        """Deliver and give the batch back, whatever happens."""
        try:
            self._deliver()
        finally:
            self._put_down()
            self.journal.flush()
            settle.patiently(lambda: leases.give_back(self.lease, self.results, now=self.clock.now(), pause=self.pause))
            self.journal.forget()
            if self.ledger:
                self.ledger.note([], self.results)

    def _deliver(self) -> None:
        whole = Mailing.unscoped.select_related("mandate__user", "mandate__unit", "unit", "topic")
        mailing = self.mailing = whole.get(pk=self.lease.mailing)
        scope = Scope.of_mandate(mailing.mandate, on=timezone.localdate(self.clock.now()))
        if mailing.practice or mailing.state != MailingState.SENDING:
            return
        if not scope:  # threat S19: power ends with the mandate
            self.pause = "mandate_ended"
            return
        self.scope = scope
        rows = self._permitted(mailing)
        self.ledger = Ledger(mailing.public_id, rows)
        try:
            self.stationery = Stationery(mailing)
            for language, apart in {(row.language, row.member_id in self.at_work) for row in rows}:
                self.stationery.skeleton(language, apart=apart)
        except (RenderRefused, HeaderRefused, KeyError):
            log.exception("mailing %s cannot be put together", mailing.public_id)
            self.pause = "not_buildable"
            return
        self.rows.extend(rows)
        while not self.halted and (self.rows or self.marked):
            self._send()

    def _permitted(self, mailing: Mailing) -> list[Row]:
        """Those who may still get it; the others become skipped with the reason (third lock of the scope)."""
        self._ask(self.lease.rows)
        late, permitted = bool(mailing.begins_at and mailing.begins_at <= self.clock.now()), []
        for row in self.lease.rows:
            if reason := "too_late" if late else self._refused(row):
                self.results.append(Result(row.id, row.attempt, "skipped", reason))
            else:
                permitted.append(row)
        return permitted

    def _ask(self, rows: Iterable[Row]) -> None:
        """Who of them may be written to in this moment."""
        ids = {row.member_id for row in rows if row.member_id is not None}
        spare = Filter.of(self.mailing).spare_work
        facts = permission.facts_for(ids, topic=self.mailing.topic, scope=self.scope, spare_work=spare)
        day = timezone.localdate(self.clock.now())
        self.reasons |= {pk: permission.may_receive(known, on=day).reason for pk, known in facts.items()}
        self.at_work |= {pk for pk, known in facts.items() if known.at_work}
        self.asked = time.monotonic()

    def _refused(self, row: Row) -> str:
        """Why the mail must not leave; "" when it may. Asked anew where mails leave slowly: whoever objects while a
        batch is on its way does not get theirs (RFC 8058; a promise of five seconds).
        """
        if time.monotonic() - self.asked > ASK_SECONDS:
            settle.patiently(lambda: self._ask([*self.open.values(), *self.marked, *self.rows]))
        return "erased" if row.member_id is None else self.reasons[row.member_id]

    def _put_down(self) -> None:
        """What was marked and got no answer: nobody knows, or provably no dot was sent."""
        for row in [*self.open.values(), *self.marked]:
            fact = ("lost", "no_answer") if row.id in self.dotted else ("returned",)
            self.results.append(Result(row.id, row.attempt, *fact))
        self.open, self.marked = {}, deque()

    # --- mails, a window at a time ----------------------------------------------------------------------------------
    def _send(self) -> None:
        """Everything that is left; after a lost connection, what it had in hand comes first again."""
        connected = False
        try:
            self.transport.connect()
            connected = True
            self.transport.deliver(self._mails(), self)
        except Halted:
            self.halted = True
        except Lost as lost:
            self._stumbled(lost, connected=connected)
        if not self.halted:
            self.marked.extendleft(reversed(self.open.values()))
            self.open = {}

    def _mails(self) -> Iterator[Mail]:
        date = self.clock.now()
        while not self.halted and (row := self._next()):
            self.open[row.id] = row
            if reason := self._refused(row):
                self._settled(row, Outcome("skipped", reason=reason))
                continue
            try:
                yield self.stationery.mail(row, date=date, apart=row.member_id in self.at_work)
            except HeaderRefused:
                self._settled(row, Outcome("skipped", reason="bad_address"))

    def _next(self) -> Row | None:
        while not self.marked and self.rows and not self.halted:
            self._mark_window()
        return self.marked.popleft() if self.marked else None

    def _mark_window(self) -> None:
        """Record what is known and mark the next window, while mails of this one are on their way."""
        self.journal.flush()
        window = [self.rows.popleft() for _ in range(min(settings.MAILING_WINDOW_SIZE, len(self.rows)))]
        lease, known, now = self.lease, self.results, self.clock.now()
        later = settle.patiently(lambda: pace.put_off(window, now=now))
        known += [self._result(row, "put_off", "paced", next_at=later[row.id]) for row in window if row.id in later]
        pairs = [(row.id, row.attempt) for row in window if row.id not in later]
        ours = settle.patiently(
            lambda: settle.turn(known, pairs, batch=lease.batch, mailing=lease.mailing, owner=lease.owner, now=now)
        )
        if self.ledger:
            self.ledger.note((row for row in window if row.id in ours), known)
        self.results = []
        self.looked = time.monotonic()
        self.marked.extend(row for row in window if row.id in ours)
        self.halted = bool(pairs) and not ours

    def _stumbled(self, lost: Lost, *, connected: bool) -> None:
        self.errors += 1
        log.warning("mail server: %s (%s in a row)", lost, self.errors)
        if self.errors == 1:
            pulses.trouble(lost, now=self.clock.now())
        if self.errors >= ERRORS:
            self.halted, self.pause = True, lost.reason
            return
        row = self.open.get(lost.row)
        if connected and row is not None and lost.reason == "no_connection":
            self.tries[row.id] = self.tries.get(row.id, 0) + 1
            if self.tries[row.id] >= TRIES:
                self._settled(row, Outcome("deferred", reason="server_busy"))
        self._rest(min(0.05 * 2**self.errors, LONGEST_PAUSE) if self.errors > 1 else 0)

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self.halted and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_SECONDS))
            self.waiting()
            self._look()

    # --- what the transport tells -----------------------------------------------------------------------------------
    def dot(self, mail: Mail) -> bool:
        self.waiting()
        self._look()
        if self.halted:
            return False
        row = self.open[mail.row]
        self.journal.dot(row.id, row.attempt)
        self.dotted.add(row.id)
        return True

    def answer(self, mail: Mail, outcome: Outcome) -> None:
        row = self.open[mail.row]
        if outcome.kind in {"accepted", "deferred", "refused"}:
            self.errors = 0
            self.journal.answer(row.id, row.attempt, outcome)
        self._settled(row, outcome)

    def idle(self) -> None:
        """Mark the next window before this one is used up: while an answer is waited for, it costs no time."""
        if self.rows and not self.halted and len(self.marked) < settings.MAILING_WINDOW_SIZE // 3:
            self._mark_window()

    def waiting(self) -> None:
        """The heartbeat, when it is time. A lease that cannot be renewed in time sends no further dot."""
        since = time.monotonic() - self.beaten
        if since < HEARTBEAT_SECONDS:
            return
        try:
            if leases.heartbeat(self.lease, now=self.clock.now()):
                self.beaten = time.monotonic()
            else:
                self.halted = True
        except Error:
            connection.close()
        if since > settings.MAILING_LEASE_SECONDS / 2:
            self.halted = True

    def _look(self) -> None:
        """Notice a pause, a cancel or the end of this worker, at most once a second."""
        if self.halted or time.monotonic() - self.looked < LOOK_SECONDS:
            return
        try:
            self.halted = stopping() or not leases.may_go_on(self.lease)
        except Error:  # the window is marked; its results are kept until the database is back
            connection.close()
        self.looked = time.monotonic()

    def _settled(self, row: Row, outcome: Outcome) -> None:
        del self.open[row.id]
        self.dotted.discard(row.id)
        self.results.append(self._result(row, outcome.kind, outcome.reason, outcome.reply))

    def _result(self, row: Row, fact: str, reason: str, reply: str = "", **more: Any) -> Result:
        return Result(row.id, row.attempt, fact, reason, reply, row.deferred_at, self.mailing.begins_at, **more)
