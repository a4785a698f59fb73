"""R8, R9, R18: the broker forgets, stops, freezes, is full, or rings twice. The database is the queue, so that none
of it loses a mail; and whoever approves an invitation meanwhile is answered.
"""

from __future__ import annotations

import collections
import re
import time
from collections.abc import Callable
from typing import Any

from tests.faults.case import POSTGRES, Case, fault
from tests.faults.mail import start

SLOW = 0.03  # seconds per mail
ANSWER_SECONDS = 5  # in which the portal answers; without the bell's own patience it took more than 40


@fault("R8", databases=POSTGRES, short=POSTGRES)
def forgotten(case: Case) -> Any:
    """FLUSHALL, again and again."""
    house = case.house
    house.says(lambda phase, to: None, delay=SLOW)
    mailing = house.mailing(300)
    for _time in range(4):
        house.under_way(case.dice.randrange(5, 50))
        house.redis.tell("FLUSHALL")
    house.finish(mailing)
    return mailing


@fault("R8", databases=POSTGRES)
def stopped(case: Case) -> Any:
    """Killed and away for a while; what it knew is gone when it is back."""
    house, mailing = case.house, _much_to_do(case)
    house.redis.stop()
    _meanwhile(case, case.dice.choice([5, 20, 40]))
    _back(case, mailing, house.redis.start)
    return mailing


@fault("R8", databases=POSTGRES, short=POSTGRES)
def frozen(case: Case) -> Any:
    """SIGSTOP: connections stay open and nothing answers, the worst way to be away. From about 20 s on the worker's
    library gives up its acknowledgements (tests/ground/test_acks.py).
    """
    house, mailing = case.house, _much_to_do(case)
    house.redis.freeze()
    try:
        _meanwhile(case, 3 if case.short else case.dice.choice([10, 30, 60]))
    finally:
        _back(case, mailing, house.redis.thaw)
    return mailing


@fault("R8", databases=POSTGRES)
def full(case: Case) -> Any:
    """`maxmemory` reached under `noeviction`: every ring is refused."""
    house, mailing = case.house, _much_to_do(case)
    house.redis.tell("CONFIG", "SET", "maxmemory", "1mb")
    case.must("still takes rings", _refuses(house.redis))
    try:
        _meanwhile(case, 3 if case.short else 10)
    finally:
        _back(case, mailing, lambda: house.redis.tell("CONFIG", "SET", "maxmemory", "0"))
    return mailing


@fault("R9", databases=POSTGRES)
def killed_with_what_they_had_taken(case: Case) -> Any:
    """The rings of killed workers come back only after the visibility timeout of 900 s; nobody waits for them."""
    from mailings import dispatch

    house = case.house
    house.says(lambda phase, to: None, delay=SLOW)
    mailing = house.mailing(300)
    for _ring in range(10):
        dispatch.ring()
    house.under_way(case.dice.randrange(5, 100))
    cut = house.kill_all()
    house.change_workers()
    _goes_on(case, mailing)
    case.unknown = cut
    return mailing


@fault("R18", databases=POSTGRES, short=POSTGRES)
def rings_come_twice(case: Case) -> Any:
    """A visibility timeout of 3 s: Redis hands out rings again while their first hearer still sends. The late mails
    are all in one batch, so that the other worker is there to hear.
    """
    house = case.house
    house.change_workers(*[{"VISIBILITY_SECONDS": "3", "LOG_LEVEL": "INFO"}] * 2)
    mailing = house.held(100)
    late = set(case.some(mailing, 4, batch_n=0))
    house.says(lambda phase, to: "late 5" if phase == "dot" and to in late else None)
    start()
    house.finish(mailing)
    heard = collections.Counter(re.findall(r"mailings\.tasks\.pump\[([\w-]+)\] received", house.log()))
    case.notes["heard_again"] = sum(n > 1 for n in heard.values())
    case.must("no ring came twice", case.notes["heard_again"])
    return mailing


# --- words ----------------------------------------------------------------------------------------------------------
def _much_to_do(case: Case) -> Any:
    """A mailing under way, of which more is left than the workers send without another ring."""
    house = case.house
    house.says(lambda phase, to: None, delay=0.1)
    mailing = house.mailing(500)
    house.under_way(case.dice.randrange(5, 60))
    return mailing


def _meanwhile(case: Case, seconds: float) -> None:
    """What people see of it: pages that answer."""
    for ask in (_resume, *([] if case.short else [_approve])):
        client, path, data = ask()
        began = time.monotonic()
        answer = client.post(path, data)
        took = round(time.monotonic() - began, 1)
        case.notes[f"{ask.__name__[1:]}_answered_s"] = took
        case.must(f"{ask.__name__[1:]} was not accepted", answer.status_code == 302, found=answer.status_code)
        case.must(f"{ask.__name__[1:]} took too long", took < ANSWER_SECONDS, found=took)
    time.sleep(seconds)


def _back(case: Case, mailing: Any, come: Callable[[], None]) -> None:
    """Work waits; with the broker back, all of it is sent soon: Celery's retries and the sweep decide how soon."""
    left = case.notes["left"] = case.house.count(mailing, "queued")
    case.must("nothing was left to send", left)
    case.house.says(lambda phase, to: None)
    come()
    _goes_on(case, mailing)


def _goes_on(case: Case, mailing: Any) -> None:
    began = time.monotonic()
    case.must("went not on", case.house.finish(mailing, patience=60))
    case.notes["rest_sent_after_s"] = round(time.monotonic() - began, 1)


def _refuses(redis: Any) -> bool:
    try:
        redis.tell("SET", "probe", "1")
    except Exception:
        return True
    return False


def _signed_in(user: Any) -> Any:
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    return client


def _resume() -> tuple[Any, str, dict[str, object]]:
    """A paused mailing goes on: the press rings, as an approval does."""
    from django.urls import reverse

    from tests.faults.ground import draft

    other = draft(0, state="paused")
    return _signed_in(other.author), reverse("mailings:resume", args=[other.public_id]), {}


def _approve() -> tuple[Any, str, dict[str, object]]:
    """A draft is approved: its PDF is drawn, its list locked, and the bell rings."""
    from django.urls import reverse
    from django.utils import timezone

    from mailings import composing
    from tests.factories import make_mandate, make_unit, make_user
    from tests.mailings.design import make_draft
    from tests.mailings.post import make_members

    user = make_user("Alice", email=f"alice{time.monotonic_ns()}@example.org")
    mandate = make_mandate(user, make_unit("Avdelning B"))
    make_members(mandate, 3)
    mailing = make_draft(mandate)
    count = composing.reach(mailing, now=timezone.now()).mail
    path = reverse("mailings:confirm", args=[mailing.public_id])
    return _signed_in(user), path, {"version": mailing.version, "count": count}
