"""A new version is put in place in the middle of a mailing: SIGTERM, wait, start again (fault R17).

python -m tests.faults.deploy --recipients 400 --database postgres|sqlite

With PostgreSQL the workers are those of the units, with SQLite everything runs under `manage.py serve`. The mail server
is the judge: nobody twice, nobody forgotten, and because nothing was killed, nobody unknown.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.kill import PATIENCE_SECONDS, PostOffice, ground, make

UNIT = "worker --pool solo --without-gossip --without-mingle --without-heartbeat --loglevel WARNING"
DEPLOYS = 2
WAITING = ("queued", "claimed", "committing", "deferred")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=400)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="sqlite")
    options = parser.parse_args()
    # one window as long as a batch: a worker that only looked between windows would be in the middle of it
    sizes = {"MAILING_BATCH_SIZE": "100", "MAILING_WINDOW_SIZE": "100"}
    with (
        tempfile.TemporaryDirectory(prefix="deploy-") as folder,
        ground(Path(folder), options.database, delay=0.03, **sizes) as office,
    ):
        verdict = deploy(office, options.recipients, serve=options.database == "sqlite")
        if verdict["wrong"]:
            print((office.log.parent / "workers.log").read_text()[-4000:], file=sys.stderr)
    print(json.dumps({"database": options.database, **verdict}), flush=True)
    return 1 if verdict["wrong"] else 0


def deploy(office: PostOffice, recipients: int, *, serve: bool) -> dict[str, object]:
    """Stops and starts everything `DEPLOYS` times while a mailing is on its way; `wrong` is empty when all is well."""
    from mailings.models import Batch, Recipient

    stop_all(office)  # what `ground` has started is of another kind
    start_all(office, serve=serve)
    mailing = make(recipients)
    rows = Recipient.unscoped.for_mailing(mailing)
    wrong: dict[str, object] = {}
    for n in range(1, DEPLOYS + 1):
        enough = office.count() + recipients // 10  # they are at work, not still starting
        until(lambda enough=enough: office.count() >= enough)  # type: ignore[misc]
        codes = stop_all(office)
        left = {
            "exit codes": [code for code in codes if code],
            "nothing was left to do": not rows.filter(state="queued").exists(),
            "in hand": rows.filter(state__in=["claimed", "committing"]).count(),
            "leases": Batch.objects.filter(state="leased").count(),
        }
        wrong |= {f"{name}, stop {n}": found for name, found in left.items() if found}
        office.start_process([sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"]).wait()
        start_all(office, serve=serve)
    until(lambda: not rows.filter(state__in=WAITING).exists())
    verdict = office.judge(mailing, 0)
    stop_all(office)
    return {"states": verdict["states"], "wrong": {**wrong, **verdict["wrong"]}}  # type: ignore[dict-item]


def start_all(office: PostOffice, *, serve: bool) -> None:
    if serve:
        port = str(free_port())
        command = [sys.executable, "manage.py", "serve", "--port", port, "--workers", "2"]
        office.workers = [office.start_process(command)]
    else:
        office.workers = [office.start(UNIT) for _n in range(2)]
        office.beat = office.start("beat --loglevel WARNING")


def stop_all(office: PostOffice) -> list[int]:
    """SIGTERM to each, as systemd and `docker stop` do; their exit codes."""
    processes = [*office.workers, *([office.beat] if office.beat else [])]
    for process in processes:
        process.send_signal(signal.SIGTERM)
    codes = [process.wait(PATIENCE_SECONDS) for process in processes]
    office.workers, office.beat = [], None
    return codes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + PATIENCE_SECONDS
    while not true() and time.monotonic() < end:
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())
