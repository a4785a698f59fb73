"""What is said before sending, rule by rule."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest

from mailings.preflight import Facts, Problem, links_in, problems
from templates_lib.slots import Slot

NOW = datetime.datetime.fromisoformat("2027-03-01T12:00")
WHEN = Slot(key="b1.when", type="date_time", label="When", required=True)
UNTIL = Slot(key="b1.until", type="date_time", label="Until")
ANSWER = Slot(key="b1.answer_by", type="date_time", label="Answer by")
TITLE = Slot(key="b2.text", type="short_text", label="Heading", required=True, max_length=60, example="Annual meeting")
BODY = Slot(key="b3.text", type="rich_text", label="Text", max_length=2000)
LINK = Slot(key="b4.link", type="link", label="Button")
GOOD = {"b1.when": "2027-03-12T18:00", "b2.text": "Årsmöte", "b3.text": "<p>Välkommen [[first_name]]!</p>"}


def facts(values: dict[str, Any] | None = None, **changes: Any) -> Facts:
    whole = Facts(
        slots=[WHEN, UNTIL, ANSWER, TITLE, BODY, LINK],
        values={**GOOD, **(values or {})},
        subject="Årsmöte",
        language="sv",
        now=NOW,
        reach=198,
        may_send=True,
    )
    return dataclasses.replace(whole, **changes)


def found(values: dict[str, Any] | None = None, **changes: Any) -> list[tuple[str, str, bool]]:
    return [(p.code, p.key, p.blocking) for p in problems(facts(values, **changes))]


def test_a_finished_invitation_has_nothing_to_put_right():
    assert found() == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"b2.text": ""}, ("required", "b2.text", True)),
        ({"b2.text": "Å" * 61}, ("too_long", "b2.text", True)),
        ({"b2.text": "Årsmöte 漢"}, ("character", "b2.text", True)),
        ({"b2.text": "Annual meeting"}, ("sample", "b2.text", False)),
        ({"b2.text": "Årsmöte [datum]"}, ("brackets", "b2.text", True)),
        ({"b3.text": "<p>Hej [[personnummer]]</p>"}, ("field", "b3.text", True)),
        ({"b1.when": "2027-02-28T18:00"}, ("past", "b1.when", True)),
        ({"b1.until": "2027-03-12T17:00"}, ("until", "b1.until", True)),
        ({"b1.answer_by": "2027-03-12T19:00"}, ("answer_by", "b1.answer_by", True)),
        ({"b1.when": "i morgon"}, ("date", "b1.when", True)),
        ({"b4.link": {"url": "javascript:alert(1)", "text": "Svara"}}, ("link", "b4.link", True)),
        (
            {"b3.text": '<p><a href="https://evil.example">https://union.example</a></p>'},
            ("look_alike", "b3.text", True),
        ),
    ],
)
def test_each_fault_is_named_at_its_field(values, expected):
    assert found(values) == [expected]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"subject": " "}, ("subject", "subject", True)),
        ({"subject": "Kallelse [ort]"}, ("brackets", "subject", True)),
        ({"reach": 0}, ("nobody", "", True)),
        ({"may_send": False}, ("mandate", "", True)),
        ({"own": False}, ("not_own", "", True)),
        ({"size": 100_001}, ("heavy", "", False)),
    ],
)
def test_each_fault_of_the_whole_is_named(changes, expected):
    assert found(**changes) == [expected]


def test_what_stops_the_sending_comes_first():
    assert [p.blocking for p in problems(facts({"b2.text": "Annual meeting", "b1.when": ""}))] == [True, False]


def test_an_answer_by_on_the_day_itself_is_fine_and_so_is_none():
    assert found({"b1.answer_by": "2027-03-12T12:00"}) == []


def test_a_link_that_shows_its_own_address_is_fine():
    assert found({"b3.text": '<p><a href="https://www.union.example/x">union.example</a></p>'}) == []
    assert found({"b3.text": '<p><a href="https://union.example/x">www.union.example/x</a></p>'}) == []


SWITCH = Slot(key="b1.shown", type="shown", label="Include “Facts”")


@pytest.mark.parametrize("fault", [{"b1.when": ""}, {"b1.when": "2020-01-01T10:00"}, {"b1.until": "2027-03-12T17:00"}])
def test_a_part_that_is_left_out_is_not_looked_at(fault):
    asked = [SWITCH, WHEN, UNTIL, ANSWER, TITLE, BODY, LINK]
    assert len(found({**fault, "b1.shown": "yes"}, slots=asked)) == 1
    assert found({**fault, "b1.shown": "no"}, slots=asked) == []


def test_a_left_out_list_may_hold_anything_and_an_included_one_is_read():
    points = Slot(key="b5.entries", type="lines", label="Agenda", max_length=40, example="18.00 Election")
    asked = [TITLE, Slot(key="b5.shown", type="shown", label="Include"), points]
    for text, code in (("18.00 [namn]", "brackets"), ("x" * 41, "too_long"), ("18.00 Election", "sample")):
        assert [p[0] for p in found({"b5.entries": text, "b5.shown": "yes"}, slots=asked)] == [code]
        assert found({"b5.entries": text, "b5.shown": "no"}, slots=asked) == []


def test_the_line_after_the_subject_is_read_too():
    assert found(preheader="Kl. [tid]") == [("brackets", "preheader", True)]


def test_every_problem_says_what_to_do_and_where():
    for problem in problems(facts({"b2.text": "", "b1.when": "2020-01-01T10:00"}, subject="", reach=0, may_send=False)):
        assert isinstance(problem, Problem)
        assert str(problem.message).strip()
        assert problem.step in {"text", "recipients", "check"}


def test_links_are_read_with_their_words():
    html = '<p>Se <a href="https://a.example">A <b>här</b></a> och <a href="https://b.example">B</a></p>'
    assert list(links_in(html)) == [("A här", "https://a.example"), ("B", "https://b.example")]
