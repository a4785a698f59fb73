"""Hints about the hour and the day: said, never a stop."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from mailings import quiet
from mailings.models import Mailing
from tests.factories import make_mandate
from tests.mailings.design import make_draft
from tests.mailings.post import make_mailing


def local(when: str) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.fromisoformat(when))


def kinds(when: str) -> list[str]:
    with translation.override("en"):
        return [word for line in quiet.said(local(when)) for word in ("night", "Sunday") if word in line]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2027-03-12T06:59", ["night"]),
        ("2027-03-12T07:00", []),
        ("2027-03-12T20:59", []),
        ("2027-03-12T21:00", ["night"]),
        ("2027-03-14T12:00", ["Sunday"]),
        ("2027-03-14T23:00", ["night", "Sunday"]),
        ("2027-03-13T12:00", []),  # a Saturday
    ],
)
def test_nights_and_sundays(when, expected):
    assert kinds(when) == expected


def test_the_hour_is_the_local_one(union):
    draft = make_draft(union.mandate(union.alice))
    at = datetime.datetime(2027, 7, 9, 19, 30, tzinfo=datetime.UTC)  # half past nine in a Swedish summer
    assert any("21.30" in line for line in quiet.hints(draft, at=at))


def leaving(mandate, when: str, state: str = "done") -> Mailing:
    mailing = make_mailing(mandate, state=state, due_at=local(when))
    Mailing.unscoped.filter(pk=mailing.pk).update(subject="Hemligt ärende")
    return mailing


@pytest.mark.parametrize("state", ["scheduled", "hold", "sending", "paused", "done"])
def test_another_mailing_to_the_same_members_that_day_is_said(union, state):
    draft = make_draft(union.mandate(union.alice))
    leaving(union.mandate(union.alice), "2027-03-12T09:00", state)
    leaving(union.mandate(union.bob), "2027-03-12T18:00", state)
    with translation.override("en"):
        lines = quiet.hints(draft, at=local("2027-03-12T12:00"))
    assert [line.split(" writes")[0] for line in lines] == ["Avdelning A", "Region Norr"]
    assert "18:00" in lines[1] or "18.00" in lines[1]
    assert not any("Hemligt" in line for line in lines)


@pytest.mark.parametrize("state", ["draft", "awaiting_approval", "cancelled"])
def test_what_does_not_leave_is_not_said(union, state):
    draft = make_draft(union.mandate(union.alice))
    Mailing.unscoped.filter(pk=leaving(union.mandate(union.alice), "2027-03-12T09:00").pk).update(state=state)
    assert quiet.hints(draft, at=local("2027-03-12T12:00")) == []


def test_other_days_branches_and_units_below_are_not_said(union):
    draft = make_draft(union.mandate(union.bob))
    leaving(union.mandate(union.bob), "2027-03-11T23:59")
    leaving(union.mandate(union.bob), "2027-03-13T00:00")
    leaving(union.mandate(union.charlie), "2027-03-12T12:00")
    leaving(union.mandate(union.alice), "2027-03-12T12:00")
    assert quiet.hints(draft, at=local("2027-03-12T12:00")) == []


def test_a_workplace_hears_of_the_branch_its_employer_belongs_to(union):
    draft = make_draft(make_mandate(union.dora, union.workplace))
    leaving(union.mandate(union.alice), "2027-03-12T09:00")
    assert len(quiet.hints(draft, at=local("2027-03-12T12:00"))) == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_it_costs_the_same_for_one_and_three_others(union, rows, django_assert_num_queries):
    draft = make_draft(union.mandate(union.alice))
    for _n in range(rows):
        leaving(union.mandate(union.alice), "2027-03-12T09:00")
    assert draft.unit == union.branch_a
    with django_assert_num_queries(2):
        assert len(quiet.hints(draft, at=local("2027-03-12T12:00"))) == rows


def test_the_check_page_says_it_and_sends_all_the_same(union, sign_in, monkeypatch):
    draft = make_draft(union.mandate(union.alice))
    monkeypatch.setattr(quiet, "NIGHT_BEGINS", datetime.time(0))
    page = sign_in(union.alice).get(reverse("mailings:check", args=[draft.public_id]))
    assert any("natten" in hint for hint in page.context["hints"])
    assert all(hint in page.content.decode() for hint in page.context["hints"])
    assert not any(problem.code == "quiet" for problem in page.context["blocking"])
