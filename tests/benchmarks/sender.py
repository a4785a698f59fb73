"""Our post office on one database, told line by line what to send; `tests.benchmarks.send` starts it.

    python -m tests.benchmarks.sender --database postgres --port 2525 --workers 2 [--connections 4]

Commands are JSON lines on stdin, answers JSON lines on stdout:
    {"do": "send", "n": 20000}         one mailing through the workers: seconds, CPU, broker bytes, commits, memory
    {"do": "fair", "n": 20000}         200 recipients alone, and while a mailing of n is on its way: seconds each
    {"do": "many", "mailings": 1000}   so many mailings of 200 at once: seconds
    {"do": "snapshot", "n": 20000}     locking the list: seconds
    {"do": "message"}                  the bytes of one mail, base64
"""

from __future__ import annotations

import argparse
import base64
import datetime
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import office
from tests.benchmarks.invitation import make_branch, make_draft

SMALL = 200


class Sender:
    def __init__(self, pids: list[int]) -> None:
        self.pids = pids
        self.mandates: dict[int, Any] = {}

    def mandate(self, n: int) -> Any:
        """Of a branch with n members."""
        if n not in self.mandates:
            from django.db import connection

            self.mandates[n] = make_branch(f"Avdelning {n}")
            office.make_members(n, self.mandates[n].unit)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        return self.mandates[n]

    def confirmed(self, n: int) -> tuple[Any, float]:
        """A mailing to n, locked and due now; how long locking took."""
        from django.utils import timezone

        from comms.people.scope import Scope
        from mailings import audience, composing, lifecycle
        from mailings.models import Mailing

        mandate = self.mandate(n)
        draft, now = make_draft(mandate), timezone.now()
        composing.draw_ahead(draft, now=now)
        took = [0.0]
        whole = audience.snapshot

        def timed(**said: Any) -> int:
            began = time.perf_counter()
            count = whole(**said)
            took[0] = time.perf_counter() - began
            return count

        audience.snapshot = timed
        try:
            scope = Scope.of_mandate(mandate, on=timezone.localdate(now))
            lifecycle.confirm(mailing=draft, by=mandate.user, scope=scope, now=now)
        finally:
            audience.snapshot = whole
        return Mailing.unscoped.get(pk=draft.pk), took[0]

    # --- commands ---------------------------------------------------------------------------------------------------
    def send(self, n: int) -> dict[str, Any]:
        mailing, _took = self.confirmed(n)
        before = self.figures()
        seconds = self.sent(mailing)
        after = self.figures()
        per = {key: (after[key] - before[key]) / n for key in before if key != "peak_mb"}
        return {"n": n, "seconds": seconds, "peak_mb": after["peak_mb"], **per, **self.verdict(mailing)}

    def fair(self, n: int) -> dict[str, Any]:
        alone = self.sent(self.confirmed(SMALL)[0])
        big, small = self.confirmed(n)[0], self.confirmed(SMALL)[0]
        self.due_in(small, hours=1)  # else both would start together
        self.start(big)
        office.wait_for(lambda: self.count(big) >= min(n // 10, 5000))
        self.due_in(small, hours=0)
        during = self.sent(small)
        still = self.left(big)
        self.finished(big)
        return {"alone": alone, "during": during, "left_of_the_big_one": still, **self.verdict(big, small)}

    def many(self, mailings: int) -> dict[str, Any]:
        ours = [self.confirmed(SMALL)[0] for _ in range(mailings)]
        return {"seconds": self.sent(*ours), **self.verdict(*ours)}

    def snapshot(self, n: int) -> dict[str, Any]:
        return {"n": n, "seconds": self.confirmed(n)[1]}

    def message(self) -> dict[str, Any]:
        from django.utils import timezone

        from mailings import messages
        from mailings.models import Mailing, Recipient

        mailing = Mailing.unscoped.select_related("mandate__user", "mandate__unit", "unit", "topic").get(
            pk=self.confirmed(SMALL)[0].pk
        )
        row = Recipient.unscoped.for_mailing(mailing).values_list(*messages.Row._fields).first()
        mail = messages.Stationery(mailing).mail(messages.Row(*row), date=timezone.now())
        rendition = mailing.renditions.get()
        content = base64.b64encode(mail.content).decode()
        return {
            "content": content, "subject": rendition.subject, "html": rendition.html, "text": rendition.text,
            "ics": rendition.prints["calendar"], "from": mail.sender, "to": mail.to,
        }  # fmt: skip

    # --- helpers ----------------------------------------------------------------------------------------------------
    def due_in(self, mailing: Any, *, hours: int) -> None:
        from mailings import dispatch
        from mailings.models import Mailing

        due = dispatch.database_now() + datetime.timedelta(hours=hours)
        Mailing.unscoped.filter(pk=mailing.pk).update(due_at=due)

    def start(self, *mailings: Any) -> None:
        """What the sweep does: start what is due and ring once for each worker."""
        from mailings import by_clock, dispatch

        by_clock.start_due(now=dispatch.database_now())
        for _pid in self.pids:
            dispatch.ring()

    def sent(self, *mailings: Any) -> float:
        """Seconds until the last of them was finished, by the database's clock: asking often would take its time."""
        from mailings import dispatch

        began = dispatch.database_now()
        self.start(*mailings)
        return float((max(map(self.finished, mailings)) - began).total_seconds())

    def finished(self, mailing: Any) -> Any:
        """Waits for it; when that was."""
        from mailings.models import Mailing

        done = Mailing.unscoped.filter(pk=mailing.pk, state="done").values_list("finished_at", flat=True)
        office.wait_for(done.exists, every=0.1, what=f"mailing {mailing.pk}")
        return done.get()

    def count(self, mailing: Any) -> int:
        return self.left(mailing, state="sent")

    def left(self, mailing: Any, state: str = "queued") -> int:
        from mailings.models import Recipient

        return Recipient.unscoped.for_mailing(mailing).filter(state=state).count()

    def verdict(self, *mailings: Any) -> dict[str, Any]:
        from mailings.models import Recipient

        states = Recipient.unscoped.filter(mailing__in=[mailing.pk for mailing in mailings]).by_state()
        return {"states": states}

    def figures(self) -> dict[str, float]:
        """CPU of the workers in microseconds, bytes the broker has read, commits of the database, worker memory."""
        return {
            "us": sum(map(cpu_us, self.pids)), "broker_bytes": broker_bytes(), "commits": commits(),
            "peak_mb": max(map(peak_mb, self.pids)),
        }  # fmt: skip


def cpu_us(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1e6


def peak_mb(pid: int) -> float:
    return int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0]) / 1024


def broker_bytes() -> float:
    from django.conf import settings

    if not settings.REDIS_URL:
        return 0.0
    import redis

    with redis.Redis.from_url(settings.REDIS_URL) as server:
        return float(server.info("stats")["total_net_input_bytes"])


def commits() -> float:
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot(), pg_stat_force_next_flush()")
        cursor.execute("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
        return float(cursor.fetchone()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["postgres", "sqlite"], required=True)
    parser.add_argument("--broker", type=int, default=4, help="a Redis database nobody else uses")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, default=4)
    options = parser.parse_args()
    answers, sys.stdout = sys.stdout, sys.stderr
    settings = {"MAILING_PUMPS": str(options.workers), "SMTP_CONNECTIONS": str(options.connections)}
    with (
        tempfile.TemporaryDirectory() as folder,
        office.ground(Path(folder), database=options.database, broker=options.broker, port=options.port, **settings),
        office.workers(options.workers) as running,
    ):
        sender = Sender([process.pid for process in running])
        sender.send(SMALL)  # everything is warm
        print("{}", file=answers, flush=True)
        for line in sys.stdin:
            command = json.loads(line)
            print(json.dumps(getattr(sender, command.pop("do"))(**command)), file=answers, flush=True)


if __name__ == "__main__":
    main()
