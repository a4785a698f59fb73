"""A question to the index: what is asked for once is not asked for twice, and all of it is asked."""

from __future__ import annotations

import pytest

from cms.search.nodes import NOTHING, all_of, any_of, clauses, for_postgres, for_sqlite, leaf


def test_what_begins_like_another_is_asked_for_once():
    begun = leaf("mot", prefix=True)
    assert any_of([leaf("mote"), leaf("mot"), leaf("motes", prefix=True), begun]) == begun
    asked = any_of([leaf("mote", prefix=True), leaf("mot"), leaf("_pmote")])
    assert for_postgres(asked) == "('mote':* | 'mot' | '_pmote')"


def test_the_same_beginning_twice_is_one():
    assert any_of([leaf("mot", prefix=True)] * 2) == leaf("mot", prefix=True)


def test_a_group_within_a_choice_stays():
    both = all_of([leaf("mote"), leaf("rum")])
    assert for_sqlite(any_of([leaf("mote", prefix=True), both])) == '("mote" * OR ("mote" AND "rum"))'


def test_nothing_to_choose_from_finds_nothing():
    assert any_of([]) == NOTHING


@pytest.mark.parametrize("n", [1, 2, 3])
def test_conditions_that_must_all_hold_are_asked_one_by_one(n):
    parts = [leaf(word) for word in ("mote", "rum", "_u1")][:n]
    assert clauses(all_of(parts)) == tuple(parts)


def test_a_choice_is_one_condition():
    either = any_of([leaf("mote"), leaf("rum")])
    assert clauses(either) == (either,)
    assert clauses(all_of([either, leaf("_u1")])) == (either, leaf("_u1"))
