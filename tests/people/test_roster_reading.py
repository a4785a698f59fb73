import csv

import pytest

from comms.people.roster.columns import match
from comms.people.roster.reading import RosterError, open_table
from tests.people.files import HEADER, SPREADSHEETS, write_csv, write_xlsx

ROWS = [
    HEADER,
    ["1001", "Åsa Öberg", "åsa@exempel.se", "0701740605", "Avdelning A"],
    ["1002", "Bjørn Ærø", "bjorn@example.org", "", "Avdelning Østfold"],
    ["1003", "Håkan Ångström", "", "", "Avdelning Ä"],
]
NORTH = [*ROWS, ["1004", "Máret Ánne Đorvi Šuorbmu", "", "", "Kárášjohka"]]


def read(path):
    table = open_table(path)
    return [table.header, *(cells for _number, cells in table.rows)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_text_in_any_unicode_encoding_and_delimiter(tmp_path, encoding, delimiter):
    assert read(write_csv(tmp_path / "f.csv", NORTH, encoding=encoding, delimiter=delimiter)) == NORTH


@pytest.mark.parametrize("encoding", ["cp1252", "iso-8859-1", "mac_roman", "cp850"])
def test_the_old_nordic_encodings(tmp_path, encoding):
    assert read(write_csv(tmp_path / "f.csv", ROWS, encoding=encoding)) == ROWS


def test_letters_beyond_ascii_may_come_late_in_the_file(tmp_path):
    plain = [[str(n), "Anna Lind", "", "", "A"] for n in range(60_000)]
    rows = [HEADER, *plain, ["99999", "Åsa Öberg", "", "", "Avdelning Ä"]]
    assert read(write_csv(tmp_path / "f.csv", rows, encoding="cp1252"))[-1] == rows[-1]


@pytest.mark.parametrize("kind", SPREADSHEETS)
def test_spreadsheets_whatever_they_are_called(tmp_path, kind):
    table = open_table(SPREADSHEETS[kind](tmp_path / "medlemmar.csv", NORTH))
    assert table.kind == kind
    assert [table.header, *(cells for _n, cells in table.rows)] == NORTH


def test_the_sheet_with_headings_is_found_and_titles_above_them_are_passed_over(tmp_path):
    path = write_xlsx(tmp_path / "f.xlsx", [["Medlemslista 12 mars 2027"], [""], *ROWS])
    assert next(open_table(path).rows) == (4, ROWS[1])
    path = write_csv(tmp_path / "f.csv", [["sep=;"], ["Medlemslista"], *ROWS])
    assert next(open_table(path).rows) == (4, ROWS[1])


def test_quoted_delimiters_and_line_breaks_stay_in_their_cell(tmp_path):
    rows = [HEADER, ["1001", "Lind; Anna", "", "", "A\nB"], ["1002", 'Per "Pelle" Ås', "", "", "A"]]
    assert read(write_csv(tmp_path / "f.csv", rows)) == rows


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_a_stray_quote_costs_one_row_not_its_neighbours(tmp_path, quoting):
    path = write_csv(
        tmp_path / "f.csv", [HEADER, *([str(n), "Anna Lind", "", "", "A"] for n in range(500))], quoting=quoting
    )
    lines = path.read_text().splitlines()
    lines[10] = '9;"Anna;;;A'
    path.write_text("\n".join(lines))
    numbers = [cells[0] for _row, cells in open_table(path).rows]
    assert sorted(map(int, numbers)) == list(range(500))


def test_row_numbers_are_those_of_the_file(tmp_path):
    rows = [HEADER, ["1001", "A B", "", "", "x\ny"], ["1002", "C D", "", "", ""]]
    assert [number for number, _cells in open_table(write_csv(tmp_path / "f.csv", rows)).rows] == [2, 4]


@pytest.mark.parametrize(
    "content",
    [b"", b"\r\n\r\n", b"\xef\xbb\xbf", b"%PDF-1.7 ...", b"<html><table><tr><td>Medlemsnummer",
     b"PK\x03\x04 not a spreadsheet", b"\xd0\xcf\x11\xe0 nor this"],
)  # fmt: skip
def test_a_wrong_file_is_refused_in_plain_words(tmp_path, content):
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    with pytest.raises(RosterError) as refused:
        open_table(path)
    assert str(refused.value)


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("Medlemsnr. | Förnamn | Efternamn | E-postadress | Mobilnr | Arbetsplats | Yrke | Huvudarbetsgivare | Språk",
         "number first_name last_name email mobile workplace position main_employer language"),
        ("MEDLEMSNUMMER | Navn | Epost | Mobil | Fast/vikar | Hovedarbeidsgiver | Stilling | Arbeidssted | Mellomnivå",
         "number name email mobile employment main_employer position workplace mid_level"),
        ("Medlemsnr | Fornavn | Efternavn | E-mail | Mobil | Arbejdsgiver | Arbejdsplads | Ansættelsesform | Afdeling",
         "number first_name last_name email mobile employer workplace employment branch"),
        ("Member number | Name | E-mail address | Phone | Branch code | Employer | Postal code | Town | Country",
         "number name email mobile branch_code employer postcode city country"),
        ("Medlemsnr | Avdelingsnr | Poststed | Gateadresse | Arbeidsgivernummer | Enheter",
         "number branch_code city street employer_code units"),
    ],
)  # fmt: skip
def test_headings_in_four_languages(header, fields):
    found, unused = match([heading.strip() for heading in header.split("|")])
    assert list(found) == fields.split()
    assert unused == []


def test_what_is_not_known_is_named_and_the_first_of_two_counts():
    assert match(["Medlemsnummer", "E-post", "Mailadress", "Skostorlek"]) == (
        {"number": 0, "email": 1},
        ["Mailadress", "Skostorlek"],
    )
