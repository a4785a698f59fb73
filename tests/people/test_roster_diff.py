import datetime

import pytest

from comms.people.roster.cleaning import Job, RowRefused, clean, split_name
from comms.people.roster.diff import Held, Known, Rules, compare
from comms.people.roster.stage import Entry

ON = datetime.date(2027, 3, 12)
BEFORE = ON - datetime.timedelta(days=100)
HOME, BRANCH_B, WORK = 1, 2, 10  # a file for HOME; BRANCH_B lies outside it


def rules(*, told=(HOME, BRANCH_B, WORK), covered=(HOME, WORK)) -> Rules:
    return Rules(home=HOME, covered=lambda u: u in covered, told=lambda u: u in told, union=lambda u: u < 10)


def entry(*, places=None, partial=False, **fields) -> Entry:
    return Entry("1001", 2, fields, places or {}, partial)


def known(*units: int, start=BEFORE, **fields) -> Known:
    held = [Held(100 + unit, unit, start, Job("", "", False)) for unit in units]
    return Known(7, {"email": "", "email_problem": "", **fields}, held=held)


def difference(entry, known, **more):
    change = compare(entry, known, rules=rules(**more), on=ON)
    return set(change.begin), {held.unit for held in change.end}


def test_a_new_member_is_added_where_the_file_says():
    change = compare(entry(places={WORK: Job()}, email="a@example.org"), None, rules=rules(), on=ON)
    assert change.kinds == ["added"]
    assert change.fields == {"email": ("", "a@example.org")}
    assert set(change.begin) == {WORK}


def test_a_member_no_column_places_belongs_to_the_covered_unit():
    assert difference(entry(), None) == ({HOME}, set())
    assert difference(entry(), known(HOME)) == (set(), set())


def test_moving_ends_the_old_placement_and_begins_a_new_one():
    assert difference(entry(places={WORK: Job()}), known(HOME)) == ({WORK}, {HOME})


def test_silence_means_nothing_outside_the_covered_unit():
    assert difference(entry(places={HOME: Job()}), known(HOME, BRANCH_B)) == (set(), set())


def test_silence_means_nothing_when_no_column_could_speak():
    assert difference(entry(places={HOME: Job()}), known(HOME, WORK), told=(HOME,)) == (set(), set())


def test_silence_means_nothing_when_one_of_the_members_rows_was_refused():
    assert difference(entry(places={HOME: Job()}, partial=True), known(HOME, WORK)) == (set(), set())


def test_a_member_said_to_be_elsewhere_does_not_stay():
    assert difference(entry(places={BRANCH_B: Job()}), known(HOME)) == ({BRANCH_B}, {HOME})


def test_a_placement_that_begins_later_is_left_alone():
    later = known(WORK, start=ON + datetime.timedelta(days=1))
    assert difference(entry(places={HOME: Job()}), later) == ({HOME}, set())


def test_the_first_employer_is_the_main_one_where_no_column_says():
    assert compare(entry(places={WORK: Job("Lärare")}), None, rules=rules(), on=ON).begin == {
        WORK: Job("Lärare", None, True)
    }
    said = compare(entry(places={WORK: Job(main=False)}), None, rules=rules(), on=ON)
    assert said.begin == {WORK: Job(main=False)}


def test_only_what_the_file_has_a_column_for_is_adjusted():
    change = compare(entry(places={WORK: Job("Rektor", None, None)}), known(WORK), rules=rules(), on=ON)
    assert change.adjust == {100 + WORK: Job("Rektor", "", False)}
    assert change.kinds == ["changed"]


def test_a_correction_made_here_wins_until_the_file_agrees():
    ours = known(HOME, email="right@example.org")
    ours.corrections = {"email": "right@example.org"}
    change = compare(
        entry(email="wrong@example.org", email_problem="", places={HOME: Job()}), ours, rules=rules(), on=ON
    )
    assert (change.kinds, change.kept, change.agreed) == ([], {"email": "wrong@example.org"}, [])
    change = compare(entry(email="right@example.org", places={HOME: Job()}), ours, rules=rules(), on=ON)
    assert (change.kinds, change.kept, change.agreed) == ([], {}, ["email"])


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Lind, Anna", ("Anna", "Lind")),
        ("Anna Maria Lind", ("Anna Maria", "Lind")),
        ("Anna von Essen", ("Anna", "von Essen")),
        ("Máret Ánne Đorvi", ("Máret Ánne", "Đorvi")),
        ("Björk", ("", "Björk")),
    ],
)
def test_a_name_in_one_column_is_divided(name, parts):
    assert split_name(name) == parts


def cleaned(**cells):
    return clean(2, {"number": "1001", "name": "Anna Lind", **cells}, region="SE")


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"number": ""}, "number"),
        ({"number": "Anna"}, "number"),
        ({"number": "1@example.org"}, "number"),
        ({"number": "1" * 41}, "number"),
        ({"name": ""}, "name"),
        ({"name": "anna@example.org"}, "name"),
        ({"city": "G\ufffdvle"}, ""),
    ],
)
def test_a_row_whose_owner_is_unclear_is_refused(cells, column):
    with pytest.raises(RowRefused) as refused:
        cleaned(**cells)
    assert refused.value.column == column


def test_what_one_cell_lacks_is_told_and_the_rest_is_kept():
    row = cleaned(email="anna@example,org", mobile="12", language="klingon", employment="kanske", city="x" * 90)
    assert [(p.column, p.imported) for p in row.problems] == [
        ("email", True), ("mobile", True), ("language", True), ("employment", True), ("city", True),
    ]  # fmt: skip
    assert row.problems[0].suggestion == "anna@example.org"
    assert row.fields["email"] == row.fields["mobile"] == ""
    assert row.fields["email_problem"] == row.problems[0].reason
    assert len(row.fields["city"]) == 80


@pytest.mark.parametrize(
    ("word", "employment"),
    [
        *((word, "permanent") for word in ("Fast", "Fast ansatt", "Tillsvidareanställning")),
        *((word, "temporary") for word in ("VIKAR", "vikariat", "Midlertidig")),
        ("", ""),
    ],
)
def test_permanent_and_temporary_in_the_words_of_each_country(word, employment):
    assert cleaned(employment=word).job.employment == employment


@pytest.mark.parametrize(
    ("cells", "main"),
    [({}, None), ({"main_employer": "Ja"}, True), ({"main_employer": "nei"}, False), ({"main_employer": ""}, False),
     ({"main_employer": "Nordkommun"}, True), ({"main_employer": "Nordkommun", "employer": "Sydbolaget"}, False),
     ({"main_employer": "Nordkommun", "employer": "nordkommun"}, True)],
)  # fmt: skip
def test_the_main_employer_is_a_yes_or_a_name(cells, main):
    assert cleaned(**cells).job.main is main
