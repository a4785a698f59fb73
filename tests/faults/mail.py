"""R2, R5, R7: what the mail server says, when it says nothing, and when it is not there."""

from __future__ import annotations

import collections
import datetime
from typing import Any

from tests.faults.case import BOTH, SQLITE, Case, fault
from tests.faults.ground import WORKERS


@fault("R2", short=SQLITE)
def late_250(case: Case) -> Any:
    """The answer to the dot comes late, longer than a heartbeat in the long form: we wait, and send nothing twice."""
    house, seconds = case.house, 3 if case.short else 30
    mailing = house.held(100)
    late = set(case.some(mailing, 2))
    house.says(lambda phase, to: f"late {seconds}" if phase == "dot" and to in late else None)
    start()
    house.finish(mailing)
    return mailing


@fault("R2", short=SQLITE)
def cut_after_the_dot(case: Case) -> Any:
    """Exactly those whose answer was cut off are unknown; each of them is at the server once."""
    house = case.house
    mailing = house.held(200)
    cut = set(case.some(mailing, 6))
    house.says(lambda phase, to: "cut" if phase == "dot" and to in cut else None)
    start()
    house.finish(mailing)
    unknown = set(mailing.recipients.filter(state="unknown").values_list("address", flat=True))
    case.must("unknown are not those that were cut", unknown == cut, found=sorted(unknown ^ cut))
    case.unknown = len(cut)
    house.says(lambda phase, to: None)
    return mailing


@fault("R5", short=BOTH)
def every_refusal(case: Case) -> Any:
    """Greylisting, an unknown mailbox, 421 in mid-session and 552, all in one mailing."""
    house = case.house
    mailing = house.held(200)
    grey, nobody, large = _three(case.some(mailing, 24), 16, 4)
    tries: collections.Counter[str] = collections.Counter()

    def answer(phase: str, to: str) -> str | None:
        if phase == "rcpt":
            tries[to] += 1
            if to in nobody:
                return "550 5.1.1 no such user"
            if to in grey and tries[to] == 1:
                return "450 4.7.1 greylisted"
            if sum(tries.values()) % 37 == 0:
                return "421 4.3.2 closing"
        return "552 5.3.4 too large" if phase == "dot" and to in large else None

    house.says(answer)
    start()
    house.until(lambda: not house.count(mailing, "queued", "claimed", "committing"))
    must_be(case, mailing, "deferred greylisted", grey)
    waits = {row.next_at - row.deferred_at for row in mailing.recipients.filter(state="deferred")}
    case.must("not a minute to wait", waits == {datetime.timedelta(minutes=1)}, found=str(waits))
    case.must("tried too early", all(tries[to] == 1 for to in grey))
    come_forward(mailing)
    house.finish(mailing)
    must_be(case, mailing, "failed mailbox_unknown", nobody)
    must_be(case, mailing, "failed too_large", large)
    second = set(mailing.recipients.filter(state="sent", attempt=2).values_list("address", flat=True))
    case.must("greylisted ones not sent at the second try", grey <= second, found=sorted(grey - second))
    return mailing


@fault("R7")
def nobody_answers(case: Case) -> Any:
    """Every connection is refused: one alarm, no row burned, and all of it later. (In one process, in no time:
    test_sending.py.) The pause between two attempts grows to 5 s, so that this takes over a minute.
    """
    from mailings import dispatch, lifecycle

    house = case.house
    before = len(house.log())
    house.sink.__exit__()
    mailing = house.mailing(200)
    house.until(lambda: _is(mailing, "paused"))
    house.until(lambda: not mailing.batches.filter(state="leased").exists())
    said = house.log()[before:]
    errors = said.count("mail server: ")
    case.notes["errors"] = errors
    case.must("not paused for the reason", (mailing.state, mailing.pause_reason) == ("paused", "no_connection"))
    case.must("errors", 20 <= errors <= 20 * WORKERS, found=errors)
    alarms = [line for line in said.splitlines() if " ERROR " in line]
    case.must("alarms", len(alarms) == 1, found=alarms)
    case.must("a row was burned", house.count(mailing, "queued") == 200, found=mailing.recipients.by_state())
    house.sink.__enter__()
    lifecycle.resume(mailing=mailing, by=mailing.author, now=dispatch.database_now())
    house.finish(mailing)
    return mailing


# --- words ----------------------------------------------------------------------------------------------------------
def start() -> None:
    from mailings import dispatch
    from mailings.models import Mailing

    Mailing.unscoped.filter(state="hold").update(due_at=database_now())
    dispatch.recover(now=database_now())


def come_forward(mailing: Any) -> None:
    """The wait of the deferred is over."""
    from mailings import dispatch

    mailing.recipients.filter(state="deferred").update(next_at=database_now())
    mailing.batches.filter(state="ready").update(ready_at=database_now())
    dispatch.recover(now=database_now())


def database_now() -> datetime.datetime:
    from mailings import dispatch

    return dispatch.database_now()


def _three(addresses: list[str], first: int, second: int) -> tuple[set[str], set[str], set[str]]:
    return set(addresses[:first]), set(addresses[first : first + second]), set(addresses[first + second :])


def must_be(case: Case, mailing: Any, what: str, addresses: set[str]) -> None:
    state, reason = what.split()
    found = set(mailing.recipients.filter(state=state, reason=reason).values_list("address", flat=True))
    case.must(f"not {what}", found == addresses, found=sorted(found ^ addresses))


def _is(mailing: Any, state: str) -> bool:
    mailing.refresh_from_db(fields=["state", "pause_reason"])
    return bool(mailing.state == state)
