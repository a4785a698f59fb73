"""Runs of the gate: one revision is checked in a worker, and what staff asked for is done when it has passed.

A run is claimed by a conditional update that must hit one row; its `beat_at` is the worker's proof that it still
holds the run. What is checked is in `templates_lib.inspection`, what it is called in `templates_lib.gate_words`.
"""

from __future__ import annotations

import dataclasses
import datetime
import logging
import time
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from templates_lib import bell, inspection
from templates_lib.models import GateRun, InvitationTemplate
from templates_lib.models.template import GateState
from templates_lib.render.gate import Finding

if TYPE_CHECKING:
    from wagtail.models import Revision

    from comms.people.models import User

log = logging.getLogger(__name__)

OPEN = (GateState.QUEUED, GateState.RUNNING)
STALE = datetime.timedelta(seconds=120)  # one drawing takes at most 35
RUNG = datetime.timedelta(seconds=20)  # a ring nobody answered is repeated
RESTARTS = 2
NOTICED = 40  # findings kept; nobody mends more at once


def start(
    *,
    template: InvitationTemplate,
    revision: Revision,
    by: User | None,
    then: str = "",
    comment: str = "",
    now: datetime.datetime,
) -> GateRun:
    """The run that checks the revision and then does what was asked ("" · publish · approve).

    A run of the same revision that passed is not repeated: what was asked is done at once. One that is open is
    joined. Raises `ValueError` when something is to be done in nobody's name.
    """
    if then and by is None:
        raise ValueError("Somebody has to publish or approve.")
    asked = {"then": then, "by": by, "comment": comment}
    with transaction.atomic():
        if joined := _join(revision, asked):
            return joined
        known = passed(revision)
        if known and not then:
            return known
        run_ = GateRun.objects.create(template=template, revision=revision, **asked)
        if not known:
            transaction.on_commit(lambda: bell.ring("templates_lib.tasks.run_gate", run_.pk))
            return run_
        GateRun.objects.filter(pk=run_.pk).update(
            state=GateState.RUNNING, beat_at=now, done=known.done, total=known.total
        )
    _finish(run_.pk, now, [], now=now)
    run_.refresh_from_db()
    return run_


def _join(revision: Revision, asked: dict[str, Any]) -> GateRun | None:
    """An open run of the revision, which from now on does what is asked."""
    found = GateRun.objects.filter(revision=revision, state__in=OPEN).filter(Q(then="") | Q(then=asked["then"])).first()
    if found and asked["then"]:
        if not GateRun.objects.filter(pk=found.pk, state__in=OPEN).update(**asked):
            return None  # finished in this moment
        found.refresh_from_db()
    return found


def passed(revision: Revision) -> GateRun | None:
    """The newest run that passed of exactly this revision, as it is now: autosave may have written over it."""
    runs = GateRun.objects.filter(revision=revision, state=GateState.PASSED, created_at__gte=revision.created_at)
    return runs.order_by("-id").first()


def run(run_pk: int, *, now: datetime.datetime) -> None:
    """Checks the revision of a queued run and finishes it as passed, refused or broken. Never raises for a template.

    A run that somebody else has claimed, or has taken over meanwhile, is left to them.
    """
    waiting = GateRun.objects.filter(pk=run_pk, state=GateState.QUEUED)
    if not waiting.update(state=GateState.RUNNING, beat_at=now, done=0, total=0):
        return
    row = GateRun.objects.select_related("revision").get(pk=run_pk)
    clock, beat, found = _Clock(now), now, []
    try:
        for step in inspection.steps(row.revision.as_object()):
            found += step.findings
            later = clock.now()
            if not _held(run_pk, beat).update(beat_at=later, done=step.done, total=step.total):
                return
            beat = later
    except Exception:  # a fault of ours: the template is not published, and staff are told that it is not theirs
        log.exception("gate run %s broke", run_pk)
        _close(run_pk, beat, GateState.BROKEN, [Finding("", "broken")], now=clock.now())
        return
    _finish(run_pk, beat, list(dict.fromkeys(found))[:NOTICED], now=clock.now())


def _held(run_pk: int, beat: datetime.datetime | None) -> Any:
    """The run, if it is still ours: nobody has taken it over since our last sign of life."""
    return GateRun.objects.filter(pk=run_pk, state=GateState.RUNNING, beat_at=beat)


def _finish(run_pk: int, beat: datetime.datetime, findings: list[Finding], *, now: datetime.datetime) -> None:
    """Passed and done what was asked, or not: both or neither are stored."""
    if findings:
        _close(run_pk, beat, GateState.REFUSED, findings, now=now)
        return
    try:
        with transaction.atomic():
            if _close(run_pk, beat, GateState.PASSED, [], now=now):
                _do_what_was_asked(GateRun.objects.select_related("template", "revision", "by").get(pk=run_pk))
    except PermissionDenied:
        _close(run_pk, beat, GateState.BROKEN, [Finding("", "not_allowed")], now=now)
    except Exception:
        log.exception("gate run %s passed, but what was asked could not be done", run_pk)
        _close(run_pk, beat, GateState.BROKEN, [Finding("", "not_done")], now=now)


def _close(
    run_pk: int, beat: datetime.datetime | None, state: str, findings: list[Finding], *, now: datetime.datetime
) -> bool:
    stored = [dataclasses.asdict(finding) for finding in findings]
    return bool(_held(run_pk, beat).update(state=state, findings=stored, finished_at=now, beat_at=now))


def _do_what_was_asked(run_: GateRun) -> None:
    """Publishes or approves in the name of who asked. Raises `PermissionDenied` when they may not, or no longer."""
    if not run_.then:
        return
    if run_.by is None:
        raise PermissionDenied
    if run_.then == GateRun.Then.PUBLISH:
        run_.revision.publish(user=run_.by)
        return
    state = run_.template.current_workflow_task_state
    if state is None or state.revision_id != run_.revision_id:
        raise PermissionDenied  # written on since, cancelled, or approved by somebody else
    task = state.task.specific
    if "approve" not in [action for action, *_rest in task.get_actions(run_.template, run_.by)]:
        raise PermissionDenied
    task.on_action(state.specific, user=run_.by, action_name="approve", comment=run_.comment)


def recover(*, now: datetime.datetime) -> int:
    """Rings again for runs that wait, or whose worker is gone. Answers how many. A run that ends its worker each
    time is given up.
    """
    for row in GateRun.objects.filter(state=GateState.RUNNING, beat_at__lte=now - STALE):
        restarts = len(row.findings)
        if restarts >= RESTARTS:
            _close(row.pk, row.beat_at, GateState.BROKEN, [Finding("", "broken")], now=now)
            continue
        noted = [*row.findings, dataclasses.asdict(Finding("", "restarted"))]
        _held(row.pk, row.beat_at).update(state=GateState.QUEUED, beat_at=None, findings=noted)
    waiting = GateRun.objects.filter(state=GateState.QUEUED, created_at__lte=now - RUNG)
    pks = list(waiting.order_by("id").values_list("pk", flat=True)[:4])
    for pk in pks:
        bell.ring("templates_lib.tasks.run_gate", pk)
    return len(pks)


class _Clock:
    """The time that was given, going on."""

    def __init__(self, now: datetime.datetime) -> None:
        self.began, self.started = now, time.monotonic()

    def now(self) -> datetime.datetime:
        return self.began + datetime.timedelta(seconds=time.monotonic() - self.started)
