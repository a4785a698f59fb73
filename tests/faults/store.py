"""R14 and R15: the database falls over, is away, or is locked by somebody else."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.faults.case import POSTGRES, SQLITE, Case, fault
from tests.faults.ground import House

SLOW = 0.05  # seconds per mail


@fault("R14", databases=POSTGRES, short=POSTGRES, own_postgres=True)
def restarted_again_and_again(case: Case) -> Any:
    """`pg_ctl -m immediate` every 3 s. The workers live, so nothing they know is lost: nobody is unknown."""
    house = case.house
    house.says(lambda phase, to: None, delay=SLOW)
    mailing = house.mailing(300 if case.short else 1000)
    house.under_way(1)
    restarts = 0
    while restarts < (2 if case.short else 6) or case.dice.random() < 0.3:
        time.sleep(case.dice.uniform(0.2, 1.5) if case.short else case.dice.uniform(2, 4))
        house.postgres.stop()
        house.postgres.start()
        restarts += 1
    case.notes["restarts"] = restarts
    house.finish(mailing)
    return mailing


@fault("R14", databases=POSTGRES, own_postgres=True)
def away_in_the_middle(case: Case) -> Any:
    """Down for a while: answers are kept in memory, no further dot leaves, and all goes on afterwards."""
    house = case.house
    house.says(lambda phase, to: None, delay=SLOW)
    mailing = house.mailing(200)
    house.under_way(case.dice.randrange(5, 80))
    house.postgres.stop()
    time.sleep(2)  # the rest of the windows
    marked = len(house.sink.mails)
    time.sleep(case.dice.choice([20, 60]))
    case.must("mail without a mark", len(house.sink.mails) == marked)
    house.postgres.start()
    house.finish(mailing)
    return mailing


@fault("R15", databases=SQLITE, short=SQLITE)
def locked(case: Case) -> Any:
    """Another process holds the one file: everybody waits, nobody sees "database is locked"."""
    from django.test import Client
    from django.urls import reverse

    house = case.house
    house.says(lambda phase, to: None, delay=SLOW)
    mailing = house.mailing(200)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(mailing.author)
    house.under_way(case.dice.randrange(5, 80))
    with _lock(house, 2 if case.short else 10):
        answer = client.post(reverse("mailings:pause", args=[mailing.public_id]))
    case.must("the page did not wait", answer.status_code == 302, found=answer.status_code)
    mailing.refresh_from_db()
    case.must("the press was lost", mailing.state == "paused", found=mailing.state)
    client.post(reverse("mailings:resume", args=[mailing.public_id]))
    house.finish(mailing)
    case.must("somebody saw it", "database is locked" not in house.log())
    return mailing


@contextmanager
def _lock(house: House, seconds: float) -> Iterator[None]:
    """From now on, for so long, nobody else can write."""
    file = sqlite3.connect(house.folder / "db.sqlite3", timeout=20, isolation_level=None, check_same_thread=False)
    file.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(seconds, file.execute, ["ROLLBACK"])
    release.start()
    try:
        yield
    finally:
        release.join()
        file.close()
