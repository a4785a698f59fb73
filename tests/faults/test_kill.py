"""`kill -9` of whole worker process groups: twice 0, forgotten 0 (the full form: python -m tests.faults.kill)."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.mark.kill
@pytest.mark.xdist_group("kill")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_killed_worker_mails_nobody_twice_and_forgets_nobody(database):
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "EMAIL_URL"}}
    command = [sys.executable, "-m", "tests.faults.kill", "--recipients", "400", "--seeds", "2", "--database", database]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    verdicts = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    assert [verdict["wrong"] for verdict in verdicts] == [{}, {}], run.stderr[-2000:]
    assert all(verdict["kills"] == 2 for verdict in verdicts)
    assert run.returncode == 0
