"""The access log: one row per look at, search in, export of or mailing to members, chained day by day.

A row's seal covers the row and the seal before it; the day keeps the last one. Whoever changes, removes or slips in
a row without the key breaks the chain at that place.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import BooleanField, Count, Max, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, TruncMonth
from django.utils import timezone

from comms.people.models import Mandate, User
from comms.privacy import pledge
from comms.privacy.models import AccessDay, AccessLog


def note(
    *, user: User, mandate: Mandate, kind: str, members: Sequence[int], now: datetime.datetime, reason: str = "",
    words: str = "", count: int | None = None,
) -> AccessLog:  # fmt: skip
    """Somebody with the mandate saw, or wrote to, the members of these ids. One insert however many they are. Why is
    one of the reasons, or said in the person's own words. Of a mailing `words` is its id and `count` how many are on
    its locked list, which names them: a row with a million ids would be one nobody can search.

    To be called before the page is shown: if it cannot be written, nobody sees anything. Raises `pledge.Missing` when
    members are about to be seen and confidentiality has not been pledged.
    """
    if kind != AccessLog.Kind.MAILING:
        pledge.require(mandate, now=now)
    with transaction.atomic():
        day = _locked(timezone.localdate(now))
        row = AccessLog(
            day=day, n=day.rows + 1, at=now, user=user, mandate=mandate, kind=kind, reason=reason,
            words=words, count=len(members) if count is None else count, members=list(members),
        )  # fmt: skip
        row.seal = _seal(row, before=day.seal)
        row.save(force_insert=True)
        AccessDay.objects.filter(pk=day.pk).update(rows=row.n, seal=row.seal)
    return row


def by(user: User, *, since: datetime.datetime, until: datetime.datetime) -> QuerySet[AccessLog]:
    """What the user looked at from `since` until before `until`, in the order of time."""
    return AccessLog.objects.filter(user=user, at__gte=since, at__lt=until).order_by("at", "pk")


@dataclass(slots=True)
class Seen:
    """How many looks of a kind there were, and the ids of all members in them."""

    looks: int = 0
    members: set[int] = field(default_factory=set)


def seen(looks: QuerySet[AccessLog]) -> dict[str, Seen]:
    """By kind of look (`AccessLog.Kind`); whom somebody wrote to stands in the mailings."""
    found: dict[str, Seen] = defaultdict(Seen)
    shown = looks.exclude(kind=AccessLog.Kind.MAILING).order_by()
    texts = shown.values_list("kind", Cast("members", models.TextField()))  # read below, in half the time
    for kind, members in texts.iterator():
        found[kind].looks += 1
        found[kind].members.update(json.loads(members))
    return dict(found)


def at(member: int) -> QuerySet[AccessLog]:
    """Every look that held the member of this id, the newest first (GDPR art. 15: who has seen me).

    Not joined with users and mandates: whatever became of them, the look counts.
    """
    rows = AccessLog.objects.order_by("-at", "-pk")
    if connection.vendor == "postgresql":
        return rows.filter(members__contains=[member])
    among = "EXISTS (SELECT 1 FROM json_each(privacy_accesslog.members) WHERE value = %s)"
    return rows.filter(RawSQL(among, [member], output_field=BooleanField()))  # noqa: S611


@dataclass(frozen=True, slots=True)
class Looks:
    """What people in one role (`Mandate.Role`, "" for a mandate that is gone) did in a month: how often, when last."""

    kind: str
    role: str
    n: int
    last: datetime.datetime


def by_month(member: int, *, since: datetime.datetime) -> list[tuple[datetime.date, list[Looks]]]:
    """The looks at the member since then, counted: (first day of a month, its looks), the newest first; two queries.

    Who it was and of which unit is not in it: it is read by whoever holds a mailed link.
    """
    rows = at(member).filter(at__gte=since).order_by().annotate(month=TruncMonth("at"))
    counted = rows.values_list("month", "kind", "mandate_id").annotate(n=Count("pk"), last=Max("at"))
    found = list(counted)
    roles = dict(Mandate.objects.filter(pk__in={row[2] for row in found}).values_list("pk", "role"))
    months: dict[datetime.date, dict[tuple[str, str], Looks]] = {}
    for month, kind, mandate, n, last in found:
        known, key = months.setdefault(month.date(), {}), (kind, roles.get(mandate, ""))
        before = known.get(key)
        known[key] = Looks(*key, n + before.n, max(last, before.last)) if before else Looks(*key, n, last)
    newest = sorted(months.items(), reverse=True)
    return [(month, sorted(looks.values(), key=lambda one: one.last, reverse=True)) for month, looks in newest]


def first_broken(day: AccessDay) -> int | None:
    """The place of the first row of the day that is not as it was written or is missing; None if all is well."""
    before, n = "", 0
    for n, row in enumerate(day.log.order_by("n").iterator(), 1):
        if row.n != n or not hmac.compare_digest(row.seal, _seal(row, before=before)):
            return n
        before = row.seal
    return None if (day.rows, day.seal) == (n, before) else n + 1


def _locked(day: datetime.date) -> AccessDay:
    """The day's chain, which nobody else can lengthen until the transaction is over."""
    waiting = AccessDay.objects.select_for_update()
    found = waiting.filter(pk=day).first()
    if found is None:
        AccessDay.objects.get_or_create(pk=day)
        found = waiting.get(pk=day)
    return found


def _seal(row: AccessLog, *, before: str) -> str:
    at = row.at.astimezone(datetime.UTC).isoformat()
    who = [row.user_id, row.mandate_id]
    what = [before, str(row.day_id), row.n, at, *who, row.kind, row.reason, row.count, row.members]
    what += [row.words] if row.words else []
    key = hashlib.sha256(b"access log:" + settings.SUPPRESSION_KEY.encode()).digest()
    return hmac.new(key, json.dumps(what).encode(), "sha256").hexdigest()
