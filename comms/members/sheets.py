"""A table as CSV or as an Excel workbook, line by line, and never a formula (threat S11). Pure.

The workbook is written here and not by a library because those that can write one in bounded memory put the rows,
which are names, into files of their own in the machine's temporary folder. This writer knows no formula, no link and
no number: every cell is text, and its format says text as well.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

Line = Sequence[str]

# What spreadsheets begin a formula with, and what looks like it or is folded into it (full width, small, raised,
# lowered, minus). After what a program may take for the end of a cell as well: which delimiter it expects depends on
# its language, not on the file. Space and what is invisible in front is passed over, as programs do.
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207c\u207a\u207b\u208c\u208a\u208b\u2212"
_UNSEEN = "\\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f"
_DANGER = re.compile(f"(?:\\A|(?<=[,;\t\r\n]))(?=[{_UNSEEN}]*[{_SIGNS}])|\\A(?=[\t\r\n])")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # which Excel reads as a character (ECMA-376, ST_Xstring)


@dataclass(frozen=True, slots=True)
class Table:
    """`lines` is read once; each is as long as `head`. `about` says where the list comes from, in pairs of cells.

    `names` are those of the two sheets, at most 31 characters each; `foot` stands at the foot of each printed page.
    """

    head: Line
    lines: Iterable[Line]
    about: Sequence[Line]
    names: tuple[str, str]
    foot: str = ""


def guarded(value: str) -> str:
    """The value with an apostrophe wherever a spreadsheet could begin to calculate, so that it reads text."""
    return _DANGER.sub("'", value)


# --- CSV ------------------------------------------------------------------------------------------------------------
def write_csv(target: BinaryIO, table: Table) -> None:
    """UTF-8 with a mark in front, and semicolons: so Excel opens it in the Nordic countries. `about` stands first."""
    text = io.TextIOWrapper(target, "utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL)
    for line in (*table.about, [], table.head):
        writer.writerow([guarded(cell) for cell in line])
    for line in table.lines:
        writer.writerow([guarded(cell) for cell in line])
    text.flush()
    text.detach()


# --- Excel ----------------------------------------------------------------------------------------------------------
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TEXT, BOLD = 1, 2  # of _STYLES; 49 is the format that says text
_FONT = '<font>{}<sz val="11"/><name val="Calibri"/></font>'
_STYLES = (
    f'{XML}<styleSheet xmlns="{MAIN}"><fonts count="2">{_FONT.format("")}{_FONT.format("<b/>")}</fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_FROZEN = (
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
    'state="frozen"/></sheetView></sheetViews>'
)


def write_xlsx(target: BinaryIO, table: Table) -> None:
    """The list on the first sheet, where programs look for it, and what it is on the second."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in _frame(table.names).items():
            book.writestr(name, content)
        lines = ((line, TEXT) for line in table.lines)
        _sheet(book, 1, [(table.head, BOLD)], lines, table.foot, widths=[24] * len(table.head), view=_FROZEN)
        _sheet(book, 2, [], ((line, TEXT) for line in table.about), table.foot, widths=[28, 90], view="")


def _frame(names: Sequence[str]) -> dict[str, str]:
    """Everything but the sheets."""
    sheets, links, types = "", "", ""
    for n, name in enumerate(names, 1):
        sheets += f'<sheet name={quoteattr(name[:31])} sheetId="{n}" r:id="rId{n}"/>'
        links += f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        types += f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{KIND}.worksheet+xml"/>'
    links += f'<Relationship Id="rId{len(names) + 1}" Type="{OFFICE}/styles" Target="styles.xml"/>'
    first = f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    return {
        "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/>{types}</Types>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{first}</Relationships>',
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
        "xl/styles.xml": _STYLES,
    }


def _sheet(
    book: zipfile.ZipFile, n: int, first: Iterable[tuple[Line, int]], lines: Iterable[tuple[Line, int]], foot: str,
    *, widths: Sequence[int], view: str,
) -> None:  # fmt: skip
    """`first` and `lines` are (cells, style); nothing is held but the line being written."""
    columns = "".join(
        f'<col min="{i}" max="{i}" width="{width}" customWidth="1"/>' for i, width in enumerate(widths, 1)
    )
    with book.open(f"xl/worksheets/sheet{n}.xml", "w") as part:
        part.write(f'{XML}<worksheet xmlns="{MAIN}">{view}<cols>{columns}</cols><sheetData>'.encode())
        for some in (first, lines):
            for line, style in some:
                part.write(f"<row>{''.join(_cell(value, style) for value in line)}</row>".encode())
        part.write(f"</sheetData>{_footer(foot)}</worksheet>".encode())


def _cell(value: str, style: int) -> str:
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{_said(value)}</t></is></c>'


def _said(value: str) -> str:
    return escape(_ESCAPED.sub("_x005F_", _NO_XML.sub("", value)), {"\r": "&#13;"})


def _footer(foot: str) -> str:
    """At most 255 characters, in which & has a meaning of its own."""
    said = _said(foot[:120].replace("&", "&&"))
    return f"<headerFooter><oddFooter>&amp;C{said}</oddFooter></headerFooter>" if foot else ""
