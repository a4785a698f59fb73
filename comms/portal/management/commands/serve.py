"""`manage.py serve`: the web server, the senders and the clock of the bell, kept together by honcho."""

from __future__ import annotations

import os
import shlex
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from honcho import manager

DRAIN_SECONDS = 30  # how long a stopping worker may take to finish its slice; then it is killed, which loses nothing
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")


def processes(*, host: str, port: int, workers: int) -> dict[str, list[str]]:
    """Name -> command line of everything the product needs to run, on one machine.

    Each sender is a process of its own (`--pool solo`), so that SIGTERM lets it finish its slice of two seconds.
    """
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-A", "comms", "--quiet"]
    named = {
        "web": [
            *python, "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws",
            "--blocking-threads", "4", "--backpressure", "64", "--log-level", "warning", "comms.wsgi:application",
        ]
    }  # fmt: skip
    for n in range(1, workers + 1):
        named[f"worker.{n}"] = [
            *celery, "worker", "--pool", "solo", "--loglevel", "warning", "--hostname", f"{n}@%h", *QUIET,
        ]  # fmt: skip
    named["beat"] = [*celery, "beat", "--pidfile=", "--loglevel", "warning"]
    return named


class Command(BaseCommand):
    help = "Runs the web server, the senders and the beat until SIGTERM or Ctrl+C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="sending processes (default: 1)")

    def handle(self, *args: Any, host: str, port: int, workers: int, **options: Any) -> None:
        manager.KILL_WAIT = DRAIN_SECONDS
        house = manager.Manager()
        here = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104  (compared, not bound)
        environment = {"BASE_URL": here, **os.environ, "PYTHONUNBUFFERED": "1"}
        for name, command in processes(host=host, port=port, workers=workers).items():
            house.add_process(name, f"exec {shlex.join(command)}", env=environment, cwd=str(Path(settings.BASE_DIR)))
        self.stdout.write(f"{environment['BASE_URL']} (listening on {host}:{port}); Ctrl+C stops")
        self.stdout.flush()
        house.loop()
        stopped_by_signal = house.returncode in (130, 143)
        if not stopped_by_signal:
            sys.exit(house.returncode)
