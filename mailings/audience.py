"""Who a mailing reaches, who it does not and why: audience = scope ∩ filter, always decided here (threat S2).

What a form sends is a `Filter`; it can only ever narrow the scope. The snapshot is taken by the database itself.
"""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.core.cache import caches
from django.db import connection, transaction
from django.db.models import Count

from comms.people import sizes, work_mail
from comms.people.models import EmployerDomain, Member
from comms.people.scope import Asked, MemberQuerySet, Scope
from comms.privacy import permission
from comms.privacy.models import Channel
from mailings import narrowing
from mailings.models import Batch, Mailing, Recipient
from mailings.narrowing import MEMBERSHIP_KINDS, BadFilter, Filter
from templates_lib.models import Topic

__all__ = ["MEMBERSHIP_KINDS", "BadFilter", "Filter", "Ledger", "at_work", "ledger", "members", "select", "snapshot"]

EXACT = 5_000  # the numbers of a list up to here are asked for each time; those of a larger one are remembered
REMEMBERED = 60  # seconds


@dataclass(frozen=True, slots=True)
class Ledger:
    """The reach of a mailing: `total` = `mail` + the sum of `skipped` (reason, count), most frequent first.

    `readers` are those who get the mail by the language they read.
    """

    total: int
    mail: int
    skipped: list[tuple[str, int]]
    readers: dict[str, int]

    @classmethod
    def counted(cls, rows: Iterable[tuple[str, str, int]]) -> Self:
        """Of (reason why not or "", language, how many)."""
        skipped: Counter[str] = Counter()
        readers: Counter[str] = Counter()
        for reason, language, n in rows:
            if reason:
                skipped[reason] += n
            else:
                readers[language] += n
        mail = readers.total()
        why = sorted(skipped.items(), key=lambda row: (-row[1], row[0]))
        return cls(total=mail + skipped.total(), mail=mail, skipped=why, readers=dict(sorted(readers.items())))


def select(
    *, scope: Scope, topic: Topic, filter: Filter, channel: str = Channel.MAIL, asked: Asked | None = None
) -> MemberQuerySet:
    """The audience, each member annotated with `verdict`: "" when mail may be sent, else the reason why not.

    Nothing but the speed depends on `asked`.
    """
    chosen = Member.objects.within(scope, asked=asked).filter(*narrowing.conditions(filter, scope))
    return chosen.annotate(verdict=permission.verdict(topic=topic, channel=channel, spare_work=filter.spare_work))


def ledger(*, scope: Scope, topic: Topic, filter: Filter, fresh: bool = False) -> Ledger:
    """The numbers. Those of a large list may be a minute old: counting 200,000 takes longer than a page should.

    `fresh` asks for what holds now, as the approval does.
    """
    known = None if fresh else remembered(scope=scope, topic=topic, filter=filter)
    if known is None:
        chosen = select(scope=scope, topic=topic, filter=filter).order_by()
        known = Ledger.counted(chosen.values_list("verdict", "language").annotate(n=Count("pk")))
        if known.total > EXACT:
            caches["memory"].set(_key("reach", scope, topic, filter), known, REMEMBERED)
    return known


def remembered(*, scope: Scope, topic: Topic, filter: Filter) -> Ledger | None:
    """The numbers of a large list that was counted within the last minute."""
    known: Ledger | None = caches["memory"].get(_key("reach", scope, topic, filter))
    return known


def takes_a_moment(*, scope: Scope, topic: Topic, filter: Filter) -> bool:
    """Whether counting takes longer than somebody should wait for a page: a large mandate, not counted just now."""
    return remembered(scope=scope, topic=topic, filter=filter) is None and sizes.known(scope) is not None


def _key(what: str, scope: Scope, topic: Topic, filter: Filter) -> str:
    facts = (scope, topic.pk, topic.category, filter)
    return f"{what}:{hashlib.sha256(repr(facts).encode()).hexdigest()}"


def members(
    *, scope: Scope, topic: Topic, filter: Filter, reason: str | None = None, asked: Asked | None = None
) -> MemberQuerySet:
    """The people behind a number of the ledger by name: `reason=""` those who get the mail, None everybody."""
    chosen = select(scope=scope, topic=topic, filter=filter, asked=asked).by_name()
    return chosen if reason is None else chosen.filter(verdict=reason)


def at_work(*, scope: Scope, topic: Topic, filter: Filter) -> MemberQuerySet:
    """Those who get the mail, by name, at an address that lies at an employer."""
    return members(scope=scope, topic=topic, filter=filter, reason="").filter(work_mail.at_work())


def count_at_work(*, scope: Scope, topic: Topic, filter: Filter, is_large: bool) -> int:
    """How many they are; of a large list as it was a minute ago, like the rest of its numbers."""
    if not EmployerDomain.objects.exists():
        return 0
    key = _key("at_work", scope, topic, filter)
    known: int | None = caches["memory"].get(key) if is_large else None
    if known is None:
        known = at_work(scope=scope, topic=topic, filter=filter).order_by().count()
        caches["memory"].set(key, known, REMEMBERED)
    return known


@transaction.atomic
def snapshot(*, mailing: Mailing, scope: Scope, now: datetime.datetime) -> int:
    """Lock the list: one `Recipient` per member of the audience, the skipped ones with their reason, and the
    batches, all held. Answers how many rows the list has and sets `mailing.locked_count`.

    Repeatable: a mailing that has its list keeps exactly that list.
    """
    mailing.locked_count = (
        Mailing.unscoped.select_for_update().values_list("locked_count", flat=True).get(pk=mailing.pk)
    )
    recipients = Recipient.unscoped.for_mailing(mailing)
    if recipients.exists():
        return mailing.locked_count
    mailing.locked_count = _insert(mailing, scope, now)
    _make_batches(mailing)
    Mailing.unscoped.filter(pk=mailing.pk).update(locked_count=mailing.locked_count)
    return mailing.locked_count


INSERT = """
INSERT INTO {table} (public_id, mailing_id, member_id, channel, batch_n, language, address, first_name, last_name,
                     state, reason, reply, attempt, final_at, changed_at)
WITH audience AS MATERIALIZED ({audience})
SELECT {public_id}, %s, id, %s,
       CASE WHEN verdict = '' THEN (count(*) FILTER (WHERE verdict = '') OVER places - 1) / %s END,
       language, email, first_name, last_name,
       CASE WHEN verdict = '' THEN 'queued' ELSE 'skipped' END, verdict, '', 0,
       CASE WHEN verdict <> '' THEN {now} END, {now}
FROM audience
WINDOW places AS (ORDER BY id ROWS UNBOUNDED PRECEDING)
ORDER BY id
"""
# RFC 9562, version 7: 48 bits of time, then 74 random ones. A new list then lies together in the index, not all over
# it: locking takes as long in a large table as in a new one.
PUBLIC_ID = {
    "postgresql": """('0' || to_hex((date_part('epoch', clock_timestamp()) * 1000)::bigint)
                     || '7' || substr(gen_random_uuid()::text, 16))::uuid""",
    "sqlite": "lower(hex(randomblob(16)))",
}
NOW = {"postgresql": "CAST(%s AS timestamp with time zone)", "sqlite": "%s"}


def _insert(mailing: Mailing, scope: Scope, now: datetime.datetime) -> int:
    """One statement, so nobody joins or leaves between the decision and the row. Answers how many there are."""
    chosen = select(scope=scope, topic=mailing.topic, filter=Filter.of(mailing))
    columns = ("id", "language", "email", "first_name", "last_name", "verdict")
    query = chosen.order_by().values(*columns).query
    audience, params = query.get_compiler(connection=connection, elide_empty=False).as_sql()
    at = connection.ops.adapt_datetimefield_value(now)
    statement = INSERT.format(
        audience=audience,
        table=connection.ops.quote_name(Recipient._meta.db_table),
        public_id=PUBLIC_ID[connection.vendor],
        now=NOW[connection.vendor],
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, mailing.pk, Channel.MAIL, settings.MAILING_BATCH_SIZE, at, at])
        return int(cursor.rowcount)


def _make_batches(mailing: Mailing) -> None:
    """All are full but the last, so only that one is counted."""
    queued = Recipient.unscoped.for_mailing(mailing).exclude(batch_n=None)
    last = queued.values_list("batch_n").annotate(n=Count("id")).order_by("-batch_n").first()
    if last is None:
        return
    sizes = [settings.MAILING_BATCH_SIZE] * last[0] + [last[1]]
    Batch.objects.bulk_create([Batch(mailing=mailing, n=n, size=size) for n, size in enumerate(sizes)])
