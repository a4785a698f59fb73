"""Member lists taken out as files: ordered for a reason, made by a worker, fetched by one person, gone after a day.

The order holds ids and what narrows the list. Names are read when the file is made, in the scope of the mandate on
that day; whoever may fetch it is asked again, and so is whether everybody in it still belongs there.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from django.db import connection, transaction
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone, translation

from comms.members import about, columns, export_files, lists, powers, sheets
from comms.members.lists import Wanted
from comms.members.models import ListExport, RolePower
from comms.members.rows import rows
from comms.people.models import Mandate, Member, User
from comms.people.scope import Scope
from comms.privacy import access, policy
from comms.privacy.models import AccessLog
from comms.sql import as_table
from templates_lib import bell

log = logging.getLogger(__name__)

TASK = "comms.members.tasks.make_export"
KEPT = policy.kept("export_files")
CLAIM = datetime.timedelta(minutes=10)  # longer than the largest file takes: its worker is gone
MOST = 50_000  # members in one file
STEP = 500  # members read at once
State, Problem = ListExport.State, ListExport.Problem
OPEN = (State.QUEUED, State.MAKING)


class CannotBeMade(Exception):
    """No file can be made; the argument is one of `ListExport.Problem`."""


# --- ordering -------------------------------------------------------------------------------------------------------
def may(mandate: Mandate) -> bool:
    return powers.may(mandate, RolePower.Power.EXPORT)


@transaction.atomic
def order(
    *, mandate: Mandate, by: User, scope: Scope, wanted: Wanted, keys: Sequence[str], format: str, reason: str,
    now: datetime.datetime,
) -> ListExport:  # fmt: skip
    """A file of all who match, with these columns; the same again while it is not finished. Raises `CannotBeMade`."""
    User.objects.select_for_update().get(pk=by.pk)  # pressing twice orders once
    matching = lists.count(scope, wanted, units=lists.units_of(scope))
    if not matching or matching > MOST:
        raise CannotBeMade(Problem.TOO_MANY if matching else Problem.NOBODY)
    asked = {"wanted": asdict(wanted), "columns": columns.ordered(keys), "format": format, "reason": reason}
    for one in ListExport.objects.filter(by=by, mandate=mandate, state__in=OPEN):
        if asked == {name: getattr(one, name) for name in asked}:
            return one
    export = ListExport.objects.create(by=by, mandate=mandate, created_at=now, expires_at=now + KEPT, **asked)
    log.info("list %s: ordered by user %s", export.public_id, by.pk)
    transaction.on_commit(lambda: bell.ring(TASK, export.pk))
    return export


def own(user: User) -> QuerySet[ListExport]:
    return ListExport.objects.filter(by=user).order_by("-created_at", "-pk")


# --- making ---------------------------------------------------------------------------------------------------------
def make(export_id: int, *, now: datetime.datetime) -> bool:
    """Make the file; False when another worker has it, or it cannot be made. Repeatable."""
    free = Q(state=State.QUEUED) | Q(state=State.MAKING, claimed_at__lte=now - CLAIM)
    if not ListExport.objects.filter(free, pk=export_id).update(state=State.MAKING, claimed_at=now, done=0):
        return False
    export = ListExport.objects.select_related("mandate__unit", "mandate__user", "by").get(pk=export_id)
    try:
        scope = _scope(export, now=now)
        ids = _choose(export, scope)
        _write(export, ids, scope=scope)
    except CannotBeMade as error:
        _held(export).update(state=State.FAILED, problem=error.args[0], finished_at=now, wanted={}, members=[])
        return False
    made = _held(export).update(state=State.READY, finished_at=timezone.now(), wanted={})
    if not made:  # taken over, or somebody on it was taken out of the register meanwhile
        export_files.drop_one(export)
    log.info("list %s: %s members, %s", export.public_id, len(ids), "ready" if made else "given up")
    return bool(made)


def _held(export: ListExport) -> QuerySet[ListExport]:
    """The row as long as the claim is ours."""
    return ListExport.objects.filter(pk=export.pk, state=State.MAKING, claimed_at=export.claimed_at)


def _scope(export: ListExport, *, now: datetime.datetime) -> Scope:
    scope = Scope.of_mandate(export.mandate, on=timezone.localdate(now))
    if not scope or not may(export.mandate) or export.expires_at <= now:
        raise CannotBeMade(Problem.ENDED)
    return scope


def _choose(export: ListExport, scope: Scope) -> list[int]:
    """Who is on it, stored before a name is read: whoever is erased from then on is found in it."""
    found = lists.everybody(scope, Wanted(**export.wanted))
    ids = list(found.filter(restricted=False).values_list("pk", flat=True)[: MOST + 1])
    if not ids or len(ids) > MOST:
        raise CannotBeMade(Problem.TOO_MANY if ids else Problem.NOBODY)
    export.count, export.left_out = len(ids), found.filter(restricted=True).count()
    _held(export).update(members=ids, count=export.count, left_out=export.left_out)
    return ids


def _write(export: ListExport, ids: Sequence[int], *, scope: Scope) -> None:
    with translation.override(export.by.language), export_files.writing(export) as target:
        table = sheets.Table(
            head=columns.head(export.columns),
            lines=_lines(export, ids, scope=scope),
            about=about.lines(export, scope=scope),
            names=about.sheet_names(),
            foot=about.foot(export),
        )
        (sheets.write_csv if export.format == ListExport.Format.CSV else sheets.write_xlsx)(target, table)


def _lines(export: ListExport, ids: Sequence[int], *, scope: Scope) -> Iterator[list[str]]:
    contact = columns.contact(export.columns)
    for start in range(0, len(ids), STEP):
        some = ids[start : start + STEP]
        yield from (columns.cells(row, export.columns) for row in rows(some, scope=scope, more=contact))
        _held(export).update(done=start + len(some))


# --- fetching -------------------------------------------------------------------------------------------------------
def is_there(export: ListExport, *, scope: Scope, now: datetime.datetime) -> bool:
    """Whether the file is to be had. `scope` is that of the mandate today: somebody who has left it, or is erased or
    restricted, closes the whole file.
    """
    ready = export.state == State.READY and export.expires_at > now and export_files.path(export).exists()
    return ready and _all_within(export.members, scope)


def hand_over(export: ListExport, *, scope: Scope, now: datetime.datetime) -> Path | None:
    """Where the file is, after it is noted that the person has everybody in it; None when it is not to be had."""
    if not is_there(export, scope=scope, now=now):
        return None
    kinds = [AccessLog.Kind.EXPORT, *([AccessLog.Kind.CONTACT] if columns.contact(export.columns) else [])]
    for kind in kinds:
        access.note(
            user=export.by, mandate=export.mandate, kind=kind, members=export.members, now=now, words=export.reason
        )
    log.info("list %s: fetched by user %s", export.public_id, export.by_id)
    return export_files.path(export)


def _all_within(ids: Sequence[int], scope: Scope) -> bool:
    table, said = as_table([[one] for one in ids], "bigint")
    among = RawSQL(table, said)  # noqa: S611  (ids, as one parameter)
    inside = Member.objects.within(scope).filter(pk__in=among, restricted=False)
    return bool(inside.count() == len(ids))


# --- ending ---------------------------------------------------------------------------------------------------------
def give_up(exports: QuerySet[ListExport]) -> None:
    """Their files go, and who was in them; that there was a list stays a while. Repeatable."""
    for export in exports.exclude(state=State.GONE):
        export_files.drop(export)
        ListExport.objects.filter(pk=export.pk).update(state=State.GONE, members=[], wanted={}, problem="")


def holding(member: Member) -> QuerySet[ListExport]:
    """Those the member is in."""
    if connection.vendor == "postgresql":
        return ListExport.objects.filter(members__contains=[member.pk])
    among = "EXISTS (SELECT 1 FROM json_each(members_listexport.members) WHERE value = %s)"
    return ListExport.objects.filter(RawSQL(among, [member.pk], output_field=BooleanField()))  # noqa: S611


def recover(*, now: datetime.datetime) -> None:
    """What the sweep does: what has expired goes, and what nobody works on is rung for."""
    give_up(ListExport.objects.filter(expires_at__lte=now))
    export_files.drop_strays(set(ListExport.objects.exclude(state=State.GONE).values_list("public_id", flat=True)))
    idle = Q(state=State.QUEUED) | Q(state=State.MAKING, claimed_at__lte=now - CLAIM)
    for pk in ListExport.objects.filter(idle).values_list("pk", flat=True):
        bell.ring(TASK, pk)


def close(*, now: datetime.datetime) -> None:
    """Files nobody can fetch any longer go before their time: without the mandate, the power, or somebody in it."""
    ready = ListExport.objects.filter(state=State.READY)
    for pk in list(ready.values_list("pk", flat=True)):
        export = ready.select_related("mandate__unit", "mandate__user").filter(pk=pk).first()
        if export and not _is_right(export, now=now):
            give_up(ListExport.objects.filter(pk=pk))


def _is_right(export: ListExport, *, now: datetime.datetime) -> bool:
    scope = Scope.of_mandate(export.mandate, on=timezone.localdate(now))
    return bool(scope) and may(export.mandate) and is_there(export, scope=scope, now=now)
