"""The limited process that draws PDFs: reads jobs from standard input, answers on standard output.

A frame is 8 bytes of length, then JSON header, newline, and a body. Started by `templates_lib.pdf_worker` only.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import struct
import sys
from typing import Any, BinaryIO

from templates_lib.render import pdf
from templates_lib.render.document import RenderRefused

MEMORY = 1_200_000_000  # bytes of address space
IDLE = 300  # seconds without a job, then the process ends by itself
GROWN = 150_000_000  # bytes that stay after a job, then too: the next one gets a fresh process and all its memory


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """(header, body), or None at the end of the stream."""
    size = stream.read(8)
    if len(size) < 8:
        return None
    payload = stream.read(struct.unpack(">Q", size)[0])
    header, _, body = payload.partition(b"\n")
    return json.loads(header), body


def frame(header: dict[str, Any], body: bytes = b"") -> bytes:
    payload = json.dumps(header).encode() + b"\n" + body
    return struct.pack(">Q", len(payload)) + payload


def cut(body: bytes, sizes: list[int]) -> list[bytes]:
    """The parts of a body by their lengths."""
    view, parts = memoryview(body), []
    for size in sizes:
        parts.append(bytes(view[:size]))
        view = view[size:]
    return parts


def answer(header: dict[str, Any], body: bytes) -> bytes:
    """One job done, or why not: {"ok": true, "sizes": […]} or {"ok": false, "code": …}."""
    parts = cut(body, header["sizes"])
    try:
        if header["job"] == "pdf":
            html, *contents = parts
            pictures = dict(zip(header["names"], contents, strict=True))
            made = [pdf.pdf_bytes(html.decode(), pictures, kind=header["kind"])]
        else:
            made = pdf.page_images(parts[0], header["width"], full=header["full"])
    except pdf.Limit as limit:
        return frame({"ok": False, "code": limit.code})
    except (MemoryError, RecursionError):
        return frame({"ok": False, "code": "memory"})
    except (RenderRefused, Exception) as error:  # whatever a page can do to the engine, the process goes on
        return frame({"ok": False, "code": "broken", "detail": type(error).__name__})
    return frame({"ok": True, "sizes": [len(part) for part in made]}, b"".join(made))


def limit_job(kind: pdf.Kind, *, seconds: int) -> None:
    """So many more seconds of processor and of clock; both end the process by their signal.

    Memory is what the process writes to: the shared libraries it maps do not count.
    """
    spent = resource.getrusage(resource.RUSAGE_SELF)
    used = int(spent.ru_utime + spent.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    resource.setrlimit(resource.RLIMIT_DATA, (kind.memory, MEMORY))
    signal.alarm(kind.wall)


def held() -> int:
    """Bytes of memory of its own that the process has now."""
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[5]) * resource.getpagesize()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes to the pipe and nowhere else
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print must not break a frame
    engine_kept = False
    while select.select([source], [], [], IDLE)[0] and (job := read_frame(source)):
        limit_job(pdf.KINDS[job[0]["kind"]], seconds=job[0]["seconds"])
        gc.disable()  # a page is a large web of objects: they are collected once, after it
        sink.write(answer(*job))
        sink.flush()
        signal.alarm(0)
        del job
        gc.enable()
        gc.collect()
        if held() > GROWN:
            os._exit(0)  # at once: whoever asks next must not meet a process that is going away
        if not engine_kept:
            gc.freeze()  # what the first job imported is not looked through again
            engine_kept = True


if __name__ == "__main__":
    main()
