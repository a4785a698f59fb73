"""Yesterday's backup comes back: nobody is mailed again, nothing starts by itself, who said no stays so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest


@pytest.mark.kill
@pytest.mark.xdist_group("kill")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", [pytest.param("sqlite", marks=pytest.mark.slow), "postgres"])
def test_after_a_restore_nobody_is_mailed_twice_and_nothing_starts_by_itself(database):
    missing = [name for name in ("pg_dump", "pg_restore", "psql") if not shutil.which(name)]
    if database == "postgres" and missing:
        pytest.skip(f"NOT PROVEN on PostgreSQL: {', '.join(missing)} is not installed")
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "EMAIL_URL"}}
    command = [sys.executable, "-m", "tests.faults.restore", "--recipients", "300", "--database", database]
    drill = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    verdict = json.loads(next((x for x in drill.stdout.splitlines() if x.startswith("{")), '{"wrong": "no verdict"}'))
    assert verdict["wrong"] == {}, drill.stderr[-3000:]
    assert drill.returncode == 0
