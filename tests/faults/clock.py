"""R16: workers whose clocks are wrong. Every time that decides anything is the database's (with
SQLite that is the machine's, of which there is only one). Events wait for a later item; nights of the
change to daylight saving are in tests/mailings/test_clock.py, without processes.
"""

from __future__ import annotations

import datetime
import email.utils
import shutil
from pathlib import Path
from typing import Any

from tests.faults.case import POSTGRES, Case, fault
from tests.faults.ground import CONNECTIONS
from tests.faults.mail import come_forward, database_now, must_be

DAYS = 2


def library() -> str:
    """What makes a process see another time: preloaded by hand, since the `faketime` program would start a child."""
    found = [str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")]
    return found[0] if shutil.which("faketime") and found else ""


def missing() -> str:
    return "" if library() else "faketime is not installed"


@fault("R16", databases=POSTGRES, short=POSTGRES, missing=missing)
def clocks_two_days_off(case: Case) -> Any:
    """One worker lives two days ahead and one two days behind. Nothing is early, nothing expires, no lease of a
    living worker is taken over, and one that is killed is; the mails carry the right date.
    """
    house = case.house
    house.change_workers(_clock(DAYS), _clock(-DAYS))
    later, mailing = house.held(20), house.held(200)
    grey = set(case.some(mailing, 10))
    house.says(lambda phase, to: "450 4.7.1 greylisted" if phase == "rcpt" and to in grey else None, delay=0.02)
    _is_due(mailing)
    house.under_way(case.dice.randrange(5, 100))
    case.must("nobody to kill", house.kill_one(case.dice))
    case.unknown = CONNECTIONS
    house.until(lambda: not house.count(mailing, "queued", "claimed", "committing"))
    must_be(case, mailing, "deferred greylisted", grey)
    waits = [abs((at - database_now()).total_seconds()) for at in _next_times(mailing)]
    case.must("deferred to another day", max(waits) < 3600, found=max(waits))
    case.must("a date of another day", not [one for one in _invitations(house) if abs(_age(one)) > 3600])
    later.refresh_from_db()
    case.must("started early", (later.state, house.count(later, "queued")) == ("hold", 20), found=later.state)
    later.delete()
    house.says(lambda phase, to: None)
    come_forward(mailing)
    house.finish(mailing)
    return mailing


@fault("R16", databases=POSTGRES, short=POSTGRES, missing=missing)
def every_worker_ahead(case: Case) -> Any:
    """Only the beat's clock is right. Its sweeps are heard all the same: one starts the mailing."""
    house = case.house
    house.change_workers(_clock(DAYS), _clock(DAYS))
    mailing = house.held(40)
    _is_due(mailing)
    house.finish(mailing, patience=30)
    return mailing


def _is_due(mailing: Any) -> None:
    """Nobody is told: the beat's sweep is to find it."""
    type(mailing).unscoped.filter(pk=mailing.pk).update(due_at=database_now())


def _clock(days: int) -> dict[str, str]:
    return {"LD_PRELOAD": library(), "FAKETIME": f"{days:+d}d"}


def _next_times(mailing: Any) -> list[datetime.datetime]:
    return list(mailing.recipients.filter(state="deferred").values_list("next_at", flat=True))


def _invitations(house: Any) -> list[Any]:
    """What members got: not the notice to the sender, which carries its worker's date."""
    return [mail for mail in house.sink.mails if b"\r\nList-Id: " in mail.content]


def _age(mail: Any) -> float:
    head = mail.content.partition(b"\r\n\r\n")[0].decode()
    date = next(line.partition(": ")[2] for line in head.split("\r\n") if line.startswith("Date: "))
    return (database_now() - email.utils.parsedate_to_datetime(date)).total_seconds()
