"""What may happen to a mailing, who may do it, and that nothing happens twice."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from comms.people.models import Mandate
from comms.people.scope import Scope
from comms.privacy import access
from comms.privacy.models import AccessDay, AccessLog
from mailings import by_clock, composing, dispatch, lifecycle, states
from mailings.lifecycle import NotAllowed, NotNow
from mailings.models import Batch, Mailing, MailingState, Recipient, Rendition
from tests.factories import day
from tests.mailings.post import make_mailing, make_members, make_rendition, send_everything
from tests.mailings.post import states as counts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def frozen_at_once(monkeypatch):
    """The composer's own tests look at rendering; here a rendition is a row."""

    def freeze(mailing, *, languages):
        for language in languages:
            make_rendition(mailing, language=language)

    monkeypatch.setattr(composing, "freeze", freeze)


def confirm(union, mailing, *, by=None, **more):
    by = by or union.alice
    scope = Scope.of(by, on=timezone.localdate())
    lifecycle.confirm(mailing=mailing, by=by, scope=scope, now=timezone.now(), **more)


def draft(union, *, members=3):
    mailing = make_mailing(union.mandate(union.alice), state="draft")
    make_members(union.mandate(union.alice), members)
    return mailing


def test_confirming_freezes_locks_and_waits_a_minute(union):
    mailing = draft(union)
    confirm(union, mailing)
    assert (mailing.state, mailing.confirmed_by, mailing.locked_count) == ("hold", union.alice, 3)
    assert round((mailing.due_at - mailing.confirmed_at).total_seconds()) == 60
    assert mailing.renditions.count() == 1
    assert list(mailing.batches.values_list("state", "size")) == [("held", 3)]
    send_everything()
    assert counts(mailing) == {"queued": 3}


def test_undo_gives_the_draft_back_and_leaves_nothing(union):
    mailing = draft(union)
    confirm(union, mailing)
    lifecycle.undo(mailing=mailing, by=union.alice, now=timezone.now())
    assert (mailing.state, mailing.confirmed_at, mailing.locked_count) == ("draft", None, 0)
    assert not Recipient.unscoped.exists()
    assert not Batch.objects.exists()
    assert not Rendition.objects.exists()
    confirm(union, mailing)
    assert mailing.recipients.count() == 3


def test_undo_is_too_late_when_the_minute_is_over(union):
    mailing = draft(union)
    confirm(union, mailing)
    with pytest.raises(NotNow):
        lifecycle.undo(mailing=mailing, by=union.alice, now=mailing.due_at)


def test_a_second_confirmation_does_nothing(union):
    mailing = draft(union)
    same = Mailing.unscoped.get(pk=mailing.pk)
    confirm(union, mailing)
    with pytest.raises(NotNow):
        confirm(union, same)
    assert Recipient.unscoped.count() == 3


def test_an_older_version_is_not_confirmed(union):
    mailing = draft(union)
    Mailing.unscoped.update(version=2)
    with pytest.raises(NotNow):
        confirm(union, mailing)


def test_nobody_confirms_under_a_mandate_that_is_not_theirs(union):
    mailing = draft(union)
    for stranger in (union.charlie, union.dora, union.bob):
        with pytest.raises(NotAllowed):
            confirm(union, mailing, by=stranger)
    assert Mailing.unscoped.get().state == "draft"


def test_a_mandate_that_ended_or_may_not_send_confirms_nothing(union):
    mailing = draft(union)
    scope = Scope.of(union.alice, on=timezone.localdate())
    Mandate.objects.filter(user=union.alice).update(role="safety")
    with pytest.raises(NotAllowed):
        confirm(union, Mailing.unscoped.get())
    Mandate.objects.filter(user=union.alice).update(role="representative", end=day(-1))
    with pytest.raises(NotAllowed):
        lifecycle.confirm(mailing=Mailing.unscoped.get(), by=union.alice, scope=scope, now=timezone.now())
    mailing.refresh_from_db()
    assert mailing.state == "draft"


def test_a_mailing_of_another_unit_is_not_confirmed(union):
    mailing = draft(union)
    mailing.unit = union.branch_b
    mailing.save()
    with pytest.raises(NotAllowed):
        confirm(union, mailing)


def test_what_is_due_starts_once(union):
    mailing = draft(union)
    confirm(union, mailing)
    assert by_clock.start_due(now=mailing.due_at - datetime.timedelta(seconds=1)) == 0
    assert by_clock.start_due(now=mailing.due_at) == 1
    assert by_clock.start_due(now=mailing.due_at) == 0
    send_everything()
    mailing.refresh_from_db()
    assert (mailing.state, counts(mailing)) == ("done", {"sent": 3})


def written() -> list[tuple[int, int, str, list[int]]]:
    rows = AccessLog.objects.filter(kind="mailing").order_by("pk")
    return list(rows.values_list("user_id", "count", "words", "members"))


def test_who_wrote_to_how_many_is_in_the_access_log_once(union):
    mailing = draft(union)
    confirm(union, mailing)
    assert written() == []  # it may still be undone
    by_clock.start_due(now=mailing.due_at)
    lifecycle.pause(mailing=mailing, by=union.alice, now=mailing.due_at)
    lifecycle.resume(mailing=mailing, by=union.alice, now=mailing.due_at)
    assert written() == [(union.alice.pk, 3, mailing.public_id.hex, [])]
    assert access.first_broken(AccessDay.objects.get()) is None


def test_one_that_stopped_before_it_began_is_noted_when_somebody_lets_it_go_on(union):
    mailing = draft(union, members=40)
    confirm(union, mailing, at=timezone.now() + datetime.timedelta(days=2))
    make_members(union.mandate(union.alice), 3)
    by_clock.start_due(now=mailing.due_at)
    assert written() == []
    mailing.refresh_from_db()
    lifecycle.resume(mailing=mailing, by=union.alice, now=mailing.due_at)
    assert [row[:2] for row in written()] == [(union.alice.pk, 43)]


def test_what_a_mailing_says_in_the_log_is_no_look(union):
    mailing = draft(union)
    confirm(union, mailing)
    by_clock.start_due(now=mailing.due_at)
    whole = {"since": mailing.due_at - datetime.timedelta(days=1), "until": mailing.due_at + datetime.timedelta(days=1)}
    assert access.by(union.alice, **whole).count() == 1
    assert access.seen(access.by(union.alice, **whole)) == {}


def test_a_mandate_that_ends_in_the_undo_time_stops_the_start(union):
    mailing = draft(union)
    confirm(union, mailing)
    Mandate.objects.filter(user=union.alice).update(end=day(-1))
    dispatch.recover(now=mailing.due_at)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.pause_reason) == ("paused", "mandate_ended")
    with pytest.raises(NotAllowed):
        lifecycle.resume(mailing=mailing, by=union.alice, now=timezone.now())


def test_a_scheduled_mailing_is_locked_when_it_is_due(union):
    mailing = draft(union, members=40)
    confirm(union, mailing, at=timezone.now() + datetime.timedelta(days=2))
    assert mailing.state == "scheduled"
    make_members(union.mandate(union.alice), 1)
    assert by_clock.start_due(now=mailing.due_at) == 1
    mailing.refresh_from_db()
    assert (mailing.state, mailing.locked_count, mailing.recipients.count()) == ("sending", 41, 41)


def test_a_scheduled_list_that_moved_by_more_than_5_percent_asks_first(union):
    mailing = draft(union, members=40)
    confirm(union, mailing, at=timezone.now() + datetime.timedelta(days=2))
    make_members(union.mandate(union.alice), 3)
    assert by_clock.start_due(now=mailing.due_at) == 0
    mailing.refresh_from_db()
    assert (mailing.state, mailing.pause_reason) == ("paused", "count_moved")
    send_everything()
    assert counts(mailing) == {"queued": 43}
    lifecycle.resume(mailing=mailing, by=union.alice, now=timezone.now())
    send_everything()
    assert counts(mailing) == {"sent": 43}


def test_cancelled_means_nobody_else_gets_it(union):
    mailing = make_mailing(union.mandate(union.alice), to=4)
    later = timezone.now() + datetime.timedelta(minutes=5)
    mailing.recipients.filter(pk=mailing.recipients.first().pk).update(state="deferred", next_at=later, attempt=1)
    lifecycle.cancel(mailing=mailing, by=union.alice, now=timezone.now())
    send_everything()
    assert counts(mailing) == {"skipped": 4}
    assert set(mailing.recipients.values_list("reason", flat=True)) == {"cancelled"}
    for action in (lifecycle.pause, lifecycle.resume, lifecycle.undo, lifecycle.cancel):
        with pytest.raises(NotNow):
            action(mailing=mailing, by=union.alice, now=timezone.now())


def test_a_paused_mailing_continues_with_exactly_the_rest(union):
    mailing = make_mailing(union.mandate(union.alice), to=60, batch_size=20)
    dispatch.send_for(seconds=0)
    lifecycle.pause(mailing=mailing, by=union.alice, now=timezone.now())
    send_everything()
    assert counts(mailing) == {"sent": 20, "queued": 40}
    lifecycle.resume(mailing=mailing, by=union.alice, now=timezone.now())
    assert list(mailing.batches.order_by("n").values_list("state", "vkey")) == [
        ("done", 0.0), ("ready", 0.0), ("ready", 20.0),
    ]  # fmt: skip
    send_everything()
    assert counts(mailing) == {"sent": 60}
    assert set(mailing.recipients.values_list("attempt", flat=True)) == {1}


def test_a_mailing_joins_the_queue_at_its_front(union):
    """Fair key = smallest key in the queue + recipients before the batch / weight."""
    first = make_mailing(union.mandate(union.alice), to=60, batch_size=20, state="hold")
    by_clock.start_due(now=timezone.now())
    dispatch.send_for(seconds=0)
    second = make_mailing(union.mandate(union.bob), to=60, batch_size=20, state="hold", weight=2.0)
    by_clock.start_due(now=timezone.now())
    assert list(first.batches.order_by("n").values_list("vkey", flat=True)) == [0.0, 20.0, 40.0]
    assert list(second.batches.order_by("n").values_list("vkey", flat=True)) == [20.0, 30.0, 40.0]


def test_a_mailing_to_nobody_is_done_at_once(union):
    mailing = make_mailing(union.mandate(union.alice), to=0)
    by_clock.finish(now=timezone.now())
    mailing.refresh_from_db()
    assert mailing.state == "done"


def test_every_action_moves_along_the_table_and_nowhere_else(union):
    for state in MailingState.values:
        for action in ("undo", "pause", "resume", "cancel"):
            mailing = make_mailing(union.mandate(union.alice), state="draft")
            due = timezone.now() + datetime.timedelta(minutes=1)
            Mailing.unscoped.filter(pk=mailing.pk).update(state=state, due_at=due)
            expected = states.allows(action).get(state, state)
            try:
                getattr(lifecycle, action)(mailing=mailing, by=union.alice, now=timezone.now())
            except NotNow:
                assert expected == state
            mailing.refresh_from_db()
            assert mailing.state == expected
