"""R16 without processes: the nights in which the clocks change. Moments are UTC; only days are local."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest

from comms.people.models import Mandate
from mailings import by_clock, leases, settle
from mailings.models import Mailing
from tests.mailings.post import make_mailing, send_everything, states

pytestmark = pytest.mark.django_db
STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR = datetime.timedelta(hours=1)

# The hour after each of these does not exist, or exists twice.
SPRING = datetime.datetime(2027, 3, 28, 1, 30, tzinfo=STOCKHOLM)
AUTUMN = datetime.datetime(2027, 10, 31, 2, 30, tzinfo=STOCKHOLM)
nights = pytest.mark.parametrize("night", [SPRING, AUTUMN], ids=["spring", "autumn"])


def utc(moment: datetime.datetime) -> datetime.datetime:
    """Arithmetic on local times would count the clock's hands, not the hours."""
    return moment.astimezone(datetime.UTC)


@pytest.fixture
def at(monkeypatch):
    """Set the database's clock."""

    def set_to(now: datetime.datetime) -> datetime.datetime:
        monkeypatch.setattr(leases, "database_now", lambda: now)
        return now

    return set_to


@nights
def test_a_scheduled_mailing_starts_at_its_moment_and_not_an_hour_off(union, night):
    due = utc(night) + HOUR
    mailing = make_mailing(union.mandate(union.alice), to=2, state="hold", due_at=due)
    assert by_clock.start_due(now=due - datetime.timedelta(seconds=1)) == 0
    assert by_clock.start_due(now=due) == 1
    mailing.refresh_from_db()
    assert (mailing.state, mailing.started_at) == ("sending", due)


@nights
def test_a_deferred_mail_waits_one_minute_also_over_the_change(union, sink_for, at, night):
    answers = iter(["450 4.7.1 later"])
    sink = sink_for(fault=lambda phase, to: next(answers, None) if phase == "rcpt" else None)
    changes = utc(night).replace(minute=59, second=30) + (HOUR if night is AUTUMN else datetime.timedelta())
    mailing = make_mailing(union.mandate(union.alice), to=1)
    at(changes)
    send_everything()
    row = mailing.recipients.get()
    assert 60 <= (row.next_at - changes).total_seconds() < 61
    at(row.next_at - datetime.timedelta(seconds=5))
    send_everything()
    assert sink.recipients == []
    at(row.next_at)
    send_everything()
    assert states(mailing) == {"sent": 1}


@nights
def test_two_days_of_trying_are_forty_eight_hours(night):
    first = utc(night) - 20 * HOUR
    for hours, state in ((43.9, "deferred"), (44.1, "failed")):  # the next try would be 4 hours later
        result = settle.Result(1, 9, "deferred", "greylisted", "", first)
        values = settle._values(result, first + hours * HOUR)
        assert values[2] == state


@nights
def test_a_lease_lasts_its_seconds_over_the_change(union, settings, night):
    now = utc(night) + HOUR - datetime.timedelta(minutes=1)
    make_mailing(union.mandate(union.alice), to=1)
    lease = leases.take(owner=leases.Owner("another-machine", "another-boot", 1, "1"), now=now)
    assert lease is not None
    end = now + datetime.timedelta(seconds=settings.MAILING_LEASE_SECONDS)
    assert leases.take_over_abandoned(now=end - datetime.timedelta(seconds=1)) == 0
    assert leases.take_over_abandoned(now=end) == 1


@nights
@pytest.mark.parametrize(("minute", "state"), [(-1, "sending"), (0, "paused")])
def test_a_mandate_ends_with_the_local_day(union, night, minute, state):
    """Its last day is the one of the change, which has 23 or 25 hours."""
    midnight = utc(datetime.datetime.combine(night.date() + datetime.timedelta(days=1), datetime.time(), STOCKHOLM))
    now = midnight + datetime.timedelta(minutes=minute)
    Mandate.objects.filter(user=union.alice).update(end=night.date(), start=night.date() - datetime.timedelta(days=9))
    make_mailing(union.mandate(union.alice), to=1, state="hold", due_at=now)
    by_clock.start_due(now=now)
    assert Mailing.unscoped.get().state == state
