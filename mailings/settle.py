"""Marks and results, a window at a time: one message to the database per window, nothing per recipient."""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction

from comms import sql
from comms.privacy import suppression
from mailings import states
from mailings.facts import meaning
from mailings.models import Batch, Mailing, Recipient
from mailings.models import RecipientState as R

log = logging.getLogger(__name__)
T = TypeVar("T")

WAITS = [datetime.timedelta(minutes=m) for m in (1, 5, 15, 60, 240)]
GIVE_UP = datetime.timedelta(hours=48)
PATIENCE_SECONDS = 900  # how long results are kept in memory while the database is away


class Result(NamedTuple):
    """A fact about one recipient at one attempt; `fact` is a key of `states.RECIPIENT`."""

    id: int
    attempt: int
    fact: str
    reason: str = ""
    reply: str = ""
    deferred_at: datetime.datetime | None = None  # when it was deferred first
    until: datetime.datetime | None = None  # no further try after this
    next_at: datetime.datetime | None = None  # for put_off: when its turn comes


def wait_after(attempt: int) -> datetime.timedelta:
    return WAITS[min(attempt, len(WAITS)) - 1]


MARK = """
WITH marked(row_id, row_attempt) AS MATERIALIZED ({rows})
UPDATE {recipient} SET state = 'committing', committed_at = %s, changed_at = %s
FROM marked
WHERE {recipient}.id BETWEEN %s AND %s AND {recipient}.id = row_id
  AND {recipient}.attempt = row_attempt AND {recipient}.state IN ({before})
  AND EXISTS (SELECT 1 FROM {batch} WHERE id = %s AND state = 'leased' AND owner = %s)
  AND EXISTS (SELECT 1 FROM {mailing} WHERE id = %s AND state = 'sending')
RETURNING id
"""

RECORD = """
WITH result(row_id, row_attempt, new_state, new_reason, new_reply, new_next, is_final) AS MATERIALIZED ({rows})
UPDATE {recipient} SET state = new_state, reason = new_reason, reply = new_reply, next_at = new_next,
  deferred_at = CASE WHEN new_state = 'deferred' AND new_reason <> 'paced' THEN COALESCE({recipient}.deferred_at, {now})
                     ELSE {recipient}.deferred_at END,
  final_at = CASE WHEN is_final = 1 THEN {now} END, changed_at = {now}
FROM result
WHERE {recipient}.id BETWEEN %s AND %s AND {recipient}.id = row_id AND {recipient}.attempt = row_attempt
  AND ({recipient}.state IN ('claimed', 'committing') OR ({recipient}.state = 'unknown' AND new_state IN ({answers})))
"""
TABLES = {
    "recipient": Recipient._meta.db_table,
    "batch": Batch._meta.db_table,
    "mailing": Mailing._meta.db_table,
    "before": ", ".join(f"'{state}'" for state in states.before("committing")),
}


def _between(rows: Sequence[Any]) -> tuple[int, int]:
    """The first and last id: the rows of a window lie side by side, and PostgreSQL, which cannot know how many states
    have changed since it last looked, then reads these and not the whole table. (MATERIALIZED: nor the values anew for
    each of them.)
    """
    ids = [row[0] for row in rows]
    return min(ids), max(ids)


def _mark(
    rows: Sequence[tuple[int, int]], *, batch: int, mailing: int, owner: str, now: datetime.datetime
) -> sql.Statement:
    """Marks (recipient, attempt) pairs as being handed over; its rows are the ids that may get a dot.

    Only rows that are still ours: claimed at this attempt, in a batch we lease, of a mailing that is sending.
    """
    table, params = sql.as_table(rows, "bigint", "int")
    at = connection.ops.adapt_datetimefield_value(now)
    return MARK.format(rows=table, **TABLES), [*params, at, at, *_between(rows), batch, owner, mailing]


def _record(results: Sequence[Result], *, now: datetime.datetime, late: bool = False) -> sql.Statement:
    values = [_values(result, now) for result in results]
    table, params = sql.as_table(values, "bigint", "int", "text", "text", "text", "timestamptz", "int")
    statement = RECORD.format(
        rows=table,
        now="CAST(%s AS timestamp with time zone)" if connection.vendor == "postgresql" else "%s",
        answers="'sent', 'failed', 'queued'" if late else "'sent', 'failed'",
        **TABLES,
    )
    at = connection.ops.adapt_datetimefield_value(now)
    return statement, [*params, at, at, at, *_between(values)]


def record(results: Sequence[Result], *, now: datetime.datetime, late: bool = False) -> None:
    """Write results where they are news. A recipient that is `unknown` takes only a final answer, unless `late`:
    then a person or a log has looked, and "it never left" counts too.
    """
    if results:
        _write([_record(results, now=now, late=late)], results, now=now)


def _write(statements: list[sql.Statement], results: Sequence[Result], *, now: datetime.datetime) -> list[Any]:
    """In one transaction, with what follows from results: a mailbox that the server we spoke to does not know."""
    gone = [one.id for one in results if one.fact == "refused" and meaning.no_such_mailbox(one.reply)]
    if not gone:
        return sql.in_one_message(*statements)
    with transaction.atomic():
        rows = sql.in_one_message(*statements)
        failed = Recipient.unscoped.filter(pk__in=gone, state=R.FAILED)
        suppression.refused(failed.values_list("address", flat=True), now=now)
    return rows


def _values(result: Result, now: datetime.datetime) -> tuple[object, ...]:
    """One row of RECORD. Deferred too long becomes failed(expired), beyond `until` failed(too_late)."""
    found = R.CLAIMED if result.fact == "put_off" else R.COMMITTING
    state = states.next_state(found, result.fact)
    reason, next_at = result.reason, None
    if state == R.DEFERRED:
        next_at = result.next_at or now + wait_after(result.attempt)
        if next_at > (result.deferred_at or now) + GIVE_UP:
            state, reason, next_at = R.FAILED, "expired", None
        elif result.until and next_at >= result.until:
            state, reason, next_at = R.FAILED, "too_late", None
    due = next_at and connection.ops.adapt_datetimefield_value(next_at)
    return result.id, result.attempt, str(state), reason, result.reply, due, int(state in states.FINAL)


def turn(
    results: Sequence[Result], rows: Sequence[tuple[int, int]], *, batch: int, mailing: int, owner: str,
    now: datetime.datetime,
) -> set[int]:  # fmt: skip
    """In one transaction: record the last window and mark the next. Answers which rows may get a dot."""
    statements = [_record(results, now=now)] if results else []
    if rows:
        statements.append(_mark(rows, batch=batch, mailing=mailing, owner=owner, now=now))
    marked = _write(statements, results, now=now) if statements else []
    return {row for (row,) in marked}


def patiently(work: Callable[[], T]) -> T:
    """Do the work, again and again while the database is away: what is only in memory must not be lost.

    `work` must be repeatable: a COMMIT whose answer got lost may have happened.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = 0.1
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > deadline:
                raise
            log.warning("the database does not answer; results are kept and tried again")
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, 5)
