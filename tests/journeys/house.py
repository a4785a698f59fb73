"""The whole product as its users have it: processes of its own, a database, a broker and a mail server."""

from __future__ import annotations

import email
import json
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg
from aiosmtpd.controller import Controller

from tests.servers import copy_tables, create_database, database_away, drop_database, own_redis

ROOT = Path(__file__).resolve().parent.parent.parent
logging.getLogger("mail.log").setLevel(logging.WARNING)


HOLD = 6  # seconds: long enough to undo by hand, short enough to wait for
NOT_SHOWN = [part for name in ("admin", "account") for part in ("--ignore", name)]  # of static/: Django's own admin


@dataclass
class Mail:
    """One mail as it lay on the wire: envelope and message."""

    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return email.message_from_string(self.raw.decode(), policy=SMTPUTF8)  # type: ignore[return-value]


@dataclass
class Mailbox:
    """What a mail server accepted; an aiosmtpd handler."""

    mails: list[Mail] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(Mail(envelope.mail_from, list(envelope.rcpt_tos), bytes(envelope.content)))
        return "250 2.0.0 Ok: queued as " + secrets.token_hex(5).upper()

    @property
    def invitations(self) -> list[Mail]:
        """What members got: not the notice to the sender that it is done."""
        return [mail for mail in self.mails if mail.message["List-Id"]]

    def to(self, address: str) -> list[Mail]:
        return [mail for mail in self.mails if address in mail.recipients]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(question: Callable[[], Any], *, seconds: float = 30, what: str = "") -> Any:
    """The first true answer. Fails after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := question():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s for {what or question}")


@dataclass
class House:
    """A running product. `url` is where it answers, `mailbox` what its mail server got, `seeded` what is in it."""

    url: str
    env: dict[str, str]
    mailbox: Mailbox
    seeded: dict[str, Any]
    running: list[subprocess.Popen[bytes]]
    log: Path

    def what_it_does(self) -> str:
        """The end of its log and what its database is busy with: for a test that failed."""
        with psycopg.connect(self.env["DATABASE_URL"]) as database:
            busy = database.execute(
                "SELECT now() - query_start, state, wait_event, pg_blocking_pids(pid), left(query, 300)"
                " FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
                " AND pid <> pg_backend_pid()"
            ).fetchall()
        quiet = ("succeeded in", "received", "sweep")  # what the beat does every second
        said = [line for line in self.log.read_text().splitlines() if not any(word in line for word in quiet)]
        return "\n".join([*said[-40:], "", *(str(row) for row in busy)])

    def manage(self, *command: str) -> str:
        return run(self.env, "manage.py", *command)

    @contextmanager
    def web_away(self) -> Iterator[None]:
        """The web server is killed, all of it, and comes back at the end of the block."""
        web = self.running[0]
        os.killpg(web.pid, signal.SIGKILL)
        web.wait()
        try:
            yield
        finally:
            with self.log.open("ab") as out:
                self.running[0] = subprocess.Popen(
                    web.args, cwd=ROOT, env=self.env, stdout=out, stderr=out, start_new_session=True
                )
            wait_for(lambda: answers(f"{self.url}/accounts/login/"), what="the portal again")

    def database_away(self) -> AbstractContextManager[None]:
        return database_away(urlsplit(self.env["DATABASE_URL"]).path.lstrip("/"))


def run(env: dict[str, str], *command: str) -> str:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def prepare(env: dict[str, str]) -> None:
    """Tables and static files, as `script/setup` makes them; beside each other, as neither needs the other."""
    with ThreadPoolExecutor(2) as hands:
        list(hands.map(lambda step: step(env), (tables, static_files)))


def tables(env: dict[str, str]) -> None:
    if "DATABASE_URL" not in env:
        copy_tables(Path(env["VAR_DIR"]))
    run(env, "manage.py", "migrate", "--verbosity", "0")


def static_files(env: dict[str, str]) -> None:
    """Those that `script/setup` has just collected, where it has; collecting costs a quarter of a minute."""
    collected = ROOT / "var" / "static"
    if os.environ.get("STATIC_COLLECTED") and collected.exists():
        Path(env["VAR_DIR"]).mkdir(parents=True, exist_ok=True)
        (Path(env["VAR_DIR"]) / "static").symlink_to(collected)
        return
    run(env, "manage.py", "collectstatic", "--noinput", "--verbosity", "0", *NOT_SHOWN)


@contextmanager
def postgres() -> Iterator[str]:
    """A database of its own, gone afterwards."""
    name = f"journey_{secrets.token_hex(4)}"
    try:
        yield create_database(name)
    finally:
        drop_database(name)


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, int]]:
    mailbox, port = Mailbox(), free_port()
    server = Controller(mailbox, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    server.start()
    try:
        yield mailbox, port
    finally:
        server.stop()


def environment(var: Path, port: int, **more: str) -> dict[str, str]:
    ours = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "BASE_URL", "SECRET_KEY", "DEBUG", "DJANGO_ALLOW_ASYNC_UNSAFE")
    clean = {name: value for name, value in os.environ.items() if name not in ours}
    return {
        **clean, "VAR_DIR": str(var), "BASE_URL": f"http://127.0.0.1:{port}", "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "comms.settings", "PYTHONWARNINGS": "default",
        "STAFF_MFA_REQUIRED": "false",  # setting one up has a browser test of its own
        "ACCOUNT_RATE_LIMITS": '{"request_login_code": "60/m/ip"}',  # one Alice signs in for every journey
        **more,
    }  # fmt: skip


@contextmanager
def processes(env: dict[str, str], log: Path, **commands: list[str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The named commands until the end of the block, each a process group of its own."""
    started: list[subprocess.Popen[bytes]] = []
    with log.open("ab") as out:
        try:
            for command in commands.values():
                started.append(
                    subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out, start_new_session=True)
                )
            yield started
        finally:
            for process in started:
                process.terminate()
            for process in started:
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as reply:
            return reply.status == 200
    except OSError:
        return False


@contextmanager
def house(folder: Path, *, hold_seconds: int) -> Iterator[House]:
    """PostgreSQL, Redis, granian, two Celery workers, beat and an SMTP server."""
    port, log = free_port(), folder / "house.log"
    with postgres() as database, mail_server() as (mailbox, smtp):
        env = environment(
            folder / "var", port, DATABASE_URL=database, REDIS_URL=own_redis(), EMAIL_URL=f"smtp://127.0.0.1:{smtp}",
            MAILING_HOLD_SECONDS=str(hold_seconds), SWEEP_SECONDS="1",
        )  # fmt: skip
        prepare(env)
        seeded = json.loads(run(env, "-m", "tests.journeys.seed"))
        python = [sys.executable, "-m"]
        celery = [*python, "celery", "-A", "comms", "--quiet"]
        with processes(
            env, log,
            web=[*python, "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws",
                 "--blocking-threads", "4", "--access-log", "--access-log-fmt",
                 "%(status)d %(method)s %(path)s %(dt_ms)f ms", "comms.wsgi:application"],
            one_worker=[*celery, "worker", "--pool", "solo", "--loglevel", "info", "--hostname", "one@%h"],
            another=[*celery, "worker", "--pool", "solo", "--loglevel", "info", "--hostname", "another@%h"],
            beat=[*celery, "beat", "--loglevel", "warning", "--pidfile", ""],
        ) as running:  # fmt: skip
            url = f"http://127.0.0.1:{port}"
            wait_for(lambda: answers(f"{url}/accounts/login/"), what=f"the portal; see {log}")
            yield House(url, env, mailbox, seeded, running, log)
