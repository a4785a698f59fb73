"""What a worker did on the wire since its last commit, in a local file that survives a `kill -9`.

One write before each final dot, with the answers since the last. Whoever takes a dead worker's batch over reads it: a
mail marked `committing` without a dot-line never left, an answer is an answer, a dot without an answer is unknown.
After a power cut the file proves nothing (it may have lost its end), so it is believed only within the same boot of
the machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

from mailings.transports.base import Outcome

KEPT_SECONDS = 2 * 24 * 3600

Entries = dict[tuple[int, int], Outcome | None]
"""(recipient, attempt) -> the answer, None for a dot without one."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process on a machine between two boots; `start` tells it from a later one with the same `pid`."""

    host: str
    boot: str
    pid: int
    start: str

    @classmethod
    def me(cls) -> Self:
        return cls(socket.gethostname()[:60], boot_id(), os.getpid(), start_of(os.getpid()))

    @classmethod
    def parse(cls, text: str) -> Self:
        host, boot, pid, start = text.split(" ")
        return cls(host, boot, int(pid), start)

    def __str__(self) -> str:
        return f"{self.host} {self.boot} {self.pid} {self.start}"

    def is_gone(self) -> bool:
        """Whether the process provably runs no more; False where that cannot be seen from here."""
        if self.host != socket.gethostname()[:60] or not start_of(os.getpid()):
            return False
        return self.boot != boot_id() or start_of(self.pid) != self.start


@lru_cache(maxsize=1)
def boot_id() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return "unknown"


def start_of(pid: int) -> str:
    """When a process started, in clock ticks since boot; "" for one that is not there, or is dead and not yet
    collected by its parent.
    """
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    return ""


class Journal:
    """The journal of this process."""

    def __init__(self, folder: Path, owner: Owner) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path_of(folder, owner), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC, 0o600)
        self._answers = ""  # not yet written

    def dot(self, row: int, attempt: int) -> None:
        """A connection's last answer is written before its next dot: at most one mail of each is ever in doubt."""
        self._write(f"{self._answers}[{row},{attempt}]\n")

    def answer(self, row: int, attempt: int, outcome: Outcome) -> None:
        said = f"{json.dumps(outcome.reason)},{json.dumps(outcome.reply)}"
        self._answers += f'[{row},{attempt},"{outcome.kind}",{said}]\n'

    def flush(self) -> None:
        """Write the answers before something that may take its time. Without room on the disk they stay in memory."""
        if self._answers:
            with contextlib.suppress(OSError):
                self._write(self._answers)

    def forget(self) -> None:
        """Everything so far is in the database."""
        self._answers = ""
        os.ftruncate(self._file, 0)

    def close(self) -> None:
        self.flush()
        os.close(self._file)

    def _write(self, entries: str) -> None:
        os.write(self._file, entries.encode())
        self._answers = ""


def path_of(folder: Path, owner: Owner) -> Path:
    return folder / f"{owner.boot}-{owner.pid}-{owner.start}.log"


def read(folder: Path, owner: Owner) -> Entries | None:
    """What a process that is gone did last; None when nobody can say: no file, another boot, or a broken file because
    the disk was full.
    """
    if owner.boot != boot_id() or owner.boot == "unknown":
        return None
    try:
        lines = path_of(folder, owner).read_bytes().split(b"\n")[:-1]  # a torn last line was never acted on
    except OSError:
        return None
    entries: Entries = {}
    try:
        for row, attempt, *answer in map(json.loads, lines):
            entries[row, attempt] = Outcome(*answer) if answer else None
    except ValueError:
        return None
    return entries


def tidy(folder: Path, *, needed: Collection[Owner]) -> None:
    """Remove journals that nobody has written to for two days, by this machine's clock.

    Not one whose writer still runs, be it idle for a week, and not one that is `needed` for a batch to be taken over.
    """
    kept = {path_of(folder, owner) for owner in needed}
    for path in folder.glob("*.log"):
        boot, pid, start = path.stem.rsplit("-", 2)
        runs = boot == boot_id() and start_of(int(pid)) == start
        with contextlib.suppress(OSError):
            if not runs and path not in kept and path.stat().st_mtime < time.time() - KEPT_SECONDS:
                path.unlink()
