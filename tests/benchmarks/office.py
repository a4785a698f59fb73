"""A real post office for the sending benchmark: a database and a broker of its own, Celery workers, a sink in C."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.invitation import FIRST, LAST
from tests.servers import create_database, drop_database, redis

SINK = shutil.which("smtp-sink", path=os.environ.get("PATH", "") + ":/usr/sbin")
SOURCE = shutil.which("smtp-source", path=os.environ.get("PATH", "") + ":/usr/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(true: Callable[[], bool], *, seconds: float = 600, every: float = 0.02, what: str = "") -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(every)


@contextlib.contextmanager
def sink(*options: str) -> Iterator[int]:
    """Postfix's smtp-sink, which takes everything and keeps nothing; its port."""
    assert SINK, "smtp-sink is missing: install postfix"
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [SINK, *user, *options, f"127.0.0.1:{port}", "1000"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: listening(port), seconds=10, what="smtp-sink")
        yield port
    finally:
        process.kill()
        process.wait()


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def ground(folder: Path, *, database: str, broker: int, port: int, **settings: str) -> Iterator[None]:
    """Django set up on an empty database, mail going to `port`; the environment is what workers inherit. `broker`
    is a Redis database nobody else uses.
    """
    os.environ.update(
        DJANGO_SETTINGS_MODULE="comms.settings", VAR_DIR=str(folder), LOG_LEVEL="WARNING", MAILING_HOLD_SECONDS="0",
        EMAIL_URL=f"smtp://127.0.0.1:{port}", PYTHONWARNINGS="ignore", **settings,
    )  # fmt: skip
    name = f"bench_{secrets.token_hex(4)}"
    os.environ.pop("REDIS_URL", None)
    if database == "postgres":
        os.environ.update(DATABASE_URL=create_database(name), REDIS_URL=redis(broker))
    else:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'db.sqlite3'}"
    try:
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield
    finally:
        if database == "postgres":
            drop_database(name)


@contextlib.contextmanager
def workers(n: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many Celery workers of one slot each, waiting for the bell."""
    command = [sys.executable, "-m", "celery", "-A", "comms", "--quiet", "worker", "--pool", "solo"]
    running = [
        subprocess.Popen([*command, "--hostname", f"w{k}@bench"], start_new_session=True, stdout=subprocess.DEVNULL)
        for k in range(n)
    ]
    try:
        yield running
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


def make_members(n: int, branch: object) -> None:
    """Members with an address and a placement in the branch."""
    import datetime

    from comms.people.models import Member, Placement

    day, before = datetime.date(2020, 1, 1), Member._base_manager.count()
    for start in range(before, before + n, 5000):
        members = Member._base_manager.bulk_create(
            [
                Member(number=f"B{k}", first_name=FIRST[k % 12], last_name=LAST[k // 12 % 12],
                       email=f"m{k}@example.com", language="sv")
                for k in range(start, min(before + n, start + 5000))
            ],
            batch_size=1000,
        )  # fmt: skip
        Placement.objects.bulk_create(
            [Placement(member=member, unit=branch, start=day) for member in members], batch_size=1000
        )


@contextlib.contextmanager
def delayed(port: int, *, seconds: float) -> Iterator[int]:
    """A TCP relay to `port` that holds everything back for half of `seconds` each way; its own port."""
    command = [sys.executable, "-m", "tests.benchmarks.relay", str(port), str(seconds / 2)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = bench.example.org
mydestination =
local_recipient_maps =
alias_maps =
smtpd_client_connection_count_limit = 0
relay_domains = example.com
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = discard
relay_transport = discard
smtpd_client_connection_rate_limit = 0
smtpd_client_message_rate_limit = 0
smtpd_peername_lookup = no
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
"""
MASTER_CF = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def queued(folder: Path) -> int:
    """How many mails the Postfix of this folder has taken and not delivered yet."""
    spool = folder / "postfix" / "spool"
    return sum(1 for name in ("incoming", "active") for path in (spool / name).rglob("*") if path.is_file())


@contextlib.contextmanager
def postfix(folder: Path) -> Iterator[int]:
    """A real Postfix that queues on disk and discards when it delivers; its port. Needs root."""
    if os.geteuid() != 0 or not shutil.which("postfix", path=os.environ.get("PATH", "") + ":/usr/sbin"):
        raise RuntimeError("needs root and the postfix package")
    home, port = folder / "postfix", free_port()
    for name in ("etc", "spool", "data", "log"):
        (home / name).mkdir(parents=True)
    folder.chmod(0o755)
    shutil.chown(home / "data", "postfix")
    (home / "etc" / "main.cf").write_text(MAIN_CF.format(folder=home))
    (home / "etc" / "master.cf").write_text(MASTER_CF.format(port=port))
    command = ["/usr/sbin/postfix", "-c", str(home / "etc")]
    subprocess.run([*command, "start"], check=True, capture_output=True)
    try:
        wait_for(lambda: listening(port), seconds=20, what="postfix")
        yield port
    finally:
        subprocess.run([*command, "stop"], check=False, capture_output=True)
