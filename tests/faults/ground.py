"""A post office to hurt: mail server, database, broker, bell and real workers; and the judge of what came of it.

The mail server runs in this process and keeps what it takes, so that nothing a fault does to the others can change
what it knows. Everything else is a process of its own.
"""

from __future__ import annotations

import collections
import contextlib
import datetime
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.faults.own import Postgres, Redis
from tests.servers import copy_tables, create_database, drop_database
from tests.sink import Fault, Sink, no_fault

WORKERS = 2
CONNECTIONS = 3  # of each
BATCH, WINDOW = 50, 20
DELAY = 0.004  # seconds the mail server takes per mail and connection
WORKER = "worker --pool solo --without-gossip --without-mingle --without-heartbeat --loglevel INFO"  # as `serve`
BEAT = "beat --pidfile="
PATIENCE_SECONDS = 120
IN_HAND = ("claimed", "committing")
OPEN = ("queued", *IN_HAND, "deferred")


@contextlib.contextmanager
def open_house(database: str, *, own_postgres: bool = False, **environment: str) -> Iterator[House]:
    """The settings of every process are in the environment, so there is one house per process; more of them by name."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left behind
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        folder.chmod(0o711)
        sink = stack.enter_context(Sink(delay=DELAY))
        redis = postgres = None
        os.environ.pop("REDIS_URL", None)
        if database == "sqlite":
            copy_tables(folder)
            os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'db.sqlite3'}"
        else:
            redis = stack.enter_context(Redis(folder).running())
            os.environ["REDIS_URL"] = redis.url
            if own_postgres:
                postgres = stack.enter_context(Postgres(folder).running())
                os.environ["DATABASE_URL"] = postgres.url
            else:
                name = f"faults_{os.getpid()}"
                os.environ["DATABASE_URL"] = create_database(name)
                stack.callback(drop_database, name)
        os.environ.update(
            DJANGO_SETTINGS_MODULE="tests.faults.settings", VAR_DIR=str(folder), LOG_LEVEL="WARNING",
            EMAIL_URL=f"smtp://127.0.0.1:{sink.port}", SWEEP_SECONDS="1", MAILING_HEARTBEAT_STALE_SECONDS="1",
            MAILING_BATCH_SIZE=str(BATCH), MAILING_WINDOW_SIZE=str(WINDOW), MAILING_PUMPS=str(WORKERS),
            SMTP_CONNECTIONS=str(CONNECTIONS), PYTHONWARNINGS="ignore",
        )  # fmt: skip
        os.environ.update(environment)
        house = House(folder, database, sink, redis, postgres)
        stack.callback(house.close)
        house.open()
        house.furnish()
        yield house


class House:
    """Two workers and a beat in process groups of their own, and the servers they need."""

    def __init__(self, folder: Path, database: str, sink: Sink, redis: Redis | None, postgres: Postgres | None) -> None:
        self.folder, self.database, self.sink = folder, database, sink
        self._redis, self._postgres = redis, postgres
        self.workers: list[subprocess.Popen[bytes]] = []
        self.beat: subprocess.Popen[bytes] | None = None
        self.special: tuple[dict[str, str], ...] = ()  # settings of their own that the workers were given
        self._names = iter(range(1, 10**6))
        self._read_from = 0

    @property
    def redis(self) -> Redis:
        assert self._redis
        return self._redis

    @property
    def postgres(self) -> Postgres:
        assert self._postgres
        return self._postgres

    # --- processes --------------------------------------------------------------------------------------------------
    def open(self) -> None:
        """Everything that the product starts; again after all of it was ended."""
        self.workers = [self.worker(n) for n in range(WORKERS)]
        self.beat = self.start(BEAT)

    def furnish(self) -> None:
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", run_syncdb=True, verbosity=0)

    def close(self) -> None:
        for process in [*self.workers, *([self.beat] if self.beat else [])]:
            self.end(process)

    def worker(self, n: int) -> subprocess.Popen[bytes]:
        return self.start(f"{WORKER} -n w{next(self._names)}@fault", **(self.special[n] if self.special else {}))

    def start(self, what: str, **environment: str) -> subprocess.Popen[bytes]:
        """A Celery worker or beat."""
        return self.start_python("-m", "celery", "-A", "comms", "--quiet", *what.split(), **environment)

    def start_python(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        with (self.folder / "workers.log").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, *arguments], start_new_session=True, stdout=output, stderr=output,
                env={**os.environ, **environment},
            )  # fmt: skip

    def end(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_one(self, dice: random.Random) -> bool:
        """Kill one of the workers that hold a batch, and start another; False when none held one in time."""
        busy: list[int] = []
        if not self.until(lambda: busy.extend(self._busy()) or busy):
            return False
        n = dice.choice(busy)
        self.end(self.workers[n])
        self.workers[n] = self.worker(n)
        return True

    def kill_all(self) -> int:
        """Kill the workers; how many connections that cut at most."""
        for process in self.workers:
            self.end(process)
        return CONNECTIONS * len(self.workers)

    def _busy(self) -> list[int]:
        """Which of the workers hold a batch: its owner is a process of the worker's group."""
        from mailings import leases
        from mailings.journal import Owner

        groups = set()
        for owner in leases.leased().values_list("owner", flat=True):
            with contextlib.suppress(ProcessLookupError):
                groups.add(os.getpgid(Owner.parse(owner).pid))
        return [n for n, worker in enumerate(self.workers) if worker.pid in groups]

    def change_workers(self, *environments: dict[str, str]) -> None:
        """New workers, each with these settings on top; none: as at first."""
        for process in self.workers:
            self.end(process)
        self.special = environments
        self.workers = [self.worker(n) for n in range(WORKERS)]

    def as_at_first(self) -> None:
        """What the next fault may count on."""
        self.sink.server.fault, self.sink.server.delay = no_fault, DELAY
        if self.special:
            self.change_workers()
        self._read_from = len(self._log())

    def log(self) -> str:
        """What workers and beat have said since this fault began."""
        return self._log()[self._read_from :].decode("utf-8", "replace")

    def _log(self) -> bytes:
        path = self.folder / "workers.log"
        return path.read_bytes() if path.exists() else b""

    # --- mail -------------------------------------------------------------------------------------------------------
    def says(self, fault: Fault, *, delay: float = DELAY) -> None:
        self.sink.server.fault, self.sink.server.delay = fault, delay

    def until(self, good: Callable[[], Any], *, patience: float = PATIENCE_SECONDS) -> bool:
        """Whether it became true in time. A database that is away is asked again."""
        from django.db import InterfaceError, OperationalError, connection

        end = time.monotonic() + patience
        while time.monotonic() < end:
            try:
                if good():
                    return True
            except (InterfaceError, OperationalError):
                connection.close()
            time.sleep(0.05)
        return False

    def mailing(self, recipients: int, **fields: Any) -> Any:
        """A mailing of a branch to so many members, due and in the workers' hands."""
        from mailings import dispatch

        mailing = draft(recipients, state="hold", batch_size=BATCH, **fields)
        dispatch.recover(now=dispatch.database_now())
        return mailing

    def held(self, recipients: int, **fields: Any) -> Any:
        """One that is not due before an hour has passed."""
        from mailings import dispatch

        soon = dispatch.database_now() + datetime.timedelta(hours=1)
        return draft(recipients, **{"state": "hold", "batch_size": BATCH, "due_at": soon, **fields})

    def count(self, mailing: Any, *states: str) -> int:
        """How many recipients are in one of these states."""
        from mailings.models import Recipient

        return Recipient.unscoped.for_mailing(mailing).filter(state__in=states).count()

    def under_way(self, n: int) -> bool:
        """Whether the server came to have taken n more mails than now."""
        wanted = len(self.sink.mails) + n
        return self.until(lambda: len(self.sink.mails) >= wanted)

    def finish(self, mailing: Any, *, patience: float = PATIENCE_SECONDS) -> bool:
        """Whether nobody waits any more."""
        return self.until(lambda: not self.count(mailing, *OPEN), patience=patience)

    # --- the judge --------------------------------------------------------------------------------------------------
    def judge(self, mailing: Any, *, unknown: int) -> dict[str, object]:
        """What is wrong with a mailing that is over. At most so many may be `unknown`."""
        from mailings.models import Recipient

        rows = Recipient.unscoped.for_mailing(mailing)
        taken = collections.Counter(self.sink.recipients)
        states = dict(rows.values_list("address", "state"))
        by_state = rows.by_state()
        checks: dict[str, object] = {
            "mailed twice": [address for address in states if taken[address] > 1],
            "sent but not at the server": [a for a, state in states.items() if state == "sent" and not taken[a]],
            "at the server but not sent": [
                a for a, state in states.items() if taken[a] and state not in {"sent", "unknown"}
            ],
            "forgotten": sum(by_state.get(state, 0) for state in OPEN),
            "too many unknown": max(0, by_state.get("unknown", 0) - unknown),
            "lost rows": mailing.locked_count - sum(by_state.values()),
            "still leased": mailing.batches.filter(state="leased").count(),
        }
        return {name: found for name, found in checks.items() if found}

    def resolve(self, mailing: Any) -> None:
        """Look the unknown ones up: the mail server's log says which arrived, the others are sent."""
        from mailings import dispatch
        from mailings.models import Recipient

        unknown = list(Recipient.unscoped.for_mailing(mailing).filter(state="unknown"))
        taken = set(self.sink.recipients)
        now = dispatch.database_now()
        dispatch.resolve([row for row in unknown if row.address in taken], arrived=True, now=now)
        dispatch.resolve([row for row in unknown if row.address not in taken], arrived=False, now=now)
        self.finish(mailing)


def draft(recipients: int, **fields: Any) -> Any:
    """A mailing of a branch to so many members of its own."""
    from comms.people.models import Unit
    from tests.factories import make_mandate, make_unit, make_user
    from tests.mailings.post import make_mailing

    unit = Unit.objects.first() or make_unit("Avdelning A")
    user = make_user("Alice", email=f"alice{time.monotonic_ns()}@example.org")
    return make_mailing(make_mandate(user, unit), to=recipients, **fields)
