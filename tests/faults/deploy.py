"""A new version is put in place in the middle of a mailing: SIGTERM, wait, start again (fault R17).

python -m tests.faults.deploy --recipients 400 --database postgres|sqlite

With PostgreSQL the workers are those of the units, with SQLite everything runs under `manage.py serve`. The mail server
is the judge: nobody twice, nobody forgotten, and because nothing was killed, nobody unknown.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from pathlib import Path

from tests.faults.ground import PATIENCE_SECONDS, House, open_house
from tests.journeys.house import free_port

DEPLOYS = 2
DELAY = 0.03  # seconds the mail server takes: a worker is in the middle of its window when it is stopped


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=400)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="sqlite")
    options = parser.parse_args()
    # one window as long as a batch: a worker that only looked between windows would be in the middle of it
    sizes = {"MAILING_BATCH_SIZE": "100", "MAILING_WINDOW_SIZE": "100"}
    with open_house(options.database, **sizes) as house:
        house.sink.server.delay = DELAY
        verdict = deploy(house, options.recipients, serve=options.database == "sqlite")
        if verdict["wrong"]:
            print(house.log()[-4000:], file=sys.stderr)
    print(json.dumps({"database": options.database, **verdict}), flush=True)
    return 1 if verdict["wrong"] else 0


def deploy(house: House, recipients: int, *, serve: bool) -> dict[str, object]:
    """Stops and starts everything `DEPLOYS` times while a mailing is on its way; `wrong` is empty when all is well."""
    from mailings.models import Batch, Recipient

    if serve:  # what the house has started is of another kind
        stop_all(house)
        start_all(house, serve=True)
    mailing = house.mailing(recipients)
    rows = Recipient.unscoped.for_mailing(mailing)
    wrong: dict[str, object] = {}
    for n in range(1, DEPLOYS + 1):
        house.under_way(recipients // 10)
        house.until(lambda: all(map(hears_sigterm, house.workers)))  # one at work does not mean that each has started
        codes = stop_all(house)
        left = {
            "exit codes": [code for code in codes if code],
            "nothing was left to do": not rows.filter(state="queued").exists(),
            "in hand": rows.filter(state__in=["claimed", "committing"]).count(),
            "leases": Batch.objects.filter(state="leased").count(),
        }
        wrong |= {f"{name}, stop {n}": found for name, found in left.items() if found}
        house.start_python("manage.py", "migrate", "--noinput", "--verbosity", "0").wait()
        start_all(house, serve=serve)
    house.finish(mailing)
    wrong |= house.judge(mailing, unknown=0)
    stop_all(house)
    return {"states": rows.by_state(), "wrong": wrong}


def start_all(house: House, *, serve: bool) -> None:
    if serve:
        house.workers = [house.start_python("manage.py", "serve", "--port", str(free_port()), "--workers", "2")]
    else:
        house.open()


def stop_all(house: House) -> list[int]:
    """SIGTERM to each, as systemd and `docker stop` do; the exit codes of the workers. The beat has nothing in hand,
    and it may still be starting: then the signal itself ends it.
    """
    beats = [house.beat] if house.beat else []
    for process in [*house.workers, *beats]:
        process.send_signal(signal.SIGTERM)
    codes, _ = ([process.wait(PATIENCE_SECONDS) for process in some] for some in (house.workers, beats))
    house.workers, house.beat = [], None
    return codes


def hears_sigterm(process: subprocess.Popen[bytes]) -> bool:
    """Whether the process has come so far that it ends by itself when told to: before, the signal ends it (Linux)."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
    return bool(int(status["SigCgt"], 16) >> (signal.SIGTERM - 1) & 1)


if __name__ == "__main__":
    sys.exit(main())
