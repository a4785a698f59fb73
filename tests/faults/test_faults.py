"""The fault matrix, docs/pipeline.md. The everyday set is small; the whole of it by `python -m tests.faults`."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from tests.faults.__main__ import FAULTS
from tests.faults.case import BOTH, Fault

pytestmark = [pytest.mark.kill, pytest.mark.xdist_group("faults")]


def expected(database: str, *, short: bool) -> list[Fault]:
    return [one for one in FAULTS if database in (one.short if short else one.databases)]


@functools.cache
def verdicts(database: str, *words: str) -> dict[str, dict[str, object]]:
    """By name; the command is run once for all of them, because a house is dear."""
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "EMAIL_URL"}}
    command = [sys.executable, "-m", "tests.faults", "--database", database, *words]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    assert lines, run.stderr[-3000:]
    assert run.returncode == int(any(line.get("wrong") for line in lines)), run.stderr[-3000:]
    return {line["name"]: line for line in lines}


def must_be_right(verdict: dict[str, object]) -> None:
    if "skipped" in verdict:
        pytest.skip(str(verdict["skipped"]))
    assert verdict["wrong"] == {}, verdict


def pairs(*, short: bool) -> Sequence[object]:
    return [
        pytest.param(database, one.name, id=f"{database}-{one.id}-{one.name}")
        for database in BOTH
        for one in expected(database, short=short)
    ]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("database", "name"), pairs(short=True))
def test_twice_0_lost_0(database, name):
    must_be_right(verdicts(database, "--short")[name])


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("database", "name"), pairs(short=False))
def test_twice_0_lost_0_in_the_long_form(database, name):
    must_be_right(verdicts(database)[name])
