"""The number of members of a large mandate, counted beforehand: the same as counted, and never an old one."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from comms.people import sizes
from comms.people.models import Member, UnitSize
from comms.people.scope import Scope
from tests.factories import make_member


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def counted(union, today, monkeypatch):
    """Two in each branch, one of them twice placed, one gone; counted on the day."""
    monkeypatch.setattr(sizes, "LARGE", 1)
    placed = [union.branch_a], [union.branch_a, union.workplace], [union.branch_b], [union.branch_b]
    members = [make_member(f"M{n}", "M", placed=units) for n, units in enumerate(placed)]
    make_member("Gone", "M", placed=[union.branch_a], left_on=today - datetime.timedelta(days=9))
    sizes.recount(on=today)
    return members


def scopes(union, on):
    yield Scope(on, (1,), (union.root.path,), staff=True)
    for unit in (union.root, union.region, union.branch_a, union.branch_b):
        yield Scope(on, (1,), (unit.path,))


def test_what_is_known_is_what_would_be_counted(union, today, counted):
    for scope in scopes(union, today):
        assert sizes.known(scope) == sizes.everybody(scope) == Member.objects.within(scope).count()


def test_a_small_mandate_and_several_have_no_number(union, today, counted):
    assert sizes.known(Scope(today, (1,), (union.workplace.path,))) is None
    assert sizes.known(Scope(today, (1, 2), (union.branch_a.path, union.branch_b.path))) is None
    assert sizes.known(Scope(today, (), ())) is None


def test_a_number_holds_until_the_next_night_and_no_longer(union, today, counted):
    on = today + datetime.timedelta(days=1)
    assert sizes.known(Scope(on, (1,), (union.branch_a.path,))) == 2
    assert sizes.known(Scope(on + datetime.timedelta(days=1), (1,), (union.branch_a.path,))) is None
    assert sizes.known(Scope(today - datetime.timedelta(days=1), (1,), (union.branch_a.path,))) is None


def test_counted_again_only_what_is_true_now_is_there(union, today, counted, django_assert_num_queries):
    counted[2].placements.all().delete()
    with django_assert_num_queries(14):  # placements, units, two for each of four, the rows exchanged
        assert sizes.recount(on=today) == 4
    assert UnitSize.objects.count() == 4
    assert sizes.known(Scope(today, (1,), (union.branch_b.path,))) is None
