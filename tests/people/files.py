"""Membership files as the programs of the Nordic countries write them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

Rows = list[list[str]]

HEADER = ["Medlemsnummer", "Namn", "E-post", "Mobil", "Avdelning"]
MS13 = ["Medlemsnummer", "Navn", "Epost", "Mobil", "Fast/vikar", "Hovedarbeidsgiver", "Stilling", "Arbeidssted"]
MS13 += ["Mellomnivå"]


def is_numeric(cell: str) -> bool:
    return cell.isdigit() and str(int(cell)) == cell


def write_csv(path: Path, rows: Rows, *, encoding: str = "utf-8", delimiter: str = ";", quoting: int = 0) -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, rows: Rows) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([int(cell) if is_numeric(cell) else cell for cell in row])
    book.save(path)
    return path


def write_xls(path: Path, rows: Rows) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Medlemmar")
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            sheet.write(y, x, int(cell) if is_numeric(cell) else cell)
    book.save(str(path))
    return path


def write_ods(path: Path, rows: Rows) -> Path:
    book, table = OpenDocumentSpreadsheet(), Table(name="Medlemmar")
    for row in rows:
        line = TableRow()
        for cell in row:
            typed = {"valuetype": "float", "value": cell} if is_numeric(cell) else {"valuetype": "string"}
            box = TableCell(**typed)
            box.addElement(P(text=cell))
            line.addElement(box)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(str(path))
    return path


SPREADSHEETS = {"xlsx": write_xlsx, "xls": write_xls, "ods": write_ods}
