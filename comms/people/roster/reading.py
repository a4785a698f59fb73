"""A membership file as rows of text, whatever program wrote it.

The kind is told by the content, never by the file name. csv is streamed; spreadsheets are held in memory and
therefore limited (`SPREADSHEET_BYTES`).
"""

from __future__ import annotations

import codecs
import csv
import datetime
import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from comms.people.roster.columns import known_columns

SPREADSHEET_BYTES = 60 * 1024 * 1024  # of the file; about 300,000 rows
UNPACKED_BYTES = 1024 * 1024 * 1024
SAMPLE_BYTES = 64 * 1024
HEADER_WITHIN = 20  # rows: titles and dates may stand above the headings
DELIMITERS = ";,\t|"
NORDIC_ENCODINGS = ["cp1252", "mac_roman", "cp850"]


class RosterError(Exception):
    """The file as a whole cannot be used; the message says what to do."""


@dataclass
class Table:
    """Headings and rows of one file. `rows` gives `(row number as the person sees it, cells)`, once."""

    kind: str  # csv · xlsx · ods · xls
    detail: str  # encoding and delimiter, or the name of the sheet
    sha256: str
    header: list[str]
    rows: Iterator[tuple[int, list[str]]]


@dataclass
class Bytes:
    """What one pass over a file says about it."""

    sha256: str = ""
    start: bytes = b""
    utf8: bool = True
    sample: bytes = b""  # lines with letters beyond ASCII


def open_table(path: Path) -> Table:
    """The rows of a csv, xlsx, ods or xls file. Raises `RosterError`."""
    seen = _look_at(path)
    if not seen.start.strip(b"\xef\xbb\xbf\xff\xfe\x00\r\n\t ;,"):
        raise RosterError(_("The file is empty."))
    if seen.start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _spreadsheet(path, seen)
    if seen.start.lstrip().lower().startswith((b"<", b"%pdf", b"{")):
        raise RosterError(_("This is not a spreadsheet. Open it in one and save it as xlsx or csv."))
    return _csv(path, seen)


def _look_at(path: Path) -> Bytes:
    seen, digest, decoder = Bytes(), hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while block := file.read(1024 * 1024):
            digest.update(block)
            seen.start = seen.start or block[:4096]
            if len(seen.sample) < SAMPLE_BYTES:
                seen.sample += b"\n".join(line for line in block.split(b"\n") if not line.isascii())[:SAMPLE_BYTES]
            try:
                decoder.decode(block) if seen.utf8 else None
            except UnicodeDecodeError:
                seen.utf8 = False
    seen.sha256 = digest.hexdigest()
    return seen


# --- csv ------------------------------------------------------------------------------------------------------------


def _csv(path: Path, seen: Bytes) -> Table:
    encoding = _encoding(seen)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        top = list(islice(file, HEADER_WITHIN))
    delimiter, header_line = _delimiter(top)
    header = split_line(top[header_line], delimiter)

    def rows() -> Iterator[tuple[int, list[str]]]:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            for number, cells in records(file, delimiter, len(header)):
                if number > header_line + 1:
                    yield number, cells

    shown = {"\t": "tab"}.get(delimiter, delimiter)
    return Table("csv", f"{encoding}, {shown}", seen.sha256, header, rows())


def _encoding(seen: Bytes) -> str:
    """The encoding of a text file: by its byte order mark, by being valid UTF-8, else the likeliest Nordic one."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if seen.start.startswith(mark):
            return encoding
    if seen.start.count(0) > len(seen.start) // 4:
        return "utf-16-le" if seen.start[1::2].count(0) > seen.start[::2].count(0) else "utf-16-be"
    if seen.utf8 or _is_damaged_utf8(seen.sample):
        return "utf-8"
    best = from_bytes(seen.sample, cp_isolation=NORDIC_ENCODINGS).best()
    return best.encoding if best and best.encoding in NORDIC_ENCODINGS else "cp1252"


def _is_damaged_utf8(sample: bytes) -> bool:
    """UTF-8 but for a few bytes: the rows with those are refused, the others stay readable."""
    text = sample.decode("utf-8", "replace")
    beyond_ascii = sum(not character.isascii() for character in text)
    return text.count("\ufffd") * 5 < beyond_ascii


def _delimiter(top: list[str]) -> tuple[str, int]:
    """`(delimiter, index of the line with the headings)`: the pair under which most headings are known."""
    pairs = [(d, n) for d in DELIMITERS for n in range(len(top))]
    return max(pairs, key=lambda pair: known_columns(split_line(top[pair[1]], pair[0])))


def split_line(line: str, delimiter: str) -> list[str]:
    """One physical line on its own, for headings and for lines whose quotes do not match."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        cells = []
    if not cells or cells[-1].endswith(("\n", "\r")):
        cells = [cell.strip().strip('"') for cell in line.split(delimiter)]
    return [cell.strip() for cell in cells]


def records(lines: Iterable[str], delimiter: str, width: int) -> Iterator[tuple[int, list[str]]]:
    """`(number of its first line, cells)` per record.

    A stray quote makes the csv module swallow the lines that follow; those are then read one by one, so that one
    bad row never takes its neighbours along.
    """
    taken: list[str] = []

    def remember() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    reader, start = csv.reader(remember(), delimiter=delimiter), 1
    while True:
        taken.clear()
        try:
            cells: list[str] | None = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = None
        swallowed = len(taken) > 1 and any(len(split_line(line, delimiter)) == width for line in taken[1:])
        if cells is None or swallowed:
            for offset, line in enumerate(taken):
                yield start + offset, split_line(line, delimiter)
        else:
            yield start, cells
        start += len(taken)


# --- spreadsheets -----------------------------------------------------------------------------------------------------


def _spreadsheet(path: Path, seen: Bytes) -> Table:
    _check_size(path)
    try:
        book = CalamineWorkbook.from_path(path)
        sheets = [_sheet(book, name) for name in book.sheet_names]
    except (CalamineError, OSError, ValueError) as error:
        raise RosterError(_("The spreadsheet cannot be read. Save it again as xlsx or csv.")) from error
    if not sheets:
        raise RosterError(_("The file is empty."))
    best = max(sheets, key=lambda sheet: sheet.known)
    return Table(_spreadsheet_kind(path, seen), best.name, seen.sha256, best.header, best.rows())


def _check_size(path: Path) -> None:
    size, unpacked = path.stat().st_size, 0
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    if size > SPREADSHEET_BYTES or unpacked > UNPACKED_BYTES:
        raise RosterError(_("The spreadsheet is too large to be held in memory. Save it as csv, which has no limit."))


def _spreadsheet_kind(path: Path, seen: Bytes) -> str:
    if not seen.start.startswith(b"PK"):
        return "xls"
    with zipfile.ZipFile(path) as archive:
        return "xlsx" if "[Content_Types].xml" in archive.namelist() else "ods"


@dataclass
class Sheet:
    name: str
    cells: list[list[Any]]
    known: int = 0
    header: list[str] = field(default_factory=list)
    header_row: int = 0

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        for number, cells in enumerate(self.cells, start=1):
            if number > self.header_row:
                yield number, [cell_text(cell) for cell in cells]


def _sheet(book: CalamineWorkbook, name: str) -> Sheet:
    sheet = Sheet(name, list(book.get_sheet_by_name(name).iter_rows()))
    for number, cells in enumerate(sheet.cells[:HEADER_WITHIN], start=1):
        header = [cell_text(cell).strip() for cell in cells]
        if not sheet.header or known_columns(header) > sheet.known:
            sheet.known, sheet.header, sheet.header_row = known_columns(header), header, number
    return sheet


def cell_text(cell: Any) -> str:
    """What a person sees in the cell: whole numbers without `.0`, dates as ISO 8601."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)
