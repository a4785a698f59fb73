"""The words of attached files, for the search. Each file is read once, in a limited process of its own.

A file that is broken, locked or too large is noted with its state; whoever reads the page sees nothing of it.
"""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path

from wagtail.documents.models import Document

from cms import indexing
from cms.models import FileText, LibraryPage
from cms.models.files import unread
from templates_lib import filekinds

ROOT = Path(__file__).resolve().parent.parent
WALL = 60  # seconds of clock for one file; processor time and memory are in `cms.extract_child`
LONGEST = 400_000  # characters kept of one file: a book
AT_ONCE = 3  # files read by one sweep
STATES = {0: FileText.State.READ, 3: FileText.State.LOCKED, 4: FileText.State.BROKEN}  # by the child's exit status


def extract(document_id: int, *, now: datetime.datetime) -> None:
    """Reads the file of a document and tells the index; nothing when the document is gone."""
    document = Document.objects.filter(pk=document_id).first()
    if document is None:
        return
    file = document.file.name
    state, text = read(document)
    FileText.objects.update_or_create(
        document=document, defaults={"file": file, "text": text, "state": state, "at": now}
    )
    for page in LibraryPage.objects.filter(attachments__document=document, live=True).distinct():
        indexing.index(page)


def sweep(*, now: datetime.datetime) -> int:
    """Reads some of what nobody has read, and says how many: after a restart, or when the bell was broken."""
    waiting = list(unread().values_list("pk", flat=True)[:AT_ONCE])
    for document_id in waiting:
        extract(document_id, now=now)
    return len(waiting)


def read(document: Document) -> tuple[str, str]:
    """(state, text) of its file."""
    try:
        with document.open_file() as file:
            content = file.read()
        kind = filekinds.judge(content, name=document.filename)
    except (OSError, filekinds.Macros, filekinds.OldOffice):
        return FileText.State.BROKEN, ""
    if kind is None:
        return FileText.State.BROKEN, ""
    if kind.picture:
        return FileText.State.PICTURE, ""
    return run(content, kind.ending)


def run(content: bytes, ending: str) -> tuple[str, str]:
    """(state, text) as the limited child finds it."""
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(  # noqa: S603  (`ending` is a word of `filekinds`)
            [sys.executable, "-m", "cms.extract_child", ending], input=content, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=environment, cwd=ROOT, timeout=WALL, check=False, start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return FileText.State.TOO_LARGE, ""
    state = STATES.get(done.returncode, FileText.State.TOO_LARGE)
    text = done.stdout.decode("utf-8", "replace")[:LONGEST].replace("\0", "").strip()
    if state is FileText.State.READ and not text:
        return FileText.State.EMPTY, ""
    return state, text if state is FileText.State.READ else ""
