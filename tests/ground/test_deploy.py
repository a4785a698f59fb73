"""What lies in deploy/ says the same as `manage.py serve`, and the units are well-formed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from comms.portal.management.commands.serve import processes

pytestmark = pytest.mark.once

DEPLOY = Path(settings.BASE_DIR, "deploy")


def test_the_procfile_runs_what_serve_runs() -> None:
    lines = dict(line.split(": ", 1) for line in (DEPLOY / "Procfile").read_text().splitlines())
    named = processes(host="127.0.0.1", port=8000, workers=1)
    assert lines["web"].replace("${PORT:-8000}", "8000").split() == _plain(named["web"])
    assert lines["worker"].split() == _plain(named["worker.1"])
    assert [*lines["beat"].split()] == _plain(named["beat"])


def _plain(command: list[str]) -> list[str]:
    """Without the interpreter, and without what only concerns the one terminal."""
    words = command[2:]
    for name in ("--loglevel", "--log-level", "--hostname"):
        if name in words:
            place = words.index(name)
            del words[place : place + 2]
    return [word for word in words if word != "--quiet"]


def test_the_units_are_well_formed(tmp_path: Path) -> None:
    """systemd's own opinion where it is installed; everywhere, that each unit runs a command of ours."""
    units = sorted((DEPLOY / "systemd").glob("*.service"))
    assert [unit.name for unit in units] == ["comms-beat.service", "comms-web.service", "comms-worker@.service"]
    for unit in [*units, DEPLOY / "systemd/comms.target"]:
        here = unit.read_text().replace("/srv/comms/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / unit.name).write_text(here)
    for unit in units:
        assert "ExecStart=/srv/comms/.venv/bin/" in unit.read_text()
    if shutil.which("systemd-analyze"):
        done = subprocess.run(
            ["systemd-analyze", "verify", *map(str, tmp_path.iterdir())], capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")
