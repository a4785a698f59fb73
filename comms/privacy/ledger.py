"""What a restored backup must not forget: whom we have written to and who has said no, outside the database.

Append-only files in `LEDGER_DIR`, one per day and machine: a JSON list per line, with ids and keyed
hashes only. `manage.py after_restore` reads them back.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings

log = logging.getLogger(__name__)

STOPS = ("cancelled", "undone")  # what a person may have done to a mailing since: never started again by itself

Entry = list[Any]
"""[seconds since 1970, kind, …]. Kinds:

window     mailing, member ids marked (may have got a mail since), ids accepted, ids that provably got none
cancelled  mailing          undone     mailing
suppressed key, channel, reason         released   key, channel, reason
consent    member, topic slug, channel, granted, how, basis
erased     member                       restricted member, whether it is
"""


def note(kind: str, *what: object, durable: bool = False) -> None:
    """One line, in one write. `durable` waits for the disk. Never fails: mail must not stop for want of a ledger."""
    line = json.dumps([round(time.time(), 3), kind, *what], separators=(",", ":")).encode() + b"\n"
    try:
        settings.LEDGER_DIR.mkdir(parents=True, exist_ok=True)
        file = os.open(_path(settings.LEDGER_DIR), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, line)
            if durable:
                os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        log.error("the ledger cannot be written (%s): a restored backup would not know about this", error.strerror)


def _path(folder: Path) -> Path:
    return folder / f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}.ledger"


def read(folders: Iterable[Path], *, since: datetime.datetime | None = None) -> list[Entry]:
    """The entries of all machines in the order of time; a torn line counts as not written."""
    after = since.timestamp() if since else 0.0
    entries: list[Entry] = []
    for folder in folders:
        for path in sorted(folder.glob("*.ledger")):
            with path.open("rb") as file:
                for line in file:
                    with contextlib.suppress(ValueError):
                        entry = json.loads(line)
                        if entry[0] >= after:
                            entries.append(entry)
    return sorted(entries, key=lambda entry: entry[0])


def old_files(*, before: datetime.datetime) -> list[Path]:
    """Those of earlier days."""
    last = f"{before:%Y-%m-%d}.ledger"
    return [path for path in settings.LEDGER_DIR.glob("*.ledger") if path.name < last]
