"""PDFs made in a limited child process that stays warm: one per process, restarted after a failure.

What a job is granted depends on its kind (`templates_lib.render.pdf.KINDS`): an invitation 1.2 GB of memory, 15 s of
processor, 20 s of clock and 20 pages; every kind 32 levels of HTML and 25 megapixels per picture. Safe to call from
several threads and after a fork.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from templates_lib.pdf_child import cut, frame
from templates_lib.render.pdf import KINDS

ROOT = Path(__file__).resolve().parent.parent
FONTS = Path(__file__).resolve().parent / "fonts"
GRACE = 15  # seconds more for the clock here: a cold start on a busy machine
REASONS = {
    "pages": _("The PDF would have more than 20 pages. Shorten the text."),
    "depth": _("The text is nested too deeply. Paste it again as plain text."),
    "picture": _("A picture is too large or cannot be read. Choose another one."),
    "foreign": _("The page refers to something outside the message."),
    "memory": _("The PDF would need too much memory. Use smaller pictures or less text."),
    "time": _("The PDF took too long. Use smaller pictures or less text."),
    "broken": _("The PDF could not be made from this page."),
}
PAGES = {  # what "pages" means where it is not twenty
    "poster": _("The text does not fit on the poster. Shorten it."),
    "square": _("The text does not fit in the picture. Shorten it."),
    "letters": _("The letters would have too many pages. Shorten the text."),
}


class PdfFailed(Exception):
    """No PDF: `reason` says why in plain words (lazily translated), `code` which of `REASONS`."""

    def __init__(self, code: str, *, kind: str = "invitation") -> None:
        super().__init__(code)
        self.code = code
        self.reason = PAGES[kind] if code == "pages" and kind in PAGES else REASONS.get(code, REASONS["broken"])


def make_pdf(
    print_html: str, pictures: Mapping[str, bytes], *, kind: str = "invitation", seconds: int | None = None
) -> bytes:
    """The PDF/UA-1 of a page such as `render.html.print_html`. Raises `PdfFailed`.

    `pictures` maps sha256 to content; `kind` is a key of `KINDS` and says the limits, `seconds` of processor time
    override its own.
    """
    granted = KINDS[kind].cpu if seconds is None else seconds
    header = {"job": "pdf", "kind": kind, "names": list(pictures), "seconds": granted}
    return _worker.run(header, [print_html.encode("utf-8", "replace"), *pictures.values()])[0]


def page_images(pdf: bytes, width: int = 900, *, full: bool = False) -> list[bytes]:
    """Each page as a PNG, `width` pixels wide; in all its colours when `full`. Raises `PdfFailed`."""
    header = {"job": "images", "kind": "invitation", "width": width, "full": full}
    return _worker.run({**header, "seconds": KINDS["invitation"].cpu}, [pdf])


class _Worker:
    """The child of this process, if any. One job at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.child: subprocess.Popen[bytes] | None = None

    def run(self, header: dict[str, Any], parts: Sequence[bytes]) -> list[bytes]:
        job = frame({**header, "sizes": [len(part) for part in parts]}, b"".join(parts))
        with self.lock:
            wall = KINDS[header["kind"]].wall
            try:
                result, body = self._ask(job, wall=wall)
            except _Gone:
                result, body = self._ask(job, wall=wall)
        if not result["ok"]:
            raise PdfFailed(str(result["code"]), kind=str(header["kind"]))
        return cut(body, result["sizes"])

    def _ask(self, job: bytes, *, wall: int) -> tuple[dict[str, Any], bytes]:
        """The child's answer. A child that died or took too long is gone afterwards."""
        warm, taken = self.child is not None, False
        child = self.child = self.child or _start()
        deadline = time.monotonic() + wall + GRACE
        try:
            _write(child, job, deadline)
            taken = True
            size = struct.unpack(">Q", _read(child, 8, deadline))[0]
            header, _newline, body = _read(child, size, deadline).partition(b"\n")
        except TimeoutError:
            self.stop()
            return {"ok": False, "code": "time"}, b""
        except (OSError, EOFError) as error:
            status = self.stop()
            if warm and (status == 0 or not taken):
                raise _Gone from error
            return {"ok": False, "code": "time" if status in {-signal.SIGXCPU, -signal.SIGALRM} else "memory"}, b""
        return json.loads(header), body

    def stop(self) -> int:
        """Ends the child and says its exit status (0 when it had ended by itself)."""
        child, self.child = self.child, None
        if child is None:
            return 0
        _close(child)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(0.2)
        child.kill()
        return child.wait()

    def forget(self) -> None:
        """After a fork: the child belongs to the parent process; a new lock, since the old one may be held."""
        if self.child is not None:
            _close(self.child)
            self.child.returncode = 0  # not ours to wait for
        self.lock, self.child = threading.Lock(), None


class _Gone(Exception):
    """The warm child had ended between two jobs; a new one takes over."""


def _start() -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.defpath,
        "HOME": str(FONTS),
        "LANG": "C.UTF-8",
        "FONTCONFIG_FILE": str(FONTS / "fonts.conf"),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "templates_lib.pdf_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=ROOT,
        bufsize=0,
        start_new_session=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    os.set_blocking(child.stdin.fileno(), False)
    os.set_blocking(child.stdout.fileno(), False)
    return child


def _write(child: subprocess.Popen[bytes], data: bytes, deadline: float) -> None:
    assert child.stdin is not None
    view = memoryview(data)
    while view:
        _wait(child.stdin.fileno(), select.POLLOUT, deadline)
        view = view[os.write(child.stdin.fileno(), view[: 1 << 16]) :]


def _read(child: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
    assert child.stdout is not None
    chunks = []
    while size:
        _wait(child.stdout.fileno(), select.POLLIN, deadline)
        chunk = os.read(child.stdout.fileno(), min(size, 1 << 20))
        if not chunk:
            raise EOFError
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise TimeoutError


def _close(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


_worker = _Worker()
atexit.register(_worker.stop)
os.register_at_fork(after_in_child=_worker.forget)
