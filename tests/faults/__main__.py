"""The fault matrix: each fault is done to a running post office, and the mail server is the judge.

python -m tests.faults --seeds 20 [--only R2 R7] [--database postgres|sqlite] [--short]

Prints one JSON line per fault and seed; exit status 1 when one is wrong. A fault this machine cannot do (no Postfix,
no faketime) is printed as skipped. PostgreSQL is the one of TEST_POSTGRES_URL, or the fault's own; Redis and Postfix
are always started for it. The ids are those of docs/pipeline.md.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Sequence

from tests.faults import broker, clock, crash, mail, people, relay, store
from tests.faults.case import BOTH, FAULTS, Fault, run
from tests.faults.ground import open_house

__all__ = ["broker", "clock", "crash", "mail", "people", "relay", "store"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="ids, or names of single faults")
    parser.add_argument("--database", choices=BOTH, help="default: both")
    parser.add_argument("--short", action="store_true", help="the everyday set: small mailings, short waits")
    parser.add_argument("--house", choices=("shared", "own"), help=argparse.SUPPRESS)  # what one process can do
    options = parser.parse_args()
    if options.house:
        return _inside(options)
    good = True
    for database in [options.database] if options.database else BOTH:
        for house in ("shared", "own"):
            if _chosen(options, database, house):
                words = [word for word in sys.argv[1:] if word != "--database" and word not in BOTH]
                command = [sys.executable, "-m", "tests.faults", *words, "--database", database, "--house", house]
                good &= _run(command) == 0
    return 0 if good else 1


def _chosen(options: argparse.Namespace, database: str, house: str) -> Sequence[Fault]:
    return [
        one
        for one in FAULTS
        if database in one.databases
        and one.own_postgres == (house == "own")
        and (not options.only or one.id in options.only or one.name in options.only)
        and (database in one.short or not options.short)
    ]


def _run(command: Sequence[str]) -> int:
    with subprocess.Popen(command) as child:
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        return child.wait()


def _inside(options: argparse.Namespace) -> int:
    """In one house, fault after fault."""
    chosen = _chosen(options, options.database, options.house)
    possible = [one for one in chosen if not one.missing()]
    for one in chosen:
        if why := one.missing():
            _print(options, one, skipped=why)
    if not possible:
        return 0
    good = True
    with open_house(options.database, own_postgres=options.house == "own") as house:
        for seed in range(1, options.seeds + 1):
            for one in possible:
                verdict = run(one, house, seed=seed, short=options.short)
                good &= not verdict["wrong"]
                _print(options, one, seed=seed, **verdict)
    return 0 if good else 1


def _print(options: argparse.Namespace, one: Fault, **verdict: object) -> None:
    print(json.dumps({"fault": one.id, "name": one.name, "database": options.database, **verdict}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
