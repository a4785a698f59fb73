"""A limit of a provider becomes waiting, never an error; an invitation that comes after the event helps nobody."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from mailings import dispatch, leases, pace
from mailings.models import Mailing, Pace, Recipient
from tests.mailings.post import make_mailing, reasons, send_everything, states

pytestmark = pytest.mark.django_db

GMAIL = [f"m{n}@gmail.com" for n in range(10)]


def let_it_be_their_turn() -> None:
    """As if the time had passed that the waiting ones must wait."""
    now = leases.database_now()
    Recipient.unscoped.filter(state="deferred").update(next_at=now)
    Mailing.unscoped.get().batches.filter(state="ready").update(ready_at=now)


def test_who_is_above_the_limit_waits_and_the_others_do_not(union, sink_for, settings):
    settings.MAIL_LIMITS = {"google": 24}  # one each 2.5 s: three fit into a tick
    sink = sink_for()
    mailing = make_mailing(union.mandate(union.alice), to=[*GMAIL, "a@example.com", "b@googlemail.com"])
    send_everything()
    assert states(mailing) == {"sent": 4, "deferred": 8}
    assert set(reasons(mailing).values()) == {"sent", "deferred paced"}
    assert "a@example.com" in sink.recipients
    waiting = list(mailing.recipients.filter(state="deferred").order_by("next_at").values_list("next_at", flat=True))
    assert all(at.timestamp() % 5 == 0 for at in waiting)
    assert waiting[-1] - waiting[0] >= datetime.timedelta(seconds=15)
    assert not mailing.recipients.exclude(deferred_at=None).exists()  # waiting its turn is no refusal


def test_a_booked_place_is_kept_and_everybody_gets_one_mail(union, sink_for, settings):
    settings.MAIL_LIMITS = {"google": 24}
    sink = sink_for()
    mailing = make_mailing(union.mandate(union.alice), to=GMAIL)
    send_everything()
    booked = Pace.objects.get().free_at
    let_it_be_their_turn()
    send_everything()
    assert states(mailing) == {"sent": 10}
    assert sorted(sink.recipients) == sorted(GMAIL)
    assert Pace.objects.get().free_at == booked


def test_a_place_nobody_came_for_is_booked_anew(union, sink_for, settings):
    settings.MAIL_LIMITS = {"*": 24}
    sink_for()
    mailing = make_mailing(union.mandate(union.alice), to=GMAIL)
    send_everything()
    let_it_be_their_turn()
    long_ago = leases.database_now() - datetime.timedelta(hours=1)
    Recipient.unscoped.filter(state="deferred").update(next_at=long_ago)
    send_everything()
    assert states(mailing)["deferred"] > 0  # not all at once after an hour's pause


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("a@gmail.com", "google"),
        ("a@GoogleMail.com", "google"),
        ("å@hotmail.se", "microsoft"),
        ("a@example.com", "example.com"),
    ],
)
def test_the_provider_behind_an_address(address, name):
    assert pace.provider_of(address) == name


def test_without_limits_nothing_is_asked(union, sink_for, django_assert_num_queries):
    assert pace.put_off([], now=timezone.now()) == {}
    with django_assert_num_queries(0):
        assert pace.put_off([object()], now=timezone.now()) == {}


# --- before the event begins ------------------------------------------------------------------------------------------
def test_nobody_is_invited_to_what_has_begun(union, sink_for):
    sink = sink_for()
    mailing = make_mailing(union.mandate(union.alice), to=3, begins_at=timezone.now() - datetime.timedelta(minutes=1))
    send_everything()
    assert set(reasons(mailing).values()) == {"skipped too_late"}
    assert sink.mails == []


def test_a_deferred_mail_is_not_tried_again_after_the_beginning(union, sink_for):
    sink_for(fault=lambda at, to: "450 4.7.1 later" if at == "rcpt" else None)
    soon = timezone.now() + datetime.timedelta(seconds=30)
    mailing = make_mailing(union.mandate(union.alice), to=2, begins_at=soon)
    send_everything()
    assert set(reasons(mailing).values()) == {"failed too_late"}
    dispatch.recover(now=leases.database_now())
    mailing.refresh_from_db()
    assert mailing.state == "done"
