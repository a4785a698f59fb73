"""R1 and R26: SIGKILL of whole worker process groups while a mailing is on its way."""

from __future__ import annotations

import shutil
from typing import Any

from tests.faults.case import BOTH, SQLITE, Case, fault
from tests.faults.ground import CONNECTIONS, WINDOW, WORKERS


@fault("R1", short=BOTH)
def workers_killed(case: Case) -> Any:
    """At random through the mailing: at most one unknown per connection that was cut."""
    house, recipients = case.house, 800 if case.short else 2000
    kills = max(2, recipients // 200)
    before = len(house.sink.mails)
    at = sorted(case.dice.randrange(recipients // 20, recipients * 9 // 10) for _ in range(kills))
    mailing = house.mailing(recipients)
    for position in at:
        case.must("came not so far", house.until(lambda n=position: len(house.sink.mails) - before >= n))
        case.must("nobody to kill", house.kill_one(case.dice))
    house.finish(mailing)
    case.unknown = kills * CONNECTIONS
    return mailing


@fault("R26", short=SQLITE)
def power_cut(case: Case) -> Any:
    """Everything stops at once and no journal is left: what was being handed over is unknown, and not sent again.

    A worker has marked a window, may have a third of the one before left, and two mails with each connection.
    """
    house, recipients = case.house, 200
    before = len(house.sink.mails)
    position = case.dice.randrange(20, recipients * 3 // 4)
    mailing = house.mailing(recipients)
    case.must("came not so far", house.until(lambda: len(house.sink.mails) - before >= position))
    for process in [*house.workers, house.beat]:
        if process:
            house.end(process)
    at_the_cut = house.count(mailing, "committing")
    shutil.rmtree(house.folder / "journal")
    house.open()
    house.finish(mailing)
    case.must("known without a journal", house.count(mailing, "unknown") == at_the_cut)
    case.unknown = WORKERS * (WINDOW + WINDOW // 3 + 2 * CONNECTIONS)
    return mailing
