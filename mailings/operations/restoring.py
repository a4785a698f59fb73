"""After a restored backup: nobody gets again what was sent since, and nothing starts by itself.

The ledger on each machine's disk (`comms.privacy.ledger`) says what the database has forgotten. A database that is
older than what a machine has seen is noticed by itself: everything stops until `manage.py after_restore` has run.
"""

from __future__ import annotations

import datetime
import json
import logging
import os
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from comms.people.models import Member
from comms.privacy import ledger, policy
from comms.privacy import restoring as privacy
from comms.privacy.ledger import Entry
from mailings import leases, lifecycle, states
from mailings.models import Batch, BatchState, Mailing, MailingState, Pulse, Recipient, RecipientState
from mailings.operations import halting, pulses

log = logging.getLogger(__name__)

SLACK = datetime.timedelta(minutes=15)  # clocks of machines and database differ
STEP = 500  # members asked about at once
Words = dict[uuid.UUID, dict[uuid.UUID, str]]
"""mailing -> member -> "sent", or "unknown" for one who may have got it."""


# --- is this database older than we are -----------------------------------------------------------------------------
def seen(queue: Mapping[str, object], *, now: datetime.datetime) -> None:
    """The sweep was here: noted in the database, and beside it on this machine."""
    pulses.record("sweep", queue, now=now)
    identity, _made = Pulse.objects.get_or_create(
        pk="database", defaults={"at": now, "figures": {"id": uuid.uuid4().hex}}
    )
    path = _mark(identity)
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(now.timestamp()))
        draft.rename(path)
    except OSError as error:
        log.warning("the time of the sweep cannot be noted: %s", error)


def is_older() -> bool:
    """Whether the database has forgotten a sweep that this machine remembers. One query and one small file."""
    known = Pulse.objects.in_bulk(["database", "sweep"])
    if len(known) < 2:
        return False
    try:
        remembered = json.loads(_mark(known["database"]).read_text())
    except (OSError, ValueError):
        return False
    return known["sweep"].at.timestamp() < remembered - 1


def _mark(identity: Pulse) -> Path:
    """One file per database, known by an id that a backup carries along."""
    return settings.LEDGER_DIR / f"{identity.figures['id']}.sweep"


def guard(*, now: datetime.datetime) -> bool:
    """Whether work may go on. An older database stops everything and rings the alarm, once."""
    if not is_older():
        return True
    if halting.stop(by=None, now=now):
        pulses.alarm("this database is older than what this machine has sent: run manage.py after_restore")
    return False


# --- putting it right -----------------------------------------------------------------------------------------------
def after_restore(folders: Iterable[Path], *, now: datetime.datetime) -> dict[str, object]:
    """Read back everything since the backup, pause what was on its way, and say what was found. Repeatable, also with
    the ledgers of further machines.

    Nothing is sent by it, and mailings stay paused until somebody goes on with each of them.
    """
    since = _backup_time(now)
    entries = ledger.read(folders, since=since)
    news = privacy.replay(entries)
    found: Counter[str] = Counter()
    gone: dict[str, int] = {}
    words = _words(entries)
    mailings = Mailing.unscoped.in_bulk(list(words), field_name="public_id")
    for public_id, members in words.items():
        if public_id in mailings:
            found += _remember(mailings[public_id], members, now=now)
        else:
            gone[str(public_id)] = len(members)
    stopped = _stopped(entries)
    moving = _moving({*stopped, *words}, now=now)
    found["paused"] = sum(_stop(mailing, stopped.get(mailing.public_id, ""), now=now) for mailing in moving)
    for pk in Batch.objects.filter(mailing__in=[*moving, *mailings.values()]).values_list("pk", flat=True):
        leases.close(pk, now=now)
    halting.lift_own(now=now)
    pulses.record("restore", {"since": since.timestamp() if since else 0}, now=now)
    seen({}, now=now)
    return {"entries": len(entries), **found, **news, "unknown_mailings": gone}


def _backup_time(now: datetime.datetime) -> datetime.datetime | None:
    """When the backup was made: its last sweep, unless this has run before. None reads the whole ledger."""
    known = Pulse.objects.in_bulk(["sweep", "restore"])
    if "restore" in known and now - known["restore"].at < policy.kept("ledgers"):
        return datetime.datetime.fromtimestamp(known["restore"].figures["since"], datetime.UTC)
    return known["sweep"].at - SLACK if "sweep" in known else None


def _words(entries: Iterable[Entry]) -> Words:
    """The last word about each mailing and member."""
    words: Words = defaultdict(dict)
    for _at, kind, *what in entries:
        if kind != "window":
            continue
        mailing, marked, accepted, free = what
        of = words[uuid.UUID(mailing)]
        of.update({uuid.UUID(member): "sent" for member in accepted})
        for member in free:
            of.pop(uuid.UUID(member), None)
        of.update({uuid.UUID(member): "unknown" for member in marked})
    return {mailing: of for mailing, of in words.items() if of}


@transaction.atomic
def _remember(mailing: Mailing, members: dict[uuid.UUID, str], *, now: datetime.datetime) -> Counter[str]:
    """Rows of those who have got it, or may have, say so; those who were not on the restored list join it."""
    Mailing.unscoped.select_for_update().get(pk=mailing.pk)
    found: Counter[str] = Counter()
    known = dict(
        Recipient.unscoped.filter(mailing=mailing, member__isnull=False).values_list("member__public_id", "pk")
    )
    for state, word in ((RecipientState.SENT, "sent"), (RecipientState.UNKNOWN, "unknown")):
        pks = [known[member] for member, said in members.items() if said == word and member in known]
        found[word] += sum(_say(some, state, now=now) for some in _chunks(pks))
    strangers = {member: word for member, word in members.items() if member not in known}
    found["joined"] += _join(mailing, strangers, now=now)
    if mailing.is_draft or mailing.state == MailingState.AWAITING_APPROVAL:  # it was sent after the backup
        Mailing.unscoped.filter(pk=mailing.pk).update(state=MailingState.CANCELLED, finished_at=now)
        found["sent_as_drafts"] += 1
    return found


def _say(pks: list[int], state: str, *, now: datetime.datetime) -> int:
    rows = Recipient.unscoped.filter(pk__in=pks)
    sent = state == RecipientState.SENT
    before = (*states.WAITING, *states.IN_HAND)
    rows = rows.filter(state__in=(*before, RecipientState.UNKNOWN, RecipientState.SKIPPED) if sent else before)
    return rows.update(
        state=state, reason="" if sent else "no_answer", next_at=None, committed_at=now, changed_at=now,
        final_at=now,
    )  # fmt: skip


def _join(mailing: Mailing, strangers: dict[uuid.UUID, str], *, now: datetime.datetime) -> int:
    """Members who got the mailing and are not on its restored list, in a batch of their own that is done."""
    n = (mailing.batches.order_by("-n").values_list("n", flat=True).first() or 0) + 1
    rows = [
        Recipient(
            mailing=mailing, member_id=pk, batch_n=n, language=language, state=strangers[public_id],
            reason="" if strangers[public_id] == "sent" else "no_answer", final_at=now, committed_at=now,
        )
        for some in _chunks(list(strangers))
        for pk, public_id, language in Member.unscoped.filter(public_id__in=some).values_list(
            "pk", "public_id", "language"
        )
    ]  # fmt: skip
    if rows:
        Batch.objects.create(mailing=mailing, n=n, size=len(rows), state=BatchState.DONE)
        Recipient.unscoped.bulk_create(rows, batch_size=STEP)
        Mailing.unscoped.filter(pk=mailing.pk).update(locked_count=mailing.locked_count + len(rows))
    return len(rows)


def _chunks(items: list) -> Iterator[list]:
    for start in range(0, len(items), STEP):
        yield items[start : start + STEP]


# --- what was on its way --------------------------------------------------------------------------------------------
def _stopped(entries: Iterable[Entry]) -> dict[uuid.UUID, str]:
    return {uuid.UUID(what[0]): kind for _at, kind, *what in entries if kind in ledger.STOPS}


def _moving(touched: Iterable[uuid.UUID], *, now: datetime.datetime) -> list[Mailing]:
    """What would send by itself: sending, about to, due; and what was begun or stopped since."""
    waits = Q(state__in=(MailingState.SCHEDULED, MailingState.PAUSED))
    due = Q(state=MailingState.SCHEDULED, due_at__lte=now)
    on_its_way = Q(state__in=(MailingState.SENDING, MailingState.HOLD))
    return list(Mailing.unscoped.filter(on_its_way | due | (waits & Q(public_id__in=list(touched)))))


@transaction.atomic
def _stop(mailing: Mailing, stopped: str, *, now: datetime.datetime) -> bool:
    """Paused with the reason, or cancelled where somebody had done so since; whether it was paused now."""
    cancelled = stopped == "cancelled"
    state = MailingState.CANCELLED if cancelled else MailingState.PAUSED
    changes = {"finished_at": now, "pause_reason": ""} if cancelled else {"pause_reason": "restored"}
    Mailing.unscoped.filter(pk=mailing.pk, state=mailing.state).update(state=state, **changes)
    mailing.batches.exclude(state=BatchState.DONE).update(
        state=BatchState.HELD, owner="", lease_until=None, heartbeat_at=None
    )
    rows = Recipient.unscoped.for_mailing(mailing)
    rows.filter(state=RecipientState.COMMITTING).update(
        state=RecipientState.UNKNOWN, reason="no_answer", committed_at=now, final_at=None, changed_at=now
    )
    if cancelled:
        lifecycle.skip(rows, reason="cancelled", now=now)
    return not cancelled and mailing.state != MailingState.PAUSED
