"""SIGTERM in the middle of a mailing, new code, go on: nobody twice, nobody forgotten, nobody unknown."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.mark.kill
@pytest.mark.xdist_group("kill")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", [pytest.param("sqlite", marks=pytest.mark.slow), "postgres"])
def test_a_deploy_in_the_middle_of_a_mailing_loses_nothing_and_repeats_nothing(database):
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "EMAIL_URL"}}
    command = [sys.executable, "-m", "tests.faults.deploy", "--recipients", "400", "--database", database]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    verdict = json.loads(next((x for x in run.stdout.splitlines() if x.startswith("{")), '{"wrong": "no verdict"}'))
    assert verdict["wrong"] == {}, run.stderr[-3000:]
    assert verdict["states"] == {"sent": 400}
    assert run.returncode == 0
