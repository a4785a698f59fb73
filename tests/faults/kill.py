"""Kill whole worker process groups with SIGKILL while a mailing is on its way; the mail server is the judge.

python -m tests.faults.kill --recipients 2000 --seeds 10 --database postgres|sqlite

PostgreSQL runs with Redis (TEST_POSTGRES_URL, TEST_REDIS_URL), SQLite with the embedded broker. Each seed sends one
mailing through real Celery workers. Exit status 1 when anybody was mailed twice or forgotten, when a row says sent
and the server knows nothing, or when more mails are unknown than connections were cut (a worker has several).
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.servers import copy_tables, create_database, drop_database, redis

WORKERS = 2
CONNECTIONS = 3  # of each
WORKER = (
    "worker --pool prefork --concurrency 1 --without-gossip --without-mingle --without-heartbeat --loglevel WARNING"
)
PATIENCE_SECONDS = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--kills", type=int, default=0, help="per seed; default one per 200 recipients")
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="sqlite")
    options = parser.parse_args()
    kills = options.kills or max(2, options.recipients // 200)
    good = True
    with tempfile.TemporaryDirectory(prefix="kill-") as folder, ground(Path(folder), options.database) as office:
        for seed in range(1, options.seeds + 1):
            verdict = office.run(seed, options.recipients, kills)
            good &= not verdict["wrong"]
            print(json.dumps({"database": options.database, "seed": seed, **verdict}), flush=True)
    return 0 if good else 1


@contextlib.contextmanager
def ground(
    folder: Path, database: str, *, fault: str = "", delay: float = 0.004, **environment: str
) -> Iterator[PostOffice]:
    """A mail server (`delay` seconds a mail), a database and the settings of every process in the environment."""
    log = folder / "sink.jsonl"
    log.touch()
    server = [sys.executable, "-m", "tests.sink", "--log", str(log), "--delay", str(delay), "--fault", fault]
    sink = subprocess.Popen(server, stdout=subprocess.PIPE, text=True)
    assert sink.stdout is not None
    os.environ.update(
        DJANGO_SETTINGS_MODULE="tests.faults.settings", VAR_DIR=str(folder), LOG_LEVEL="WARNING",
        EMAIL_URL=f"smtp://127.0.0.1:{sink.stdout.readline().strip()}", SWEEP_SECONDS="1",
        MAILING_HEARTBEAT_STALE_SECONDS="1", MAILING_BATCH_SIZE="50", MAILING_WINDOW_SIZE="20",
        MAILING_PUMPS=str(WORKERS), SMTP_CONNECTIONS=str(CONNECTIONS), PYTHONWARNINGS="ignore",
    )  # fmt: skip
    os.environ.update(environment)
    os.environ.pop("REDIS_URL", None)
    name = f"kill_{os.getpid()}"
    if database == "postgres":
        os.environ.update(DATABASE_URL=create_database(name), REDIS_URL=redis(3))
    else:
        copy_tables(folder)
        os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'db.sqlite3'}"
    office = PostOffice(log)
    try:
        office.open()
        yield office
    finally:
        office.close()
        sink.kill()
        sink.wait()
        sink.stdout.close()
        if database == "postgres":
            drop_database(name)


class PostOffice:
    """Worker process groups and a beat, and what the sink has seen."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.workers: list[subprocess.Popen[bytes]] = []
        self.beat: subprocess.Popen[bytes] | None = None
        self.started = 0

    def open(self) -> None:
        self.workers = [self.start(WORKER) for _ in range(WORKERS)]
        self.beat = self.start("beat --loglevel WARNING")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", run_syncdb=True, verbosity=0)

    def start(self, what: str) -> subprocess.Popen[bytes]:
        self.started += 1
        name = ["-n", f"w{self.started}@kill"] if what.startswith("worker") else []
        return self.start_process([sys.executable, "-m", "celery", "-A", "comms", *what.split(), *name])

    def start_process(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.log.parent / "workers.log").open("ab") as output:
            return subprocess.Popen(command, start_new_session=True, stdout=output, stderr=output)

    def kill_one(self, dice: random.Random) -> None:
        n = dice.randrange(len(self.workers))
        self.end(self.workers[n])
        self.workers[n] = self.start(WORKER)

    def end(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        for process in [*self.workers, *([self.beat] if self.beat else [])]:
            self.end(process)

    def taken(self) -> collections.Counter[str]:
        whole = self.log.read_text().split("\n")[:-1]  # the last line may still be on its way
        return collections.Counter(json.loads(line)["to"] for line in whole)

    def count(self) -> int:
        return self.log.read_bytes().count(b"\n")

    def run(self, seed: int, recipients: int, kills: int) -> dict[str, object]:
        """Send one mailing, killing at random; the verdict, whose `wrong` is empty when all is well."""
        from mailings.models import Recipient

        dice = random.Random(seed)
        began = time.monotonic()
        mailing, before = make(recipients), self.count()
        at = sorted(dice.randrange(recipients // 20, recipients * 9 // 10) for _ in range(kills))
        rows = Recipient.unscoped.for_mailing(mailing)
        while rows.filter(state__in=["queued", "claimed", "committing", "deferred"]).exists():
            seen = self.count() - before
            while at and seen >= at[0]:
                at.pop(0)
                self.kill_one(dice)
            if time.monotonic() - began > PATIENCE_SECONDS:
                break
            time.sleep(0.05)
        verdict = self.judge(mailing, kills - len(at))
        if verdict["wrong"]:
            print((self.log.parent / "workers.log").read_text()[-4000:], file=sys.stderr)
        return {**verdict, "seconds": round(time.monotonic() - began, 1)}

    def judge(self, mailing, kills: int) -> dict[str, object]:  # type: ignore[no-untyped-def]
        from mailings.models import Recipient

        rows = Recipient.unscoped.for_mailing(mailing)
        states = rows.by_state()
        taken = self.taken()
        sent = set(rows.filter(state="sent").values_list("address", flat=True))
        addresses = list(rows.values_list("address", flat=True))
        checks = {
            "mailed twice": [address for address in addresses if taken[address] > 1],
            "sent but not at the server": sorted(sent - taken.keys()),
            "forgotten": sum(states.get(s, 0) for s in ("queued", "claimed", "committing", "deferred")),
            "too many unknown": states.get("unknown", 0) > kills * CONNECTIONS,
            "lost rows": sum(states.values()) != mailing.locked_count,
            "neither sent nor unknown": len(addresses) != states.get("sent", 0) + states.get("unknown", 0),
        }
        wrong = {name: found for name, found in checks.items() if found}
        return {"kills": kills, "states": states, "twice": len(checks["mailed twice"]), "wrong": wrong}  # type: ignore[arg-type]


def make(recipients: int):  # type: ignore[no-untyped-def]
    """A mailing of a branch to so many members, due now."""
    from django.utils import timezone

    from comms.people.models import Unit
    from mailings import dispatch
    from tests.factories import make_mandate, make_unit, make_user
    from tests.mailings.post import make_mailing

    unit = Unit.objects.first() or make_unit("Avdelning A")
    user = make_user("Alice", email=f"alice{time.monotonic_ns()}@example.org")
    mailing = make_mailing(make_mandate(user, unit), to=recipients, state="hold", batch_size=50)
    dispatch.recover(now=timezone.now())
    return mailing


if __name__ == "__main__":
    sys.exit(main())
