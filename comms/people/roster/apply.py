"""Writes a plan: chunk by chunk, each in its own transaction, so that a run cut off half-way is simply run again."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from comms.people import sizes
from comms.people.addresses import address_key
from comms.people.models import Correction, Member, Placement, RosterImport
from comms.people.roster.cleaning import Job
from comms.people.roster.diff import Change
from comms.people.roster.plan import CHUNK, FIELDS, Plan, Progress
from comms.people.scope import live
from comms.sql import look_again

WRITTEN = [*FIELDS, "email_key", "left_on", "as_of"]


def apply(plan: Plan, *, key: str, progress: Progress) -> RosterImport:
    """Makes the database say what the file says, and remembers that it did.

    `key` is the suppression key of `address_key`. The caller has looked at `plan.stops`.
    """
    counts = {name: count for name, count in sorted(plan.counts.items()) if count}
    with transaction.atomic():
        units = plan.book.write()
    done = 0
    for entries in plan.stage.chunks(CHUNK):
        with transaction.atomic():
            changes = plan.compare(entries, lock=True)
            _write(changes, plan, units, key)
        done += len(changes)
        progress(_("members written"), done)
    for rows in plan.leaving():
        with transaction.atomic():
            _end([pk for pk, _number, _name in rows], plan)
    terms = plan.terms
    look_again("people_unit", "people_member", "people_placement")
    sizes.recount(on=terms.on)
    return RosterImport.objects.create(covers=terms.covers, as_of=terms.as_of, sha256=plan.table.sha256, counts=counts)


def _write(changes: list[Change], plan: Plan, units: dict[int, int], key: str) -> None:
    added = [change for change in changes if change.known is None]
    altered = [c for c in changes if c.known and (c.fields or c.known.left) and c.entry.fields]
    Member.unscoped.bulk_create([_member(change, plan, key) for change in added])
    Member.unscoped.bulk_create(
        [_member(change, plan, key) for change in altered],
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=WRITTEN,
    )
    numbers = [change.entry.number for change in changes]
    Member.unscoped.filter(number__in=numbers).exclude(as_of=plan.terms.as_of).update(as_of=plan.terms.as_of)
    new = Member.unscoped.filter(number__in=[c.entry.number for c in added]).values_list("number", "pk")
    keys = {c.entry.number: c.known.pk for c in changes if c.known} | dict(new)
    _write_placements(changes, keys, units, plan.terms.on)
    for change in changes:
        if change.known and change.agreed:
            Correction.objects.filter(member=change.known.pk, field__in=change.agreed).delete()


def _member(change: Change, plan: Plan, key: str) -> Member:
    fields = {"language": plan.terms.language}
    if change.known:
        fields |= change.known.fields
    fields |= {name: new for name, (_old, new) in change.fields.items()}
    email_key = address_key(fields.get("email", ""), key=key)
    return Member(number=change.entry.number, email_key=email_key, left_on=None, as_of=plan.terms.as_of, **fields)


def _write_placements(changes: list[Change], keys: dict[str, int], units: dict[int, int], on: datetime.date) -> None:
    Placement.objects.bulk_create(
        Placement(
            member_id=keys[change.entry.number],
            unit_id=units.get(unit, unit),
            start=on,
            **_columns(job),
        )
        for change in changes
        for unit, job in change.begin.items()
    )
    Placement.objects.bulk_update(
        [Placement(pk=pk, **_columns(job)) for change in changes for pk, job in change.adjust.items()],
        ["position", "employment", "main_employer"],
        batch_size=500,
    )
    end_placements([held.pk for change in changes for held in change.end], on=on)


def _columns(job: Job) -> dict[str, Any]:
    return {"position": job.position or "", "employment": job.employment or "", "main_employer": bool(job.main)}


def end_placements(pks: list[int], *, on: datetime.date) -> None:
    """They held for the last time the day before `on`; one that began that day never held."""
    placements = Placement.objects.filter(pk__in=pks)
    placements.filter(start__gte=on).delete()
    placements.filter(start__lt=on).update(end=on - datetime.timedelta(days=1))


def _end(members: list[int], plan: Plan) -> None:
    """These members have left the covered unit, and the union too when nothing else places them."""
    on = plan.terms.on
    below = plan.book.covered_paths("unit__path")
    held = Placement.objects.filter(below, live(on), member__in=members)
    end_placements(list(held.values_list("pk", flat=True)), on=on)
    placed = Placement.objects.filter(live(on), member=OuterRef("pk"))
    Member.unscoped.filter(~Exists(placed), pk__in=members).update(left_on=on, as_of=plan.terms.as_of)
