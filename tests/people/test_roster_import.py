import datetime
import json
import logging

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from comms.people.addresses import address_key
from comms.people.models import Correction, Member, Placement, RosterImport, Unit
from tests.factories import make_member, make_unit
from tests.people.files import HEADER, MS13, SPREADSHEETS, write_csv


class Office:
    """Staff at a terminal with a file."""

    def __init__(self, folder, settings, capsys):
        self.folder, self.settings, self.capsys = folder, settings, capsys
        self.said = ""

    def file(self, rows, *, header=HEADER, **how):
        return write_csv(self.folder / "medlemmar.csv", [header, *rows], **how)

    def imports(self, rows_or_path, *arguments, header=HEADER, apply=True):
        path = self.file(rows_or_path, header=header) if isinstance(rows_or_path, list) else rows_or_path
        result = self.folder / "result.json"
        asked = ["--apply"] if apply else []
        try:
            call_command("import_members", str(path), "--json", str(result), *asked, *arguments)
        finally:
            self.said = self.capsys.readouterr().out
        return json.loads(result.read_text())


@pytest.fixture
def office(union, tmp_path, settings, capsys):
    return Office(tmp_path, settings, capsys)


def member(number):
    return Member.unscoped.get(number=number)


def placed(number, on=None):
    on = on or timezone.localdate()
    rows = Placement.objects.filter(member__number=number).select_related("unit")
    return {row.unit.name for row in rows if row.is_live(on)}


ANNA = ["1001", "Anna Lind", "anna@example.org", "070-174 06 05", "Avdelning A"]
PER = ["1002", "Ås, Per", "per@example.org", "", "Avdelning B"]
TWENTY = [[str(2000 + n), f"Siv Ek {n}", f"siv{n}@example.org", "", "Avdelning A"] for n in range(20)]


def test_without_apply_nothing_is_changed_and_everything_is_shown(office):
    result = office.imports([ANNA, PER], apply=False)
    assert result["applied"] is False
    assert result["counts"]["added"] == 2
    assert not Member.unscoped.exists()
    assert not RosterImport.objects.exists()
    assert "1001  Anna Lind: + Avdelning A" in office.said


def test_members_are_added_with_everything_the_file_says(office):
    office.imports([ANNA, PER], "--as-of", "2026-03-12T06:10")
    anna = member("1001")
    assert (anna.first_name, anna.last_name, anna.email) == ("Anna", "Lind", "anna@example.org")
    assert (anna.mobile, anna.language) == ("+46701740605", "sv")
    assert anna.email_key == address_key("anna@example.org", key=office.settings.SUPPRESSION_KEY)
    assert placed("1001") == {"Avdelning A"}
    assert placed("1001", on=datetime.date(2026, 3, 11)) == set()
    done = RosterImport.objects.get()
    assert timezone.localtime(done.as_of).isoformat()[:16] == "2026-03-12T06:10"
    assert anna.as_of == done.as_of
    assert (done.counts["added"], done.covers.kind, len(done.sha256)) == (2, "union", 64)


def test_the_same_file_again_changes_nothing(office):
    path = office.file([ANNA, PER, *TWENTY])
    office.imports(path)
    before = list(Member.unscoped.order_by("pk").values()), list(Placement.objects.order_by("pk").values())
    counts = office.imports(path)["counts"]
    assert counts["unchanged"] == counts["in_file"] == 22
    assert before == (list(Member.unscoped.order_by("pk").values()), list(Placement.objects.order_by("pk").values()))


@pytest.mark.parametrize("kind", SPREADSHEETS)
def test_every_kind_of_file_gives_the_same_members(office, kind):
    office.imports([ANNA, PER])
    path = SPREADSHEETS[kind](office.folder / f"f.{kind}", [HEADER, ANNA, PER])
    assert office.imports(path)["counts"]["unchanged"] == 2


def test_changed_details_and_an_emptied_cell(office):
    office.imports([ANNA])
    result = office.imports([["1001", "Anna Ek", "ny@example.org", "", "Avdelning A"]])
    anna = member("1001")
    assert result["counts"]["changed"] == 1
    assert (anna.last_name, anna.email, anna.mobile) == ("Ek", "ny@example.org", "")
    assert anna.email_key == address_key("ny@example.org", key=office.settings.SUPPRESSION_KEY)
    assert "e-mail" in office.said.lower() or "e-post" in office.said.lower()


def test_a_column_the_file_lacks_is_left_as_it_is(office):
    office.imports([ANNA])
    office.imports([["1001", "Anna Lind", "Avdelning A"]], header=["Medlemsnummer", "Namn", "Avdelning"])
    assert (member("1001").email, member("1001").mobile) == ("anna@example.org", "+46701740605")


def test_moving_ends_the_old_placement_the_day_before(office, union):
    office.imports([ANNA], "--as-of", "2026-03-01")
    result = office.imports([[*ANNA[:4], "Avdelning B"]], "--as-of", "2026-04-01")
    assert result["counts"]["moved"] == 1
    old, new = Placement.objects.order_by("start")
    assert (old.unit, old.end) == (union.branch_a, datetime.date(2026, 3, 31))
    assert (new.unit, new.start, new.end) == (union.branch_b, datetime.date(2026, 4, 1), None)


def test_a_placement_that_began_the_same_day_never_held(office, union):
    office.imports([ANNA], "--as-of", "2026-03-01")
    office.imports([[*ANNA[:4], "Avdelning B"]], "--as-of", "2026-03-01T12:00")
    assert [p.unit for p in Placement.objects.all()] == [union.branch_b]


def test_who_is_no_longer_in_the_file_has_left_and_may_come_back(office):
    office.imports([ANNA, *TWENTY], "--as-of", "2026-03-01")
    result = office.imports(TWENTY, "--as-of", "2026-04-01")
    assert result["left"] == [{"number": "1001", "name": "Anna Lind"}]
    assert member("1001").left_on == datetime.date(2026, 4, 1)
    assert placed("1001") == set()
    assert placed("1001", on=datetime.date(2026, 3, 31)) == {"Avdelning A"}
    assert office.imports([ANNA, *TWENTY], "--as-of", "2026-05-01")["counts"]["returned"] == 1
    assert member("1001").left_on is None
    assert placed("1001") == {"Avdelning A"}


def test_five_per_cent_leaving_is_fine_and_more_stops(office):
    office.imports(TWENTY)
    with pytest.raises(CommandError):
        office.imports(TWENTY[2:])
    assert "2 " in office.said
    assert not Member.unscoped.filter(left_on__isnull=False).exists()
    assert office.imports(TWENTY[1:])["counts"]["left"] == 1
    assert office.imports(TWENTY[10:], "--allow-leaving")["counts"]["left"] == 9


def test_a_file_for_one_branch_says_nothing_about_the_others(office, union):
    office.imports([ANNA, PER])
    result = office.imports([ANNA], "--covers", union.branch_a.code)
    assert result["counts"] == result["counts"] | {"covered": 1, "unchanged": 1, "left": 0}
    assert member("1002").left_on is None


def test_leaving_one_unit_is_not_leaving_the_union(office, union):
    make_member(number="1001", placed=[union.branch_a, union.branch_b])
    office.imports([PER], "--covers", union.branch_a.code, "--allow-leaving")
    assert member("1001").left_on is None
    assert placed("1001") == {"Avdelning B"}


def test_without_unit_columns_everybody_belongs_to_the_covered_unit(office, union):
    office.imports([ANNA[:3]], "--covers", union.branch_a.code, header=HEADER[:3])
    assert placed("1001") == {"Avdelning A"}


def test_a_member_in_several_rows_has_several_workplaces(office, union):
    header = ["Medlemsnummer", "Namn", "Avdelning", "Arbetsgivare", "Arbetsplats", "Befattning"]
    rows = [
        ["1001", "Anna Lind", "Avdelning A", "Nordkommun", "Fjällskolan", "Lärare"],
        ["1001", "Anna Lind", "Avdelning A", "Sydbolaget", "Lager", "Chaufför"],
        ["1001", "Anna Lind", "Avdelning A", "Sydbolaget", "Lager", "Chaufför"],
    ]
    result = office.imports(rows, header=header)
    assert placed("1001") == {"Avdelning A", "Fjällskolan", "Lager"}
    assert [unit["name"] for unit in result["new_units"]] == ["Sydbolaget", "Lager"]
    jobs = {p.unit.name: (p.position, p.main_employer) for p in Placement.objects.all()}
    assert jobs == {"Avdelning A": ("", False), "Fjällskolan": ("Lärare", True), "Lager": ("Chaufför", False)}
    assert office.imports(rows, header=header)["counts"]["unchanged"] == 1


def test_the_columns_of_the_norwegian_member_list(office):
    row = [
        "1001",
        "Máret Ánne Đorvi",
        "maret@example.no",
        "406 12 345",
        "Vikar",
        "Nordkommune",
        "Lærer",
        "Fjellskolen",
        "Oppvekst",
    ]
    office.settings.PHONE_REGION = "NO"
    office.imports([row], header=MS13)
    placement = Placement.objects.get(unit__kind="workplace")
    assert [unit.name for unit in placement.unit.get_ancestors()] == ["Nordkommune", "Oppvekst"]
    assert (placement.position, placement.employment, placement.main_employer) == ("Lærer", "temporary", True)
    assert (member("1001").last_name, member("1001").mobile) == ("Đorvi", "+4740612345")


def test_a_refused_address_does_not_stop_the_member(office):
    result = office.imports([["1001", "Anna Lind", "anna@example,org", "", "Avdelning A"], PER])
    anna = member("1001")
    assert (anna.email, anna.email_key) == ("", "")
    assert "," in anna.email_problem
    assert [(p["row"], p["column"], p["suggestion"]) for p in result["problems"]] == [(2, "email", "anna@example.org")]
    office.imports([ANNA, PER])
    assert (member("1001").email, member("1001").email_problem) == ("anna@example.org", "")


def test_an_unknown_branch_refuses_the_row_and_names_the_closest(office, union):
    result = office.imports([[*ANNA[:4], "Avdelning AA"], PER])
    assert [p["suggestion"] for p in result["problems"]] == [f"Avdelning A ({union.branch_a.code})"]
    assert list(Member.unscoped.values_list("number", flat=True)) == ["1002"]


def test_units_may_be_made_from_the_file_when_asked(office):
    rows = [["1001", "Anna Lind", "Region Syd", "77", "Avdelning Y"]]
    header = ["Medlemsnummer", "Namn", "Region", "Avdelningsnummer", "Avdelning"]
    office.imports(rows, "--create-units", header=header)
    unit = Unit.objects.get(code="77")
    assert [u.name for u in unit.get_ancestors()] == ["Förbundet", "Region Syd"]
    assert placed("1001") == {"Avdelning Y"}


def test_the_numbers_of_two_employers_workplaces_may_be_the_same(office):
    header = ["Medlemsnummer", "Namn", "Arbetsgivare", "Arbetsplatsnummer", "Arbetsplats"]
    rows = [["1001", "Anna Lind", "Väst AB", "1", "Lager"], ["1002", "Per Ås", "Öst AB", "1", "Kontor"]]
    office.imports(rows, header=header)
    assert (placed("1001"), placed("1002")) == ({"Lager"}, {"Kontor"})
    assert office.imports(rows, header=header)["counts"]["unchanged"] == 2


def test_a_refused_row_still_shows_that_the_member_has_not_left(office):
    office.imports([ANNA, *TWENTY])
    result = office.imports([["1001", "", "", "", ""], *TWENTY])
    assert (result["counts"]["refused"], result["counts"]["left"]) == (1, 0)
    assert (member("1001").email, placed("1001")) == ("anna@example.org", {"Avdelning A"})


def test_one_number_for_two_people_is_refused_for_the_second(office):
    result = office.imports([ANNA, ["1001", "Olle Berg", "olle@example.org", "", "Avdelning B"]])
    assert [p["row"] for p in result["problems"]] == [3]
    assert (member("1001").last_name, placed("1001")) == ("Lind", {"Avdelning A"})


def test_rows_with_too_many_cells_or_no_number_stop_nobody_else(office):
    result = office.imports([[*ANNA, "", "extra"], ["", "Olle Berg", "", "", "Avdelning A"], PER])
    assert [(p["row"], p["imported"]) for p in result["problems"]] == [(2, False), (3, False)]
    assert list(Member.unscoped.values_list("number", flat=True)) == ["1002"]


def test_swapped_columns_are_noticed_before_anything_is_lost(office):
    office.imports([ANNA, PER])
    swapped = [[n, name, "070-174 06 05", f"x{n}@example.org", unit] for n, name, _e, _m, unit in (ANNA, PER)]
    with pytest.raises(CommandError):
        office.imports(swapped)
    assert office.imports(swapped, apply=False)["stops"][0]["code"] == "swapped"
    assert member("1001").email == "anna@example.org"


def test_columns_in_another_order_are_no_problem(office):
    office.imports([ANNA])
    assert office.imports([ANNA[::-1]], header=HEADER[::-1])["counts"]["unchanged"] == 1


def test_addresses_that_are_mostly_wrong_stop_the_import(office):
    rows = [[str(n), "Siv Ek", "ingen epost", "", "Avdelning A"] for n in range(3000, 3012)]
    assert [stop["code"] for stop in office.imports(rows, apply=False)["stops"]] == ["addresses"]


@pytest.mark.parametrize("rows", [[], [["", "", "", "", ""]]])
def test_a_file_without_rows_is_refused(office, rows):
    with pytest.raises(CommandError):
        office.imports(rows)


def test_another_kind_of_list_is_refused_naming_its_headings(office):
    with pytest.raises(CommandError, match="Artikel"):
        office.imports([["Skruv", "12"]], header=["Artikel", "Pris"])


def test_an_older_file_does_not_undo_a_newer_one(office):
    office.imports([ANNA], "--as-of", "2026-04-01")
    with pytest.raises(CommandError):
        office.imports([[*ANNA[:4], "Avdelning B"]], "--as-of", "2026-03-01")
    assert placed("1001") == {"Avdelning A"}


def test_an_erased_member_is_not_brought_back(office):
    make_member("", "", number="1001", email="", erased_at=timezone.now(), left_on=timezone.localdate())
    counts = office.imports([ANNA, PER])["counts"]
    assert (counts["added"], counts["in_file"]) == (1, 1)
    gone = member("1001")
    assert (gone.first_name, gone.email, gone.placements.count()) == ("", "", 0)


def test_a_correction_made_here_is_kept_and_listed_for_the_registry(office):
    office.imports([ANNA])
    Member.unscoped.filter(number="1001").update(email="ny@example.org")
    Correction.objects.create(member=member("1001"), field="email", value="ny@example.org", at=timezone.now())
    result = office.imports([ANNA])
    assert member("1001").email == "ny@example.org"
    assert result["counts"]["corrected_here"] == 1
    office.imports([[*ANNA[:2], "ny@example.org", *ANNA[3:]]])
    assert not Correction.objects.exists()


def test_a_closed_unit_takes_no_members(office, union):
    Unit.objects.filter(pk=union.branch_a.pk).update(ended_on=datetime.date(2020, 1, 1))
    assert office.imports([ANNA, PER])["counts"]["refused"] == 1


def test_new_units_grow_a_sound_tree_beside_what_is_there(office, union):
    header = ["Medlemsnummer", "Namn", "Arbetsgivare", "Mellannivå", "Arbetsplats"]
    for run in (1, 2):
        rows = [
            [f"{run}{n}", "Anna Lind", employer, middle, f"Skola {run}{n}"]
            for n, employer in enumerate(["Nordkommun", "Väst AB", "Öst AB", "Nordkommun", "Öst AB"])
            for middle in ("", "Barn och unga")
        ]
        office.imports(rows, "--allow-leaving", header=header)
    assert Unit.find_problems() == ([], [], [], [], [])
    assert {unit.name for unit in Unit.get_root_nodes()} == {"Förbundet", "Nordkommun", "Väst AB", "Öst AB"}
    assert Unit.objects.get(pk=union.employer.pk).get_descendant_count() == 1 + 1 + 2 * 2 * 2


def test_two_branches_of_one_name_ask_for_the_number(office, union):
    make_unit("Avdelning A", under=union.root)
    assert office.imports([ANNA, PER])["problems"][0]["column"] == "branch"


def test_nobody_is_named_in_the_logs(office, caplog):
    with caplog.at_level(logging.DEBUG):
        office.imports([ANNA, ["1003", "Siv Ek", "siv@", "12", "Okänd"]])
    assert not any(word in caplog.text for word in ("Anna", "Lind", "anna@", "siv@", "1001"))


def test_where_there_is_no_union_staff_are_told_what_to_do(db, tmp_path):
    with pytest.raises(CommandError):
        call_command("import_members", str(write_csv(tmp_path / "f.csv", [HEADER, ANNA])))
