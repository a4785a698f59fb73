"""The recipient's state machine: pure, monotone, complete."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailings import reasons, states
from mailings.models import RecipientState

FROM_OUTSIDE = ["accepted", "delivered", "bounced", "complained"]
HEIGHT = {"committing": 0, "unknown": 0, "sent": 1, "delivered": 2, "bounced": 3, "complained": 4}


def test_the_way_of_a_mail():
    state = "queued"
    for fact in ("claimed", "committing", "accepted", "delivered"):
        state = states.next_state(state, fact)
    assert state == "delivered"


@given(st.lists(st.sampled_from(FROM_OUTSIDE), max_size=12))
def test_late_double_and_reversed_facts_only_move_up(facts):
    state = "committing"
    for fact in facts:
        after = states.next_state(state, fact)
        assert HEIGHT[after] >= HEIGHT[state]
        state = after


@given(st.sets(st.sampled_from(["delivered", "bounced", "complained"])), st.randoms())
def test_the_order_of_facts_does_not_matter(facts, dice):
    ends = set()
    for order in itertools.permutations(facts):
        state = "sent"
        for fact in order:
            state = states.next_state(state, fact)
        ends.add(state)
    assert len(ends) == 1


@pytest.mark.parametrize("fact", states.RECIPIENT)
def test_what_is_skipped_failed_or_complained_stays_so(fact):
    for state in ("skipped", "failed", "complained"):
        assert states.next_state(state, fact) == state


def test_an_unknown_fact_is_loud():
    with pytest.raises(KeyError):
        states.next_state("sent", "vanished")


def test_every_state_can_be_reached_and_final_ones_are_named():
    reached = {left for table in states.RECIPIENT.values() for left in table.values()}
    assert reached == set(RecipientState.values)
    assert reached - states.FINAL == {"queued", "claimed", "committing", "deferred", "unknown"}


def test_a_code_nobody_knows_still_has_words():
    assert str(reasons.explain("never heard of").text)
    assert all(str(reason.text) for reason in [*reasons.REASONS.values(), *reasons.PAUSES.values()])
