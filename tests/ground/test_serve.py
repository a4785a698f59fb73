"""`manage.py serve` brings up web server, sender and bell, and SIGTERM lets them end in peace."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings

from comms.portal.management.commands.serve import processes
from tests.servers import copy_tables

pytestmark = pytest.mark.once


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str, *, within: float) -> int:
    """The status of the first answer; 0 if none came within so many seconds."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.2)
    return 0


def at_work(folder: Path, *, within: float) -> bool:
    """Whether the bell has rung and a sender has answered, twice a second apart."""
    until, seen = time.monotonic() + within, 0
    while time.monotonic() < until and seen < 2:
        rung = any(folder.glob("beat*")) and (folder / "broker/control/celery.exchange").exists()
        seen = seen + 1 if rung and not any((folder / "broker/queue").glob("[0-9]*")) else 0
        time.sleep(1)
    return seen == 2


def test_the_senders_asked_for_and_one_web_server_and_one_bell() -> None:
    named = processes(host="127.0.0.1", port=8000, workers=3)
    assert list(named) == ["web", "worker.1", "worker.2", "worker.3", "beat"]


def test_serve_starts_and_ends_cleanly(tmp_path: Path) -> None:
    port = free_port()
    clean = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL")
    }
    environment = clean | {"VAR_DIR": str(tmp_path), "BASE_URL": f"http://127.0.0.1:{port}", "SWEEP_SECONDS": "1"}
    manage = [sys.executable, str(Path(settings.BASE_DIR, "manage.py"))]
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "hello.txt").write_text("hello")
    copy_tables(tmp_path)
    subprocess.run([*manage, "migrate", "--verbosity", "0"], env=environment, check=True)
    with (tmp_path / "serve.log").open("w") as log:
        house = subprocess.Popen([*manage, "serve", "--port", str(port)], env=environment, stdout=log, stderr=log)
    try:
        assert answers(f"http://127.0.0.1:{port}/static/hello.txt", within=60) == 200
        assert at_work(tmp_path, within=60)
    finally:
        house.send_signal(signal.SIGTERM)
        code = house.wait(40)
    told = (tmp_path / "serve.log").read_text()
    assert code == 0, told
    assert "SIGKILL" not in told
    for name in ("web", "worker.1", "beat"):
        assert f"{name} stopped (rc=0)" in told
