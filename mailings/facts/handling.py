"""What the stored facts mean for recipients: a slice at a time, each fact once, in whatever order they come.

Locks are taken in the order fact, mailing, batch, and recipients in between are never waited for: a row that a
courier is writing keeps its facts for the next slice.
"""

from __future__ import annotations

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection, models, transaction
from django.db.models import Q

from comms import sql
from comms.privacy import policy
from mailings import states
from mailings.facts import consequences, intake, meaning
from mailings.models import DeliveryEvent, FactState, Mailing, RawFact, Recipient
from mailings.models import RecipientState as R
from templates_lib import bell

AT_ONCE = 500  # facts in one transaction
KEPT = policy.kept("facts")  # handled, so that a replay is recognised; parked, until it is tried once more
MOVES = {"rejected": "bounced"}  # the fact of `mailings.states` where the kind is called otherwise
MOVABLE = (R.COMMITTING, R.UNKNOWN, R.SENT, R.DELIVERED, R.BOUNCED)

WRITE = """
WITH news(row_id, old_state, new_state, new_reason, new_reply) AS ({rows})
UPDATE {recipient} SET state = new_state, reason = new_reason, reply = new_reply, next_at = NULL,
  final_at = COALESCE({recipient}.final_at, {now}), changed_at = {now}
FROM news WHERE {recipient}.id = row_id AND {recipient}.state = old_state
"""


class Step(NamedTuple):
    """A fact that moved a recipient from one state to another."""

    row: Recipient
    fact: RawFact
    found: str
    left: str
    meaning: meaning.Meaning


def recover(*, now: datetime.datetime) -> None:
    """What the sweep does: forgets what was kept long enough, and rings if facts wait."""
    RawFact.objects.filter(state=FactState.HANDLED, due_at__lte=now).delete()
    if _due(now).exists():
        bell.ring(intake.TASK)


def _due(now: datetime.datetime) -> models.QuerySet[RawFact]:
    return RawFact.objects.filter(Q(state=FactState.NEW) | Q(state=FactState.PARKED, due_at__lte=now))


def handle(*, now: datetime.datetime) -> bool:
    """Apply the facts that wait, up to `AT_ONCE` of them; whether more may wait."""
    with transaction.atomic():
        facts = list(_due(now).select_for_update(skip_locked=True).order_by("id")[:AT_ONCE])
        if facts:
            _apply(facts, now=now)
    return len(facts) == AT_ONCE


def _apply(facts: list[RawFact], *, now: datetime.datetime) -> None:
    ids = {fact.recipient for fact in facts}
    known = dict(Recipient.unscoped.filter(public_id__in=ids).values_list("public_id", "mailing_id"))
    mailings = Mailing.unscoped.select_for_update(no_key=True).filter(pk__in=set(known.values())).order_by("pk")
    list(mailings.values_list("pk", flat=True))
    rows = _rows(known)
    strange = [fact for fact in facts if fact.recipient not in known]
    told = [fact for fact in facts if fact.recipient in rows]
    news = _not_yet_recorded(told)
    steps = _steps(news, rows)
    _write(steps, now=now)
    _record(news, rows)
    consequences.follow(steps, [(rows[f.recipient], f) for f in news if f.kind == "unsubscribed"], now=now)
    RawFact.objects.filter(pk__in=[fact.pk for fact in told]).update(state=FactState.HANDLED, due_at=now + KEPT)
    _park(strange, now=now)


def _rows(known: Iterable[uuid.UUID]) -> dict[uuid.UUID, Recipient]:
    """Those that no courier holds; only those that could move are locked."""
    rows = Recipient.unscoped.filter(public_id__in=list(known)).order_by("pk")
    movable = rows.filter(state__in=MOVABLE).select_for_update(skip_locked=True, of=("self",))
    return {row.public_id: row for row in [*movable, *rows.exclude(state__in=MOVABLE)]}


def _not_yet_recorded(facts: list[RawFact]) -> list[RawFact]:
    """A replay after the fact itself was forgotten finds its event."""
    ids = [fact.provider_id for fact in facts]
    seen = set(DeliveryEvent.objects.filter(provider_id__in=ids).values_list("source", "provider_id"))
    return [fact for fact in facts if (fact.source, fact.provider_id) not in seen]


def _park(facts: list[RawFact], *, now: datetime.datetime) -> None:
    """Nobody knows the recipient: tried once more after a while, then dropped."""
    new = [fact.pk for fact in facts if fact.state == FactState.NEW]
    RawFact.objects.filter(pk__in=new).update(state=FactState.PARKED, due_at=now + KEPT)
    RawFact.objects.filter(pk__in=[fact.pk for fact in facts if fact.state == FactState.PARKED]).delete()


# --- states ---------------------------------------------------------------------------------------------------------
def _steps(facts: list[RawFact], rows: dict[uuid.UUID, Recipient]) -> list[Step]:
    by_row: dict[uuid.UUID, list[RawFact]] = defaultdict(list)
    for fact in sorted(facts, key=lambda fact: (fact.happened_at, fact.pk)):
        by_row[fact.recipient].append(fact)
    return [step for public_id, some in by_row.items() for step in _way(rows[public_id], some)]


def _way(row: Recipient, facts: list[RawFact]) -> list[Step]:
    state, steps = row.state, []
    for fact in facts:
        move = MOVES.get(fact.kind, fact.kind)
        after = states.next_state(state, move) if move in states.RECIPIENT else state
        if after != state:
            steps.append(Step(row, fact, state, after, _meaning(fact)))
            state = after
    return steps


def _meaning(fact: RawFact) -> meaning.Meaning:
    if fact.kind == "bounced":
        return meaning.of(fact.status, fact.reply)
    return meaning.Meaning({"rejected": "not_sent_on", "complained": "complained"}.get(fact.kind, ""))


def _write(steps: list[Step], *, now: datetime.datetime) -> None:
    """One conditional UPDATE for all; what happens on the way from the first state to the last is one move."""
    first, last = {step.row.pk: step.found for step in reversed(steps)}, {step.row.pk: step for step in steps}
    values: list[tuple[Any, ...]] = []
    for pk, step in last.items():
        says_more = step.left == R.BOUNCED or first[pk] in (R.COMMITTING, R.UNKNOWN)
        reply = step.fact.reply if says_more else step.row.reply
        values.append((pk, str(first[pk]), str(step.left), step.meaning.reason, reply))
    if not last:
        return
    at = "CAST(%s AS timestamp with time zone)" if connection.vendor == "postgresql" else "%s"
    table, params = sql.as_table(values, "bigint", "text", "text", "text", "text")
    statement = WRITE.format(rows=table, recipient=Recipient._meta.db_table, now=at)
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, moment, moment])


def _record(facts: list[RawFact], rows: dict[uuid.UUID, Recipient]) -> None:
    DeliveryEvent.objects.bulk_create(
        [
            DeliveryEvent(
                recipient=rows[fact.recipient], kind=fact.kind, source=fact.source, provider_id=fact.provider_id,
                reply=fact.reply, at=fact.happened_at,
            )
            for fact in facts
        ],
        ignore_conflicts=True,
    )  # fmt: skip
