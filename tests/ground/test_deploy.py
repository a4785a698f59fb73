"""What lies in deploy/ says the same as `manage.py serve`, and the units are well-formed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
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


UNITS = ["comms-beat.service", "comms-setup.service", "comms-web.service", "comms-worker@.service"]


def test_the_units_run_commands_of_ours() -> None:
    units = sorted((DEPLOY / "systemd").glob("*.service"))
    assert [unit.name for unit in units] == UNITS
    for unit in units:
        commands = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
        assert commands
        assert all(command.startswith("/srv/comms/.venv/bin/") for command in commands)
    wanted = re.search(r"^Wants=(.*)$", (DEPLOY / "systemd/comms.target").read_text(), re.MULTILINE)
    assert wanted
    named = {re.sub(r"@\d+", "@", name) for name in wanted[1].split()}
    assert named == set(UNITS)


def test_the_units_run_what_the_procfile_runs() -> None:
    lines = dict(line.split(": ", 1) for line in (DEPLOY / "Procfile").read_text().splitlines())
    for name, unit in (("web", "comms-web"), ("worker", "comms-worker@"), ("beat", "comms-beat")):
        (started,) = re.findall(r"^ExecStart=/srv/comms/.venv/bin/(.*)$", _unit(unit), re.MULTILINE)
        words = started.replace(" --hostname %i@%%h", "").split()
        assert words == lines[name].replace("${PORT:-8000}", "8000").split()


def _unit(name: str) -> str:
    return (DEPLOY / f"systemd/{name}.service").read_text()


def test_systemd_finds_the_units_well_formed(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("NOT PROVEN: systemd-analyze is not installed")
    for unit in (DEPLOY / "systemd").iterdir():
        here = unit.read_text().replace("/srv/comms/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / unit.name).write_text(here)
    done = subprocess.run(["systemd-analyze", "verify", *map(str, tmp_path.iterdir())], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# --- Compose --------------------------------------------------------------------------------------------------------
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = ("setup", "web", "worker", "beat")


def test_compose_brings_up_everything_and_runs_what_the_procfile_runs() -> None:
    services = COMPOSE["services"]
    assert sorted(services) == ["beat", "bell", "database", "setup", "web", "worker"]
    lines = dict(line.split(": ", 1) for line in (DEPLOY / "Procfile").read_text().splitlines())
    for name in ("web", "worker", "beat"):
        words = [word.removeprefix(".venv/bin/") for word in services[name]["command"]]
        assert words == lines[name].replace("${PORT:-8000}", "8000").replace("127.0.0.1", "0.0.0.0").split()
        assert set(services[name]["depends_on"]) == {"database", "bell", "setup"}
    assert "noeviction" in services["bell"]["command"]
    assert "synchronous_commit=on" in services["database"]["command"]


def test_compose_keeps_what_must_outlive_a_container_and_gives_no_secret_away() -> None:
    services = COMPOSE["services"]
    for name in OURS:
        assert services[name]["volumes"] == ["var:/var/lib/comms", "ledger:/var/lib/comms-ledger"]
        environment = services[name]["environment"]
        assert (environment["VAR_DIR"], environment["LEDGER_DIR"]) == ("/var/lib/comms", "/var/lib/comms-ledger")
    used = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]  # a web server with TLS stands in front
    assert services["worker"]["stop_grace_period"] == "630s"
    assert "comms:comms@" not in (DEPLOY / "compose.yaml").read_text()


def test_compose_itself_agrees(tmp_path: Path) -> None:
    known = shutil.which("docker") and subprocess.run(["docker", "compose", "version"], capture_output=True)
    if not known or known.returncode:
        pytest.skip("NOT PROVEN: docker compose is not installed")
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    (tmp_path / "deploy/.env").write_text("DATABASE_PASSWORD=x\n")
    command = ["docker", "compose", "--file", "compose.yaml", "config", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path / "deploy", capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
