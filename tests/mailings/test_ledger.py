"""What a restored backup must not forget: written down window by window, read back by `after_restore`."""

from __future__ import annotations

import datetime
import io
import json

import pytest
from django.core.management import call_command
from django.utils import timezone

from comms.people.models import Member
from comms.privacy import erasing, ledger
from comms.privacy import restoring as privacy
from comms.privacy.models import Consent, Suppression
from mailings import lifecycle, reports, tasks
from mailings.models import Batch, Halt, Mailing, Pulse, Recipient
from mailings.operations import halting, restoring
from tests.factories import make_consent, make_member, make_topic
from tests.mailings.post import make_mailing, reasons, send_everything, states

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def mandate(union):
    return union.mandate(union.alice)


def entries(settings) -> list[ledger.Entry]:
    return ledger.read([settings.LEDGER_DIR])


def after_restore(settings, **options) -> dict[str, object]:
    return restoring.after_restore([settings.LEDGER_DIR], now=timezone.now(), **options)


def forget(mailing: Mailing, **changes) -> None:
    """The rows as they were when the backup was made."""
    Recipient.unscoped.for_mailing(mailing).update(state="queued", final_at=None, committed_at=None, **changes)
    Batch.objects.filter(mailing=mailing).update(state="ready", sent=0, missed=0)
    Mailing.unscoped.filter(pk=mailing.pk).update(state="sending", finished_at=None)


# --- writing --------------------------------------------------------------------------------------------------------
def test_each_window_is_noted_before_its_dots_and_after_its_answers(mandate, settings):
    settings.MAILING_WINDOW_SIZE = 2
    mailing = make_mailing(mandate, to=3)
    members = [
        row.member.public_id.hex for row in Recipient.unscoped.select_related("member").order_by("id")
    ]  # fmt: skip
    send_everything()
    windows = [entry[1:] for entry in entries(settings)]
    of = ["window", mailing.public_id.hex]
    assert windows == [
        [*of, members[:2], [], []],
        [*of, members[2:], members[:2], []],
        [*of, [], members[2:], []],
    ]


def test_who_provably_got_nothing_is_noted_too_and_a_lost_answer_stays_open(mandate, settings, sink_for):
    said = {"a@example.com": ("rcpt", "550 5.1.1 no"), "b@example.com": ("rcpt", "450 4.7.1 later")}
    said["c@example.com"] = ("dot", "cut")
    sink_for(fault=lambda phase, to: said[to][1] if to in said and phase == said[to][0] else None)
    mailing = make_mailing(mandate, to=["a@example.com", "b@example.com", "d@example.com", "c@example.com"])
    send_everything()
    words = restoring._words(entries(settings))[mailing.public_id]
    by_member = {
        row.member.public_id: row.address for row in Recipient.unscoped.select_related("member")
    }  # fmt: skip
    assert {by_member[member]: word for member, word in words.items()} == {
        "c@example.com": "unknown", "d@example.com": "sent"
    }  # fmt: skip


def test_the_files_hold_ids_only_and_are_for_us_alone(mandate, settings):
    make_mailing(mandate, to=["hemlig@example.com"])
    send_everything()
    (file,) = settings.LEDGER_DIR.glob("*.ledger")
    assert file.stat().st_mode & 0o777 == 0o600
    assert "hemlig" not in file.read_text()


def test_a_full_disk_stops_no_mail(mandate, settings, tmp_path, caplog):
    (tmp_path / "in the way").write_text("")
    settings.LEDGER_DIR = tmp_path / "in the way"
    mailing = make_mailing(mandate, to=2)
    send_everything()
    assert states(mailing) == {"sent": 2}
    assert "the ledger cannot be written" in caplog.text


@pytest.mark.once
def test_a_torn_line_counts_as_not_written_and_machines_are_read_in_the_order_of_time(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    (one / "2027-03-01.ledger").write_text('[5,"erased","a"]\n[9,"erased","c"]\n[10,"era')
    (two / "2027-03-01.ledger").write_text('[7,"erased","b"]\n')
    assert [entry[2] for entry in ledger.read([one, two])] == ["a", "b", "c"]
    since = datetime.datetime.fromtimestamp(6, datetime.UTC)
    assert [entry[2] for entry in ledger.read([one, two], since=since)] == ["b", "c"]


# --- who said no ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_people_said_since_is_said_again_once(settings, tmp_path):
    settings.LEDGER_DIR = tmp_path / "said"
    topic, member, gone = make_topic(), make_member(), make_member("Hemlig", "Person")
    make_consent(member, topic, granted=False)
    Suppression.objects.suppress("a@example.com", "bounced", now=timezone.now())
    Suppression.objects.suppress("b@example.com", "complained", now=timezone.now())
    Suppression.objects.release("a@example.com", "bounced")
    erasing.erase(gone, now=timezone.now())
    said = entries(settings)
    Consent.objects.all()._raw_delete("default")
    Suppression.objects.all().delete()
    Member.unscoped.filter(pk=gone.pk).update(erased_at=None, first_name="Hemlig", email="hemlig@example.com")
    assert dict(privacy.replay(said)) == {"consent": 1, "suppressed": 3, "released": 1, "erased": 1}
    assert not Consent.objects.get().granted
    assert sorted(row.reason for row in Suppression.objects.all()) == ["complained", "refused", "refused"]
    gone.refresh_from_db()
    assert (gone.first_name, gone.email, gone.erased_at is None) == ("", "", False)
    assert sum(privacy.replay(said[:1]).values()) == 0  # the objection is known now


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_newer_answer_in_the_database_wins(settings, tmp_path):
    settings.LEDGER_DIR = tmp_path / "said"
    topic, member = make_topic(), make_member()
    make_consent(member, topic, granted=False)
    said = entries(settings)
    make_consent(member, topic, granted=True)
    privacy.replay(said)
    assert Consent.objects.order_by("-id").first().granted


def test_erasing_takes_the_names_out_of_every_mailing_and_the_sums_stay(mandate):
    mailing = make_mailing(mandate, to=2)
    send_everything()
    member = Member.unscoped.order_by("pk").first()
    erasing.erase(member, now=timezone.now())
    assert [row.first_name for row in mailing.recipients.order_by("pk")] == ["", "Åsa1"]
    assert states(mailing) == {"sent": 2}
    assert not member.placements.exists()


# --- after a restore ------------------------------------------------------------------------------------------------
def test_who_has_got_it_is_not_written_to_again_and_who_may_have_is_unknown(mandate, settings):
    mailing = make_mailing(mandate, to=4, batch_size=2)
    members = list(Member.unscoped.order_by("pk"))
    ids = [member.public_id.hex for member in members]
    ledger.note("window", mailing.public_id.hex, ids[:3], [], [])
    ledger.note("window", mailing.public_id.hex, [], [ids[0]], [ids[2]])
    said = after_restore(settings)
    assert (said["sent"], said["unknown"], said["paused"]) == (1, 1, 1)
    assert states(mailing) == {"sent": 1, "unknown": 1, "queued": 2}
    mailing.refresh_from_db()
    assert (mailing.state, mailing.pause_reason) == ("paused", "restored")
    tasks.sweep()
    send_everything()
    assert states(mailing)["queued"] == 2
    lifecycle.resume(mailing=mailing, by=mandate.user, now=timezone.now())
    send_everything()
    assert states(mailing) == {"sent": 3, "unknown": 1}
    assert reports.disagreements() == {}


def test_a_lease_of_before_is_dissolved_and_what_was_in_hand_is_unknown(mandate, settings):
    mailing = make_mailing(mandate, to=2)
    now = timezone.now()
    Batch.objects.update(state="leased", owner="h b 1 1", lease_until=now + HOUR, heartbeat_at=now)
    first, second = Recipient.unscoped.order_by("id")
    Recipient.unscoped.filter(pk=first.pk).update(state="committing", attempt=1)
    Recipient.unscoped.filter(pk=second.pk).update(state="claimed", attempt=1)
    after_restore(settings)
    assert sorted(reasons(mailing).values()) == ["queued", "unknown no_answer"]
    assert Batch.objects.get().state == "held"
    assert reports.disagreements() == {}


def test_a_draft_that_was_sent_since_is_stopped_and_knows_whom_it_reached(mandate, settings):
    draft = make_mailing(mandate, state="draft")
    members = [make_member(placed=[mandate.unit]) for _n in range(2)]
    ledger.note("window", draft.public_id.hex, [], [member.public_id.hex for member in members], [])
    said = after_restore(settings)
    assert (said["joined"], said["sent_as_drafts"]) == (2, 1)
    draft.refresh_from_db()
    assert (draft.state, draft.locked_count, states(draft)) == ("cancelled", 2, {"sent": 2})
    assert reports.disagreements() == {}


def test_a_scheduled_mailing_that_left_since_is_paused_and_one_to_come_stays(mandate, settings):
    now = timezone.now()
    left, due, to_come = (
        make_mailing(mandate, to=2, state="scheduled", due_at=now + hours * HOUR) for hours in (5, -1, 5)
    )
    somebody = make_member(placed=[mandate.unit])  # joined the branch after the backup, and was on the list then
    listed = left.recipients.select_related("member").order_by("pk")[0].member
    got = [listed.public_id.hex, somebody.public_id.hex]
    ledger.note("window", left.public_id.hex, [], got, [])
    after_restore(settings)
    found = [Mailing.unscoped.get(pk=one.pk) for one in (left, due, to_come)]
    assert [one.state for one in found] == ["paused", "paused", "scheduled"]
    assert states(left) == {"sent": 2, "queued": 1}
    assert found[0].locked_count == 3
    assert reports.disagreements() == {}


@pytest.mark.parametrize("kind", ledger.STOPS)
def test_what_somebody_had_stopped_never_starts_again(kind, mandate, settings):
    mailing = make_mailing(mandate, to=2, state="scheduled", due_at=timezone.now() + HOUR)
    ledger.note(kind, mailing.public_id.hex)
    after_restore(settings)
    mailing.refresh_from_db()
    assert mailing.state == {"cancelled": "cancelled", "undone": "paused"}[kind]


def test_stopping_a_mailing_is_noted(mandate, settings, django_capture_on_commit_callbacks):
    stopped, undone = make_mailing(mandate, to=1), make_mailing(mandate, to=1, state="hold")
    Mailing.unscoped.filter(pk=undone.pk).update(due_at=timezone.now() + HOUR)
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.cancel(mailing=stopped, by=mandate.user, now=timezone.now())
        lifecycle.undo(mailing=undone, by=mandate.user, now=timezone.now())
    said = [entry[1:] for entry in entries(settings)]
    assert said == [["cancelled", stopped.public_id.hex], ["undone", undone.public_id.hex]]


def test_a_second_run_with_another_machines_ledger_still_reads_from_the_backup_on(mandate, settings, tmp_path):
    mailing = make_mailing(mandate, to=2)
    ids = [member.public_id.hex for member in Member.unscoped.order_by("pk")]
    now = timezone.now()
    restoring.seen({}, now=now - 5 * HOUR)  # the backup's last sweep
    here, settings.LEDGER_DIR = settings.LEDGER_DIR, tmp_path / "other"
    settings.LEDGER_DIR.mkdir()
    line = [(now - HOUR).timestamp(), "window", mailing.public_id.hex, [], [ids[1]], []]
    old = [(now - 9 * HOUR).timestamp(), "window", mailing.public_id.hex, [], [ids[0]], []]
    (settings.LEDGER_DIR / "2027-01-01.ledger").write_text(f"{json.dumps(old)}\n{json.dumps(line)}\n")
    settings.LEDGER_DIR = here
    assert after_restore(settings)["entries"] == 0
    said = restoring.after_restore([here, tmp_path / "other"], now=timezone.now())
    assert (said["entries"], said["sent"]) == (1, 1)
    assert states(mailing) == {"sent": 1, "queued": 1}


def test_a_mailing_written_since_is_named(db, settings):
    ledger.note("window", "0" * 31 + "1", [], ["0" * 31 + "2"], [])
    out = io.StringIO()
    call_command("after_restore", stdout=out)
    assert "00000000-0000-0000-0000-000000000001, sent to 1 since, is not in this database" in out.getvalue()


# --- noticing it ----------------------------------------------------------------------------------------------------
def test_an_older_database_stops_everything_by_itself_and_says_so_once(mandate, settings, caplog):
    tasks.sweep()
    mailing = make_mailing(mandate, to=2)
    Pulse.objects.filter(pk="sweep").update(at=timezone.now() - HOUR)  # the backup
    tasks.pump()
    assert states(mailing) == {"queued": 2}
    tasks.sweep()
    tasks.sweep()
    send_everything()
    assert states(mailing) == {"queued": 2}
    assert Halt.objects.open().get().by is None
    assert [record.name for record in caplog.records if record.levelname == "ERROR"] == ["comms.alarm"]
    after_restore(settings)
    assert not Halt.objects.open().exists()
    tasks.sweep()
    mailing.refresh_from_db()
    assert mailing.state == "paused"


def test_another_database_on_the_same_machine_is_not_an_older_one(db):
    tasks.sweep()
    Pulse.objects.all().delete()
    assert restoring.guard(now=timezone.now())
    tasks.sweep()
    assert not restoring.is_older()


def test_a_stop_by_staff_outlives_the_repair(union, settings):
    halting.stop(by=union.sara, now=timezone.now())
    after_restore(settings)
    assert Halt.objects.open().get().by == union.sara
