"""Servers that belong to a fault alone, because it stops, freezes or fills them. Each ends with its `with`."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

READY_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def wait_for(port: int) -> None:
    end = time.monotonic() + READY_SECONDS
    while not answers(port):
        assert time.monotonic() < end, f"nothing answers on port {port}"
        time.sleep(0.05)


class Redis:
    """Keeps nothing on disk: killed and started again it has forgotten every ring."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
             "--dir", str(self.folder), "--maxmemory-policy", "noeviction"],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(self.port)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def tell(self, *words: str) -> None:
        import redis

        with redis.Redis(port=self.port, socket_timeout=10) as server:
            server.execute_command(*words)

    @contextlib.contextmanager
    def running(self) -> Iterator[Redis]:
        self.start()
        try:
            yield self
        finally:
            self.stop()


def keeper() -> list[str]:
    """What runs a command as somebody PostgreSQL accepts: it refuses to serve root."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def postgres_folder() -> Path:
    """Where this machine's PostgreSQL programs are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    return found[-1] if found else Path(shutil.which("initdb") or "/usr/bin/initdb").parent


class Postgres:
    """A cluster with one database; `synchronous_commit` and `fsync` as in a real one."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.programs = folder / "cluster", free_port(), postgres_folder()
        self.url = f"postgres://comms@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        self.folder.mkdir()
        if keeper():
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-U", "comms", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync")

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=100"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """As a crash: no shutdown checkpoint, every connection is cut."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop", check=False)

    def _run(self, program: str, *words: str, check: bool = True) -> None:
        command = [*keeper(), str(self.programs / program), "-D", str(self.folder), *words]
        subprocess.run(command, check=check, cwd="/", stdout=subprocess.DEVNULL)

    @contextlib.contextmanager
    def running(self) -> Iterator[Postgres]:
        self.make()
        self.start()
        try:
            yield self
        finally:
            self.stop()


POSTFIX = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = relay.example.org
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
local_recipient_maps =
local_transport = error:nobody is here
alias_maps =
alias_database =
relayhost = [127.0.0.1]:{next_hop}
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
transport_retry_time = 1s
smtp_connect_timeout = 2s
message_size_limit = 10240000
"""


class Postfix:
    """A real Postfix, whose next hop is a port of this machine, with its timers shortened. Needs root."""

    def __init__(self, folder: Path, *, next_hop: int) -> None:
        self.folder, self.next_hop, self.port = folder / "postfix", next_hop, free_port()

    @staticmethod
    def missing() -> str:
        """Why it cannot be tried here; empty when it can."""
        if os.geteuid() != 0:
            return "Postfix can only be started by root"
        return "" if Path("/usr/sbin/postfix").exists() else "postfix is not installed"

    @property
    def settings(self) -> Path:
        return self.folder / "etc"

    def make(self) -> None:
        for name in ("etc", "queue", "data"):
            (self.folder / name).mkdir(parents=True)
        shutil.chown(self.folder / "data", "postfix")
        (self.settings / "main.cf").write_text(POSTFIX.format(folder=self.folder, next_hop=self.next_hop))
        services = Path("/usr/share/postfix/master.cf.dist").read_text()
        lines = [line for line in services.splitlines() if line and line[0] not in "#\t "]
        (self.settings / "master.cf").write_text("\n".join(map(self._service, lines)) + "\n")

    def _service(self, line: str) -> str:
        """Nothing lives in a chroot, and the door is our own port."""
        name, kind, private, unprivileged, _chroot, *rest = line.split()
        if (name, kind) == ("smtp", "inet"):
            name = f"127.0.0.1:{self.port}"
        return " ".join([name, kind, private, unprivileged, "n", *rest])

    def start(self) -> None:
        self._run("postfix", "start")
        wait_for(self.port)

    def kill(self) -> None:
        """Everything at once with SIGKILL, as when the machine's memory ran out."""
        master = int((self.folder / "queue/pid/master.pid").read_text())
        os.killpg(master, signal.SIGKILL)
        end = time.monotonic() + READY_SECONDS
        while answers(self.port) and time.monotonic() < end:
            time.sleep(0.05)

    def set(self, **options: str) -> None:
        self._run("postconf", "-e", *(f"{name}={value}" for name, value in options.items()))
        self._run("postfix", "reload")

    def flush(self) -> None:
        self._run("postqueue", "-f")

    def log(self) -> str:
        return (self.folder / "maillog").read_text()

    def _run(self, program: str, *words: str, check: bool = True) -> None:
        command = [f"/usr/sbin/{program}", "-c", str(self.settings), *words]
        subprocess.run(command, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @contextlib.contextmanager
    def running(self) -> Iterator[Postfix]:
        self.make()
        self.start()
        try:
            yield self
        finally:
            self._run("postfix", "stop", check=False)
