"""What a file is, judged by its content and never by its name; pure.

A short list of what members and representatives can open and what cannot run: no HTML, no SVG, no macros, no programs
(threat S15).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF")
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENTRIES = 5000  # parts of an office file we are willing to look through
OPEN_XML = "application/vnd.openxmlformats-officedocument."
MAIN_PART = {  # of an Office Open XML file (ECMA-376) -> ending, content type
    "word/document.xml": ("docx", OPEN_XML + "wordprocessingml.document"),
    "xl/workbook.xml": ("xlsx", OPEN_XML + "spreadsheetml.sheet"),
    "ppt/presentation.xml": ("pptx", OPEN_XML + "presentationml.presentation"),
}
OPEN_DOCUMENT = {  # what the first part of an OpenDocument file says (ODF 1.3 part 2, 3.3) -> ending
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}
PLAIN = {"txt": "text/plain", "csv": "text/csv"}
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")  # what no text holds
MACROS = ("vbaproject.bin", "vbadata.xml")
SCRIPTS = ("basic/", "scripts/")


@dataclass(frozen=True, slots=True)
class Kind:
    """`ending` without its dot; `picture` ones are drawn anew before they are kept."""

    ending: str
    content_type: str
    picture: bool = False


class Macros(Exception):
    """An office file with small programs in it."""


class OldOffice(Exception):
    """The format before 2007, which cannot be told apart from one with macros."""


def judge(content: bytes, *, name: str = "") -> Kind | None:
    """The kind of file, None for one that is not on the list. Raises `Macros` and `OldOffice`.

    Plain text has no mark of its own: it is one only where the `name` says so too.
    """
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return Kind("pdf", "application/pdf")
    if content.startswith(PICTURES):
        return Kind("", "", picture=True)
    if content.startswith(OLD_OFFICE):
        raise OldOffice
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    return _plain(content, name.rpartition(".")[2].lower())


def _plain(content: bytes, ending: str) -> Kind | None:
    if ending not in PLAIN or not content or CONTROL.search(content):
        return None
    return Kind(ending, PLAIN[ending])


def _office(content: bytes) -> Kind | None:
    """Reads the list of parts only: nothing is unpacked but the few letters in which OpenDocument says its name."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            first = archive.infolist()[0]
            if len(names) > ENTRIES:
                return None
            said = archive.open(first).read(100).decode("ascii", "replace") if first.filename == "mimetype" else ""
    except (zipfile.BadZipFile, RuntimeError, IndexError, OSError, ValueError):
        return None
    kind = _open_document(said) or _open_xml(names)
    if kind and _runs(names):
        raise Macros
    return kind


def _open_document(said: str) -> Kind | None:
    return Kind(OPEN_DOCUMENT[said], said) if said in OPEN_DOCUMENT else None


def _open_xml(names: Sequence[str]) -> Kind | None:
    found = [main for main in MAIN_PART if main in names]
    return Kind(*MAIN_PART[found[0]]) if found and "[Content_Types].xml" in names else None


def _runs(names: Sequence[str]) -> bool:
    lower = [name.lower() for name in names]
    return any(name.endswith(MACROS) or name.startswith(SCRIPTS) for name in lower)
