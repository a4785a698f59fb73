"""What goes after its time, and what stays: sums, states, the frozen text."""

from __future__ import annotations

import datetime
import io
import json

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from comms.accounts.models import Counted
from comms.privacy import ledger, retention
from comms.privacy.models import HardBounce
from mailings import reports, tasks
from mailings.models import Batch, BounceTask, DeliveryEvent, Mailing, Pulse, Recipient, Rendition, Tally
from mailings.operations import purging
from templates_lib import bell
from tests.mailings.post import make_mailing, send_everything, states

DAY = datetime.timedelta(days=1)


@pytest.fixture
def mandate(union):
    return union.mandate(union.alice)


def sent(mandate, *, ago: int, to: int = 5, **fields) -> Mailing:
    """A mailing that was over so many days ago."""
    mailing = make_mailing(mandate, to=to, **fields)
    send_everything()
    Mailing.unscoped.filter(pk=mailing.pk).update(finished_at=timezone.now() - ago * DAY)
    return mailing


def named(mailing: Mailing) -> int:
    return Recipient.unscoped.for_mailing(mailing).exclude(address="", first_name="", last_name="").count()


def purge() -> dict[str, int]:
    removed, done = purging.purge(now=timezone.now())
    assert done
    return removed


def test_names_and_addresses_go_after_thirty_days_and_the_sums_stay(mandate, settings):
    old, young, waiting = sent(mandate, ago=31), sent(mandate, ago=29), make_mailing(mandate, to=3, state="hold")
    assert (settings.MAIL_DIR / old.public_id.hex).exists()
    before = reports.delivery(old)
    assert purge()["recipients"] == 5
    assert (named(old), named(young), named(waiting)) == (0, 5, 3)
    assert reports.delivery(old) == before
    assert reports.disagreements() == {}
    assert Rendition.objects.filter(mailing=old).exists()
    assert not (settings.MAIL_DIR / old.public_id.hex).exists()
    assert (settings.MAIL_DIR / young.public_id.hex).exists()


def test_also_those_who_were_left_out_from_the_start(mandate):
    old = sent(mandate, ago=31, to=1)
    Recipient.unscoped.create(mailing=old, language="sv", first_name="Åsa", state="skipped", reason="no_address")
    purge()
    assert named(old) == 0
    assert states(old) == {"sent": 1, "skipped": 1}


def test_a_second_purge_finds_nothing(mandate):
    sent(mandate, ago=31)
    purge()
    assert purge() == {}
    assert Pulse.objects.get(pk="purge").figures == {}


def test_it_works_in_small_steps_and_goes_on_where_it_stopped(mandate, monkeypatch):
    old = sent(mandate, ago=31, to=6, batch_size=2)
    clock = iter(range(100))
    monkeypatch.setattr(retention.time, "monotonic", lambda: float(next(clock)))
    removed, done = purging.purge(now=timezone.now(), seconds=0.5)
    assert (removed, done, named(old)) == ({"recipients": 2}, False, 4)
    assert not Pulse.objects.filter(pk="purge").exists()
    monkeypatch.undo()
    assert purge() == {"recipients": 4}


def test_the_nightly_task_rings_again_while_something_is_left(mandate, monkeypatch):
    old = sent(mandate, ago=31, to=6, batch_size=2)
    monkeypatch.setattr(tasks, "PURGE_SECONDS", 1e-9)
    rung = []
    monkeypatch.setattr(bell, "ring", lambda task: rung.append(1))
    tasks.purge()
    assert (rung, named(old)) == ([1], 4)


def test_events_sessions_tallies_and_ledgers(mandate, settings):
    now = timezone.now()
    recipient = Recipient.unscoped.for_mailing(sent(mandate, ago=1, to=1)).get()
    for days in (400, 390):
        DeliveryEvent.objects.create(recipient=recipient, kind="bounced", source="dsn", at=now - days * DAY)
        HardBounce.objects.create(key=f"{days}", day=(now - days * DAY).date())
        mailing = recipient.mailing if days == 400 else sent(mandate, ago=1, to=0)
        BounceTask.objects.create(
            mailing=mailing, count=1, opened_at=now - days * DAY, closed_at=now - days * DAY, closed_by=mandate.user
        )
    Tally.objects.update(minute=now - 3 * DAY)
    Session.objects.create(session_key="old", session_data="", expire_date=now - DAY)
    Session.objects.create(session_key="new", session_data="", expire_date=now + DAY)
    for key in ("gone", "new"):
        UserSession.objects.create(session_key=key, user=mandate.user, ip="192.0.2.7", user_agent="Firefox")
    for key, hours in (("over", -1), ("counts", 1)):
        Counted.objects.create(cache_key=key, value="", expires=now + hours * DAY / 24)
    settings.LEDGER_DIR.mkdir(exist_ok=True)
    for days in (15, 14, 1):
        (settings.LEDGER_DIR / f"{now - days * DAY:%Y-%m-%d}.ledger").write_text("")
    assert retention.due(now=now) == {
        "wishes": 0, "access_log": 0, "pledges": 0, "exports": 0, "recipients": 0, "deliveries": 0, "events": 1,
        "doubts": 1, "tasks": 1, "practice": 0, "lists": 0, "heard": 0, "unfound": 0, "verdicts": 0,
        "tallies": 1, "sessions": 1, "attempts": 1, "sign_ins": 1, "ledgers": 1,
    }  # fmt: skip
    assert purge() == {
        "events": 1, "doubts": 1, "tasks": 1, "tallies": 1, "sessions": 1, "attempts": 1, "sign_ins": 1, "ledgers": 1,
    }  # fmt: skip
    assert Counted.objects.get().cache_key == "counts"
    assert Session.objects.get().session_key == UserSession.objects.get().session_key == "new"
    assert DeliveryEvent.objects.count() == 1
    assert ledger.old_files(before=now - 14 * DAY) == []


def test_a_dry_run_counts_and_changes_nothing(mandate):
    old, out = sent(mandate, ago=31), io.StringIO()
    call_command("purge", "--dry-run", "--json", stdout=out)
    assert json.loads(out.getvalue())["recipients"] == 5
    assert named(old) == 5
    out = io.StringIO()
    call_command("purge", stdout=out)
    assert out.getvalue() == "Removed: 5 recipients.\n"


def test_the_report_stays_right_and_says_where_the_names_went(union, mandate, sign_in):
    old = sent(mandate, ago=31, to=2)
    Recipient.unscoped.filter(pk=Recipient.unscoped.for_mailing(old).first().pk).update(
        state="failed", reason="mailbox_unknown"
    )
    alice = sign_in(union.alice)
    alice.post(reverse("portal:language"), {"language": "en"})
    address = reverse("mailings:sent", args=[old.public_id])
    before = alice.get(address).context["counts"]
    purge()
    page = alice.get(address)
    assert page.context["counts"] == before
    assert page.content.decode().count("Name removed after 30 days") == 2
    assert "The mailbox does not exist" in page.content.decode()


def test_nothing_of_a_mailing_that_still_waits_is_touched(mandate):
    paused = make_mailing(mandate, to=2, state="paused")
    Batch.objects.update(since=timezone.now() - 90 * DAY)
    purge()
    assert named(paused) == 2


# --- the sign that it was done ----------------------------------------------------------------------------------------
def test_staff_see_what_is_kept_how_long_and_what_went(union, mandate, sign_in):
    sent(mandate, ago=31)
    sara = sign_in(union.sara)
    address = reverse("mailings:kept")
    assert {row[0]: row[3] for row in sara.get(address).context["rows"] if row[3]} == {purging.NAMES["recipients"]: 5}
    purge()
    page = sara.get(address)
    assert {row[0]: row[2:] for row in page.context["rows"] if any(row[2:])} == {purging.NAMES["recipients"]: (5, 0)}
    assert not page.context["is_overdue"]
    assert sign_in(union.alice).get(address).status_code == 404


def test_every_rule_of_the_night_has_a_name():
    assert {rule.name for rule, _how in retention.nightly()} == purging.NAMES.keys()


def test_a_purge_that_was_not_done_rings_the_alarm(mandate, caplog):
    now = timezone.now()

    def rung() -> int:
        return sum(record.name == "comms.alarm" for record in caplog.records)

    Pulse.objects.create(pk="purge", at=now - 25 * DAY / 24, good=True, figures={})
    tasks.reconcile()
    assert rung() == 0
    Pulse.objects.filter(pk="purge").update(at=now - 27 * DAY / 24)
    tasks.reconcile()
    assert rung() == 1
