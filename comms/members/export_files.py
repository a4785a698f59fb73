"""The files of lists that were taken out, in private storage: one folder each, and in it one file per claim, so a
worker that was believed dead overwrites nothing.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.core.files.storage import FileSystemStorage, storages

from comms.members.models import ListExport


def _root() -> Path:
    storage = storages["exports"]
    assert isinstance(storage, FileSystemStorage)  # a list is written line by line
    return Path(storage.location)


def path(export: ListExport) -> Path:
    """Where the file of the claim is, once it is made."""
    assert export.claimed_at is not None
    claim = int(export.claimed_at.timestamp() * 1_000_000)
    return _root() / export.public_id.hex / f"{claim}.{export.format}"


@contextmanager
def writing(export: ListExport) -> Iterator[BinaryIO]:
    """The file of the claim, for us alone to read; on the disk when the block is left."""
    target = path(export)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        yield opened
        opened.flush()
        os.fsync(opened.fileno())


def drop(export: ListExport) -> None:
    """All of its files. Repeatable."""
    shutil.rmtree(_root() / export.public_id.hex, ignore_errors=True)


def drop_one(export: ListExport) -> None:
    """What one claim has written."""
    path(export).unlink(missing_ok=True)


def strays(standing: set[uuid.UUID]) -> list[Path]:
    """Folders of exports that no longer exist: their row went with an account, or with a restored backup."""
    if not _root().is_dir():
        return []
    known = {one.hex for one in standing}
    return [folder for folder in _root().iterdir() if folder.name not in known]


def drop_strays(standing: set[uuid.UUID]) -> None:
    for folder in strays(standing):
        shutil.rmtree(folder, ignore_errors=True)
