"""The first run with nothing installed: SQLite, the broker of small files, mail in a folder, a worker beside it."""

from __future__ import annotations

import email
import json
import sys
from collections.abc import Iterator
from email.policy import SMTPUTF8
from pathlib import Path

import pytest

from tests.journeys.house import environment, prepare, processes, run, wait_for

pytestmark = [pytest.mark.once, pytest.mark.xdist_group("journey"), pytest.mark.timeout(180)]


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    env = environment(tmp_path / "var", 8000, MAILING_HOLD_SECONDS="1", SWEEP_SECONDS="1")
    celery = [sys.executable, "-m", "celery", "-A", "comms", "--quiet"]
    prepare(env)
    with processes(
        env,
        tmp_path / "house.log",
        worker=[*celery, "worker", "--pool", "solo", "--loglevel", "info"],
        beat=[*celery, "beat", "--loglevel", "warning", "--pidfile", ""],
    ):
        yield env


def test_an_invitation_ends_in_the_folder(env: dict[str, str], tmp_path: Path):
    seeded = json.loads(run(env, "-m", "tests.journeys.seed"))
    sent = json.loads(run(env, "-m", "tests.journeys.invite"))
    counts = wait_for(lambda: finished(env, sent["mailing"]), seconds=60, what=f"the sending; see {tmp_path}/house.log")
    assert counts == {"sent": 3, "skipped": 1}
    mails = [email.message_from_string(path.read_bytes().decode(), policy=SMTPUTF8) for path in eml(tmp_path)]
    assert sorted(mail["To"].addresses[0].addr_spec for mail in mails) == sorted(seeded["addresses"])
    assert all("Årsmöte på Folkets hus" in mail.get_body(("plain",)).get_content() for mail in mails)


def eml(folder: Path) -> list[Path]:
    """What the post office wrote: the mails of members, not sign-in codes."""
    return [path for path in (folder / "var" / "mail").rglob("*.eml") if "account" not in path.parts]


def finished(env: dict[str, str], mailing: str) -> dict[str, int]:
    """The states of a mailing once it is done, {} before."""
    return json.loads(run(env, "-m", "tests.journeys.invite", mailing))
