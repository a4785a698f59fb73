"""R3 and R4: a real Postfix between us and the next hop, which is the sink. It answers for what it has accepted: a
mail is over when it has come out at the other end, once.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from typing import Any

from tests.faults.case import Case, fault
from tests.faults.ground import CONNECTIONS, WORKERS
from tests.faults.mail import come_forward, must_be
from tests.faults.own import Postfix


@fault("R3", missing=Postfix.missing)
def postfix_killed(case: Case) -> Any:
    """SIGKILL of all of Postfix in mid-mailing. It holds what it takes until the end, since its own delivery may well
    repeat itself when it is killed; that is not ours to prove.
    """
    house, recipients = case.house, 600
    with _relay(case, defer_transports="smtp") as postfix:
        mailing = house.mailing(recipients)
        for share in (0.2, 0.5):
            wanted = case.dice.randrange(int(recipients * share), int(recipients * (share + 0.2)))
            house.until(lambda n=wanted: house.count(mailing, "sent") >= n)
            postfix.kill()
            time.sleep(case.dice.choice([0, 0.5, 2]))
            postfix.start()
        house.finish(mailing)
        postfix.set(defer_transports="")
        _comes_out(case, postfix)
        unknown = case.notes["unknown"] = house.count(mailing, "unknown")
        case.must("too many unknown", unknown <= 2 * WORKERS * CONNECTIONS, found=unknown)
        house.resolve(mailing)
        _comes_out(case, postfix)
    return mailing


@fault("R4", missing=Postfix.missing)
def next_hop_down(case: Case) -> Any:
    """All is accepted while nothing can be handed on; Postfix is killed once meanwhile. (Two hours with its timers
    shortened to a second or two.)
    """
    house = case.house
    house.sink.__exit__()
    try:
        with _relay(case) as postfix:
            mailing = house.mailing(300)
            house.finish(mailing)
            case.must("not accepted", house.count(mailing, "sent") == 300, found=mailing.recipients.by_state())
            postfix.kill()
            postfix.start()
            time.sleep(case.dice.uniform(2, 6))
            house.sink.__enter__()
            _comes_out(case, postfix)
    finally:
        if not house.sink.is_open:
            house.sink.__enter__()
    return mailing


@fault("R4", missing=Postfix.missing)
def queue_full(case: Case) -> Any:
    """No room in the queue: 452, and a 421 after so many of them. Everybody waits with that reason; later each gets it
    once.
    """
    house = case.house
    with _relay(case, queue_minfree="100000000000000") as postfix:
        mailing = house.mailing(100)
        house.until(lambda: not house.count(mailing, "queued", "claimed", "committing"))
        must_be(case, mailing, "deferred server_busy", set(mailing.recipients.values_list("address", flat=True)))
        said = set(mailing.recipients.values_list("reply", flat=True))
        case.must("not 452", all(reply.startswith("452 4.3.1") for reply in said), found=sorted(said))
        postfix.set(queue_minfree="0")
        for _try in range(10):  # a process of Postfix that is in a session still goes by what it read before
            come_forward(mailing)
            if house.finish(mailing, patience=10):
                break
        _comes_out(case, postfix)
    return mailing


@contextlib.contextmanager
def _relay(case: Case, **options: str) -> Iterator[Postfix]:
    """A Postfix in front of the sink, and workers who send to it."""
    folder = case.house.folder / f"relay{time.monotonic_ns()}"
    folder.mkdir(mode=0o755)
    with Postfix(folder, next_hop=case.house.sink.port).running() as postfix:
        if options:
            postfix.set(**options)
        case.house.change_workers(*[{"EMAIL_URL": f"smtp://127.0.0.1:{postfix.port}"}] * WORKERS)
        try:
            yield postfix
        finally:
            case.house.change_workers()


def _comes_out(case: Case, postfix: Postfix) -> None:
    """Its queue runs empty."""
    postfix.flush()
    case.must("Postfix keeps mail", case.house.until(lambda: not _queue(postfix)), found=_queue(postfix))


def _queue(postfix: Postfix) -> str:
    command = ["/usr/sbin/postqueue", "-c", str(postfix.settings), "-j"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout[:300]
