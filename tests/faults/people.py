"""R6 and R25: people change their minds while the mailing is on its way."""

from __future__ import annotations

import datetime
import time
from typing import Any

from tests.faults.case import POSTGRES, SQLITE, Case, fault

SLOW = 0.03  # seconds per mail, so that there is something to interrupt


@fault("R6", short=POSTGRES)
def pause_and_resume(case: Case) -> Any:
    """Again and again, at last as fast as it goes: a paused mailing is silent, and exactly the rest follows."""
    house = case.house
    house.says(lambda phase, to: None, delay=SLOW)
    mailing = house.mailing(400)
    silent_after = []
    for _round in range(3):
        house.under_way(case.dice.randrange(1, 60))
        _steer(mailing, "pause")
        silent_after.append(_silence(case, mailing))
        _steer(mailing, "resume")
    for _round in range(10):
        _steer(mailing, "pause")
        time.sleep(case.dice.choice([0, 0, 0.02, 0.1]))
        _steer(mailing, "resume")
    case.notes["silent_after_s"] = max(silent_after)
    house.finish(mailing)
    case.must("somebody was left out", house.count(mailing, "sent") == 400)
    return mailing


@fault("R6", short=SQLITE)
def cancel(case: Case) -> Any:
    """Nothing leaves after a cancel: who has it is `sent`, all others are skipped(cancelled)."""
    house = case.house
    house.says(lambda phase, to: None, delay=SLOW)
    mailing = house.mailing(300)
    house.under_way(case.dice.randrange(1, 150))
    _steer(mailing, "pause" if case.dice.random() < 0.5 else "resume")
    _steer(mailing, "cancel")
    case.notes["silent_after_s"] = _silence(case, mailing)
    house.finish(mailing)
    skipped = mailing.recipients.filter(state="skipped", reason="cancelled").count()
    case.must("cancelled too late", skipped > 0)
    case.must("neither sent nor skipped", house.count(mailing, "sent") + skipped == 300)
    return mailing


@fault("R25", short=SQLITE)
def gone_while_queued(case: Case) -> Any:
    """Erased, moved out of the mandate, unsubscribed by one click: skipped with that reason, and never written to."""
    from mailings.models import Recipient

    house = case.house
    house.says(lambda phase, to: None, delay=SLOW)
    mailing = house.mailing(200)
    house.under_way(case.dice.randrange(1, 60))
    _steer(mailing, "pause")
    _silence(case, mailing)
    rows = list(Recipient.unscoped.for_mailing(mailing).filter(state="queued").select_related("member"))
    chosen = case.dice.sample(rows, 12)
    groups = {"erased": chosen[:4], "moved": chosen[4:8], "unsubscribed": chosen[8:]}
    for reason, some in groups.items():
        for row in some:
            CHANGES[reason](row, mailing)
    _steer(mailing, "resume")
    house.finish(mailing)
    for reason, some in groups.items():
        found = set(mailing.recipients.filter(state="skipped", reason=reason).values_list("pk", flat=True))
        case.must(f"skipped({reason})", found == {row.pk for row in some}, found=len(found))
    case.must("others were left out", house.count(mailing, "sent") == 200 - len(chosen))
    return mailing


def _erase(row: Any, mailing: Any) -> None:
    """As an erasure leaves it: the row stays for the sums and knows nobody."""
    type(row).unscoped.filter(pk=row.pk).update(member=None, first_name="", last_name="")


def _move(row: Any, mailing: Any) -> None:
    from tests.factories import day

    row.member.placements.update(start=day(-20), end=day(-1))


def _unsubscribe(row: Any, mailing: Any) -> None:
    """The mail program's one click (RFC 8058)."""
    from django.test import Client

    from comms.privacy import unsubscribe

    path = unsubscribe.link(row.member.public_id, mailing.topic_id).removeprefix("http://127.0.0.1:8000")
    answer = Client(SERVER_NAME="127.0.0.1").post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200, answer.status_code


CHANGES = {"erased": _erase, "moved": _move, "unsubscribed": _unsubscribe}


def _steer(mailing: Any, action: str) -> None:
    """As the buttons do; one that comes too late changes nothing."""
    from mailings import dispatch, lifecycle

    now: datetime.datetime = dispatch.database_now()
    try:
        getattr(lifecycle, action)(mailing=mailing, by=mailing.author, now=now)
    except lifecycle.NotNow:
        return
    dispatch.ring()


def _silence(case: Case, mailing: Any) -> float:
    """Seconds until no worker holds a batch of it. From then on nothing arrives, and the rows know all that did."""
    began = time.monotonic()
    quiet = case.house.until(lambda: not mailing.batches.filter(state="leased").exists())
    seconds = round(time.monotonic() - began, 1)
    taken = _taken(case, mailing)
    case.must("never silent", quiet)
    case.must("sent and taken differ", case.house.count(mailing, "sent") == taken, found=taken)
    time.sleep(case.dice.choice([0, 0.3]))
    case.must("mail while stopped", _taken(case, mailing) == taken)
    return seconds


def _taken(case: Case, mailing: Any) -> int:
    addresses = set(mailing.recipients.values_list("address", flat=True))
    return sum(address in addresses for address in case.house.sink.recipients)
