"""The limited process that reads one file: bytes on standard input, its words on standard output, then it ends.

    python -m cms.extract_child ENDING

Exit status 0: read; 3: locked with a password; 4: cannot be read. Any other way to end means that a limit was hit.
Started by `cms.extracting` only; knows no Django.
"""

from __future__ import annotations

import io
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterable
from xml.etree import ElementTree

MEMORY = 1_000_000_000  # bytes of address space
CPU = 30  # seconds
PAGES = 2_000
PART = 40_000_000  # bytes of one unpacked part of an office file
MOST = 2_000_000  # characters
LOCKED, BROKEN = 3, 4
PARTS = {  # what holds the text of a format -> the elements that are its paragraphs
    "odt": (re.compile(r"content\.xml"), ("h", "p")),
    "odp": (re.compile(r"content\.xml"), ("h", "p")),
    "pptx": (re.compile(r"ppt/(slides|notesSlides)/\w+\.xml"), ("p",)),
}


class Locked(Exception):
    """It wants a password."""


def pdf(content: bytes) -> Iterable[str]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise (Locked if "assword" in str(error) else ValueError) from error
    for number in range(min(len(document), PAGES)):
        yield document[number].get_textpage().get_text_bounded().replace("\ufffe\r\n", "").replace("\ufffe", "")


def docx(content: bytes) -> Iterable[str]:
    import mammoth

    yield mammoth.extract_raw_text(io.BytesIO(content)).value


def sheets(content: bytes) -> Iterable[str]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for name in book.sheet_names:
        yield name
        for row in book.get_sheet_by_name(name).iter_rows():
            yield " ".join(str(cell) for cell in row if cell != "")


def packed(ending: str) -> Callable[[bytes], Iterable[str]]:
    """The paragraphs of a zipped XML format."""
    wanted, paragraphs = PARTS[ending]

    def read(content: bytes) -> Iterable[str]:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.infolist():
                if not wanted.fullmatch(part.filename):
                    continue
                if part.file_size > PART:
                    raise MemoryError
                text = ElementTree.fromstring(archive.read(part))  # noqa: S314  (bombs meet the limits of this process)
                for element in text.iter():
                    if str(element.tag).rpartition("}")[2] in paragraphs:
                        yield "".join(element.itertext())

    return read


def plain(content: bytes) -> Iterable[str]:
    try:
        yield content.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield content.decode("cp1252", "replace")


READERS: dict[str, Callable[[bytes], Iterable[str]]] = {
    "pdf": pdf,
    "docx": docx,
    "xlsx": sheets,
    "ods": sheets,
    "txt": plain,
    "csv": plain,
    **{ending: packed(ending) for ending in PARTS},
}


def limit() -> None:
    """Memory, processor time, and no file is written. PDFium and Rust map much that they never touch: hence so high."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main(ending: str) -> int:
    content = sys.stdin.buffer.read()
    limit()
    told = 0
    try:
        for words in READERS[ending](content):
            told += len(words)
            sys.stdout.buffer.write(words.encode("utf-8", "replace") + b"\n")
            if told > MOST:
                break
        sys.stdout.flush()
    except Locked:
        return LOCKED
    except (MemoryError, RecursionError):
        return 1
    except Exception:  # whatever a file can do to a library: it is the file's fault
        return BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
