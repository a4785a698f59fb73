"""What drawing a PDF costs without a warm process's memory: the other side of `tests.benchmarks.render`."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from templates_lib.pdf_child import cut, frame, read_frame


class Naive:
    """A process like our drawing child, same fonts, same interpreter, asked in the same way: without its memory."""

    def __init__(self) -> None:
        from templates_lib import pdf_worker

        environment = {
            "PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(pdf_worker.FONTS), "MALLOC_ARENA_MAX": "2",
            "FONTCONFIG_FILE": str(pdf_worker.FONTS / "fonts.conf"), "PYTHONPATH": str(pdf_worker.ROOT),
        }  # fmt: skip
        command = [sys.executable, "-m", "tests.benchmarks.naive"]
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=pdf_worker.ROOT
        )

    def make_pdf(self, html: str, pictures: dict[str, bytes]) -> bytes:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        parts = [html.encode(), *pictures.values()]
        header = {"names": list(pictures), "sizes": [len(part) for part in parts]}
        self.child.stdin.write(frame(header, b"".join(parts)))
        self.child.stdin.flush()
        answer = read_frame(self.child.stdout)
        assert answer is not None
        return answer[1]

    def stop(self) -> None:
        assert self.child.stdin is not None
        self.child.stdin.close()
        self.child.wait(10)


def main() -> None:
    """WeasyPrint as its manual begins: a page in, a PDF out."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Fetcher(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            content = table[url.removeprefix("asset:")]
            kind = "image/png" if content[:4] == b"\x89PNG" else "image/jpeg"
            return URLFetcherResponse(url, content, {"Content-Type": kind})

    while job := read_frame(sys.stdin.buffer):
        html, *contents = cut(job[1], job[0]["sizes"])
        table = dict(zip(job[0]["names"], contents, strict=True))
        pdf = HTML(string=html.decode(), url_fetcher=Fetcher()).write_pdf(pdf_variant="pdf/ua-1")
        sys.stdout.buffer.write(frame({}, pdf))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
