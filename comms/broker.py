"""The embedded broker of the first run: a bell made of small files under `var/broker`.

kombu's own filesystem transport creates a message under its final name and then fills it, so a consumer may take a
half-written one, and it hands messages on through a shared temporary folder. Here a message is written to a hidden
file and renamed when complete, and taken by a rename inside the same folder: both are atomic, and of many consumers
one wins. The table that says which queue an exchange feeds is replaced the same way. A message taken by a process that
is killed is gone, which is harmless: it only rings, the sweep finds the work (docs/pipeline.md).
"""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem, virtual
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """One message is one file `queue/<time>_<id>.<queue>.msg`; the oldest is taken first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for folder in (self.queue_folder, self.taken_folder, self.control_folder):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def folder(self) -> Path:
        return Path(self.transport_options["folder"])

    @property
    def queue_folder(self) -> Path:
        return self.folder / "queue"

    @property
    def taken_folder(self) -> Path:
        return self.folder / "taken"

    @property
    def control_folder(self) -> Path:
        return self.folder / "control"

    @property
    def data_folder_in(self) -> str:  # type: ignore[override]  # counted and purged by the parent class
        return str(self.queue_folder)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with (self.control_folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            table = self.get_table(exchange)
            if binding not in table:
                file = self._exchange_file(exchange)
                draft = file.with_name(f".{file.name}")
                draft.write_text(dumps([binding, *table]))
                draft.rename(file)

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        name = f"{time.time_ns():020d}_{uuid.uuid4().hex}.{queue}.msg"
        hidden = self.queue_folder / f".{name}"
        hidden.write_text(dumps(payload))
        hidden.rename(self.queue_folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """The oldest message of the queue. Raises `queue.Empty`."""
        for name in sorted(os.listdir(self.queue_folder)):
            if name.startswith(".") or name.partition(".")[2] != f"{queue}.msg":
                continue
            mine = self.taken_folder / name
            try:
                (self.queue_folder / name).rename(mine)
            except FileNotFoundError:
                continue  # another consumer was faster
            payload = mine.read_text()
            mine.unlink()
            return loads(payload)
        raise Empty


class Transport(filesystem.Transport):
    Channel = Channel

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = virtual.BrokerState()  # what is bound is known by the folder, not by the process
