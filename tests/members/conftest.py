from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import caches

from comms.people.models import Member, Unit
from tests.factories import day, make_member, make_unit


@pytest.fixture(autouse=True)
def no_count_remembered():
    caches["memory"].clear()
    yield
    caches["memory"].clear()


@pytest.fixture
def mid_level(union) -> Unit:
    return make_unit("Vård och omsorg", kind="mid_level", under=union.employer)


@pytest.fixture
def home(mid_level) -> Unit:
    """A second workplace, below a mid-level."""
    return make_unit("Hälsans hus", kind="workplace", under=mid_level)


@pytest.fixture
def employed() -> Callable[..., Member]:
    """A member of a branch with one job; `job` are fields of the placement at the workplace."""

    def make(first: str, last: str, *, branch: Unit, at: Unit, job: dict[str, Any] | None = None, **fields) -> Member:
        member = make_member(first, last, placed=[branch], **fields)
        member.placements.create(unit=at, start=day(-100), **(job or {}))
        return member

    return make
