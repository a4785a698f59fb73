"""How many events of providers are taken in and understood, on the configured database.

    DATABASE_URL=postgres://… python -m tests.benchmarks.facts --events 1000 --json

Creates a scratch database beside the configured one, starts the product's web server on it and posts signed events
over HTTP from several connections at once: a twentieth of them twice, in no order. `accepted_per_s` counts what was
answered with 200, each after its commit, while `handled_at_the_same_time` says whether the task ran beside it on the
same machine; `handled_per_s` is the task alone on what the storm left. `lost` are events without a trace, `wrong`
recipients in another state than the events say; both must be 0.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comms.settings")

ENDS = {"delivered": 0.9, "bounced": 0.08, "complained": 0.02}


def make_recipients(count: int) -> list[Any]:
    """Recipients of one mailing, all sent."""
    from django.utils import timezone

    from mailings.models import Batch, Recipient
    from tests.factories import make_mandate, make_unit, make_user
    from tests.mailings.post import make_mailing

    root = make_unit("Förbundet", kind="union")
    mailing = make_mailing(make_mandate(make_user("Alice"), make_unit("Avdelning A", under=root)), to=count)
    rows = Recipient.unscoped.for_mailing(mailing)
    rows.update(state="sent", attempt=1, committed_at=timezone.now(), final_at=timezone.now())
    Batch.objects.filter(mailing=mailing).update(state="done")
    return list(rows.order_by("id"))


def make_storm(rows: list[Any], seed: int) -> tuple[dict[Any, str], list[bytes]]:
    """The state each recipient must end in, and the requests as they go over the wire."""
    from tests.mailings.facts import providers

    dice = random.Random(seed)
    ends = {row.pk: dice.choices(list(ENDS), list(ENDS.values()))[0] for row in rows}
    posts = []
    for row in rows:
        tell = providers.ALL[dice.choice(["mailgun", "mailersend", "postmark"])]
        posts.append(tell(row.public_id, ends[row.pk], reply=providers.NO_SUCH_USER, to=row.address))
    posts += dice.sample(posts, len(posts) // 20)
    dice.shuffle(posts)
    return ends, [request(post) for post in posts]


def request(post: Any) -> bytes:
    headers = {**post.headers, "Content-Type": post.content_type, "Content-Length": str(len(post.body))}
    lines = [f"POST {post.path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + post.body


# --- the web server -------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def web(database: str, processes: int) -> Iterator[int]:
    """The product's own web server on the scratch database; answers its port."""
    from tests.mailings.facts import providers

    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environment = {
            **os.environ, "DATABASE_URL": database, "VAR_DIR": folder, "LOG_LEVEL": "WARNING",
            "WEBHOOK_PROVIDERS": ",".join(providers.ALL),
            **{f"ANYMAIL_{name}": value for name, value in providers.SETTINGS.items()},
        }  # fmt: skip
        command = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--no-ws", "--workers", str(processes), "--blocking-threads", "4", "--log-level", "warning",
            "comms.wsgi:application",
        ]  # fmt: skip
        server = subprocess.Popen(command, env=environment)
        try:
            wait_for(port, server)
            yield port
        finally:
            server.terminate()
            server.wait(30)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _try in range(600):
        with contextlib.suppress(OSError), Line(port) as line:
            line.ask(b"HEAD /webhooks/postmark/tracking/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit("the web server did not start")


class Line:
    """One kept connection; as little work as possible, for it runs on the same machine."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def ask(self, data: bytes) -> int:
        """The status of the answer, which has no body worth reading."""
        self.sock.sendall(data)
        head = b""
        while b"\r\n\r\n" not in head:
            some = self.sock.recv(65536)
            if not some:
                raise ConnectionError("the server hung up")
            head += some
        return int(head.split(b" ", 2)[1])


def post_all(port: int, requests: list[bytes], connections: int) -> tuple[float, list[int]]:
    answers: list[int] = []

    def send(some: list[bytes]) -> None:
        with Line(port) as line:
            answers.extend([line.ask(one) for one in some])

    threads = [threading.Thread(target=send, args=[requests[n::connections]]) for n in range(connections)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began, answers


# --- the measurement ------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def task_beside(wanted: bool) -> Iterator[None]:
    """The task in a process of its own, as a worker would run it."""
    if not wanted:
        yield
        return
    from django.db import connection

    loop = (
        "import django, time; django.setup()\nfrom django.utils import timezone\nfrom mailings.facts import handling\n"
        "while True:\n    handling.handle(now=timezone.now()) or time.sleep(0.05)\n"
    )
    environment = {**os.environ, "DATABASE_URL": address(connection.settings_dict)}
    worker = subprocess.Popen([sys.executable, "-c", loop], env=environment)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(30)


def handle_all() -> float:
    from django.utils import timezone

    from mailings.facts import handling

    began = time.monotonic()
    while handling.handle(now=timezone.now()):
        pass
    return time.monotonic() - began


def measure(options: argparse.Namespace) -> dict[str, Any]:
    from django.db import connection

    from mailings.models import RawFact, Recipient

    rows = make_recipients(options.events)
    ends, requests = make_storm(rows, options.seed)
    with web(address(connection.settings_dict), options.processes) as port, task_beside(options.beside):
        seconds, answers = post_all(port, requests, options.connections)
    left = RawFact.objects.filter(state="new").count()
    handling_seconds = handle_all()
    states = dict(Recipient.unscoped.values_list("pk", "state"))
    return {
        "database": connection.vendor,
        "events": len(requests),
        "connections": options.connections,
        "processes": options.processes,
        "handled_at_the_same_time": options.beside,
        "accepted_per_s": round(answers.count(200) / seconds),
        "handled_per_s": round(left / handling_seconds) if left else None,
        "refused": len(requests) - answers.count(200),
        "lost": len(rows) - RawFact.objects.filter(state="handled").count(),
        "wrong": sum(states[pk] != end for pk, end in ends.items()),
    }


def address(database: dict[str, Any]) -> str:
    if database["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{database['NAME']}"
    who = f"{database['USER']}:{database['PASSWORD']}" if database["PASSWORD"] else database["USER"]
    return f"postgres://{who}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=8, help="at once")
    parser.add_argument("--processes", type=int, default=2, help="of the web server")
    parser.add_argument("--beside", action="store_true", help="run the task at the same time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="only JSON on stdout")
    options = parser.parse_args()

    import django

    django.setup()
    from django.db import connection

    with tempfile.TemporaryDirectory() as folder, mock.patch("templates_lib.bell.ring"):
        test = connection.settings_dict["TEST"]
        test["NAME"] = f"{folder}/bench.sqlite3" if connection.vendor == "sqlite" else f"bench_{os.getpid()}"
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            found = measure(options)
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
    if options.json:
        print(json.dumps(found))
    else:
        for key, value in found.items():
            sys.stdout.write(f"{key:26} {value}\n")
    sys.exit(bool(found["lost"] or found["wrong"] or found["refused"]))


if __name__ == "__main__":
    main()
