"""The files of a run of letters, in private storage: chunks as they are drawn, and the one they are joined into.

A chunk's files carry its claim in their name, so a worker that was believed dead overwrites nothing.
"""

from __future__ import annotations

import datetime
import fcntl
import io
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pikepdf
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages

from mailings.models import LetterRun

WHOLE = "letters.pdf"
AT_ONCE = 100  # files held open while joining


def _storage() -> FileSystemStorage:
    storage = storages["letters"]
    assert isinstance(storage, FileSystemStorage)  # joining streams from file to file
    return storage


def _folder(run: LetterRun) -> Path:
    return Path(_storage().path(run.public_id.hex))


def _name(n: int, claim: datetime.datetime, part: str) -> str:
    return f"{n:06}-{int(claim.timestamp() * 1_000_000)}-{part}.pdf"


def keep(run: LetterRun, n: int, *, claim: datetime.datetime, pdfs: Sequence[bytes]) -> None:
    """Stores what one worker drew of chunk `n`."""
    for part, pdf in enumerate(pdfs):
        _storage().save(f"{run.public_id.hex}/{_name(n, claim, f'{part:03}')}", ContentFile(pdf))


def count_pages(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)


def whole(run: LetterRun) -> Path:
    """Where the joined file is."""
    return _folder(run) / WHOLE


def drop_chunks(run: LetterRun) -> None:
    for path in _folder(run).glob("*-*-*.pdf"):
        path.unlink(missing_ok=True)


def drop(run: LetterRun) -> None:
    shutil.rmtree(_folder(run), ignore_errors=True)


@contextmanager
def alone(run: LetterRun) -> Iterator[bool]:
    """Whether this process alone works on the run's whole file; a killed process lets go by itself."""
    _folder(run).mkdir(parents=True, exist_ok=True, mode=0o700)
    with (_folder(run) / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def join(run: LetterRun, chunks: Sequence[tuple[int, datetime.datetime]], *, title: str) -> int:
    """The chunks (number, claim) in one file, in this order; answers how many pages.

    A run of one chunk stays as it was drawn, tagged for screen readers. A larger file is for the printer only: the
    trees of ten thousand tagged letters do not fit in bounded memory, so it has no tags and no links, and claims none.
    """
    folder = _folder(run)
    parts = [path for n, claim in chunks for path in sorted(folder.glob(_name(n, claim, "*")))]
    draft = folder / "joining.tmp"
    if len(parts) == 1:
        shutil.copyfile(parts[0], draft)
    else:
        _join(parts, draft, title=title)
    draft.chmod(0o600)
    os.replace(draft, whole(run))
    with pikepdf.open(whole(run)) as made:
        return len(made.pages)


def _join(parts: list[Path], target: Path, *, title: str) -> None:
    """Never more than `AT_ONCE` files open: a longer list is joined in bundles first."""
    bundles = []
    for start in range(0, len(parts), AT_ONCE) if len(parts) > AT_ONCE else ():
        bundles.append(target.with_suffix(f".{start}"))
        _join(parts[start : start + AT_ONCE], bundles[-1], title=title)
    for path in [] if bundles else parts:
        _slim(path)
    with pikepdf.new() as joined, ExitStack() as opened:
        for path in bundles or parts:
            joined.pages.extend(opened.enter_context(pikepdf.open(path)).pages)
        joined.docinfo["/Title"] = title
        joined.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        joined.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    for bundle in bundles:
        bundle.unlink()


def _slim(path: Path) -> None:
    """A chunk with what a printer needs and no more: joining holds every page's objects, so they are made few.

    Repeatable. One chunk at a time is read whole, its tags included.
    """
    draft = path.with_suffix(".slim")
    with pikepdf.open(path) as chunk:
        box = chunk.make_indirect(chunk.pages[0].obj.MediaBox)
        for page in chunk.pages:
            page.obj.MediaBox = box
            _without(page.obj, "/Annots", "/StructParents", "/Tabs", "/BleedBox", "/TrimBox")
        _without(chunk.Root, "/StructTreeRoot", "/MarkInfo", "/Metadata", "/Outlines", "/Names")
        chunk.save(draft, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    os.replace(draft, path)


def _without(holder: pikepdf.Object, *keys: str) -> None:
    for key in keys:
        if key in holder:
            del holder[key]
