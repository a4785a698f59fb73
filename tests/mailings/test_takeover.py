"""A worker that is no more: what its journal proves, and what stays unknown."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys

import pytest
from django.utils import timezone

from mailings import journal, leases, lifecycle
from mailings.journal import Journal, Owner
from mailings.models import Batch, Recipient
from mailings.transports.base import Outcome
from tests.mailings.post import make_mailing, send_everything, states

pytestmark = pytest.mark.django_db


def dead() -> Owner:
    """A process of this machine that ran and is gone."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    me = Owner.me()
    owner = Owner(me.host, me.boot, child.pid, journal.start_of(child.pid))
    child.communicate(b"\n")
    return owner


def living() -> Owner:
    """Another process of this machine, which runs on."""
    me, parent = Owner.me(), os.getppid()
    return Owner(me.host, me.boot, parent, journal.start_of(parent))


def abandoned(union, owner: Owner, *, members: int = 5, minutes: int = 5):
    """A batch whose owner was handing the first four over when it was last heard of."""
    mailing = make_mailing(union.mandate(union.alice), to=members)
    then = timezone.now() - datetime.timedelta(minutes=minutes)
    leases.take(owner=owner, now=then)
    rows = list(mailing.recipients.order_by("id"))
    Recipient.unscoped.filter(pk__in=[row.pk for row in rows[:4]]).update(state="committing", committed_at=then)
    return mailing, rows


def write(folder, owner, rows) -> None:
    """Of the four: one accepted, one refused, one with a dot and no answer, one without a dot."""
    book = Journal(folder, owner)
    for row in rows[:3]:
        book.dot(row.pk, 1)
    book.answer(rows[0].pk, 1, Outcome("accepted", reply="250 queued as A"))
    book.answer(rows[1].pk, 1, Outcome("refused", "mailbox_unknown", "550 no"))
    book.close()


def found(rows) -> list[str]:
    return [Recipient.unscoped.get(pk=row.pk).state for row in rows]


def test_the_journal_of_a_dead_worker_tells_what_left(union, settings, sink_for):
    sink_for()
    owner = dead()
    mailing, rows = abandoned(union, owner)
    write(settings.JOURNAL_DIR, owner, rows)
    assert leases.take_over_abandoned(now=timezone.now()) == 1
    assert found(rows) == ["sent", "failed", "unknown", "queued", "queued"]
    batch = mailing.batches.get()
    assert (batch.state, batch.owner, batch.sent, batch.bounced, batch.unknown) == ("ready", "", 1, 1, 1)
    send_everything()
    assert states(mailing) == {"sent": 3, "failed": 1, "unknown": 1}


def test_without_a_journal_all_that_was_being_handed_over_is_unknown(union):
    _mailing, rows = abandoned(union, dead())
    leases.take_over_abandoned(now=timezone.now())
    assert found(rows) == ["unknown"] * 4 + ["queued"]


def test_a_journal_from_before_a_power_cut_proves_nothing(union, settings):
    now_dead = dead()
    owner = Owner(now_dead.host, "another-boot", now_dead.pid, now_dead.start)
    _mailing, rows = abandoned(union, owner)
    write(settings.JOURNAL_DIR, owner, rows)
    assert leases.take_over_abandoned(now=timezone.now()) == 1
    assert found(rows) == ["unknown"] * 4 + ["queued"]


def test_a_living_worker_with_an_old_heartbeat_keeps_its_batch(union):
    _mailing, rows = abandoned(union, living())
    assert leases.take_over_abandoned(now=timezone.now()) == 0
    assert found(rows) == ["committing"] * 4 + ["claimed"]


def test_a_batch_whose_lease_was_committed_and_not_heard_of_is_settled_by_its_own_process(union, sink_for):
    """Fault R14: the database fell over between the COMMIT and its answer."""
    sink_for()
    mailing = make_mailing(union.mandate(union.alice), to=3)
    leases.take(owner=Owner.me(), now=timezone.now())
    later = timezone.now() + datetime.timedelta(minutes=2)
    assert leases.take_over_abandoned(now=timezone.now()) == 0
    assert leases.take_over_abandoned(now=later) == 1
    send_everything()
    assert states(mailing) == {"sent": 3}


def test_a_worker_elsewhere_keeps_its_batch_until_the_lease_ends(union, settings):
    owner = Owner("another-machine", "another-boot", 1, "1")
    _mailing, rows = abandoned(union, owner, minutes=14)
    assert leases.take_over_abandoned(now=timezone.now()) == 0
    assert leases.take_over_abandoned(now=timezone.now() + datetime.timedelta(minutes=2)) == 1
    assert found(rows) == ["unknown"] * 4 + ["queued"]


def test_a_sleeping_worker_past_its_lease_is_not_believed_to_have_stopped(union, settings):
    owner = living()
    _mailing, rows = abandoned(union, owner, minutes=16)
    write(settings.JOURNAL_DIR, owner, rows)
    assert leases.take_over_abandoned(now=timezone.now()) == 1
    assert found(rows) == ["unknown"] * 4 + ["queued"]


def test_a_fresh_heartbeat_is_respected_even_of_a_dead_worker(union):
    abandoned(union, dead(), minutes=0)
    assert leases.take_over_abandoned(now=timezone.now()) == 0


def test_the_batch_of_a_cancelled_mailing_is_closed(union, settings):
    owner = dead()
    mailing, rows = abandoned(union, owner)
    write(settings.JOURNAL_DIR, owner, rows)
    lifecycle.cancel(mailing=mailing, by=union.alice, now=timezone.now())
    leases.take_over_abandoned(now=timezone.now())
    assert found(rows) == ["sent", "failed", "unknown", "skipped", "skipped"]
    assert mailing.batches.get().state == "done"


def test_who_lost_the_lease_may_send_nothing_more(union):
    mailing = make_mailing(union.mandate(union.alice), to=2)
    lease = leases.take(owner=Owner.me(), now=timezone.now())
    Batch.objects.update(owner="somebody else 1 1")
    assert leases.heartbeat(lease, now=timezone.now()) is False
    assert leases.may_go_on(lease) is False
    leases.give_back(lease, [], now=timezone.now())
    assert mailing.batches.get().state == "leased"


def test_only_one_worker_gets_a_batch(union):
    make_mailing(union.mandate(union.alice), to=2)
    assert leases.take(owner=Owner.me(), now=timezone.now()) is not None
    assert leases.take(owner=Owner.me(), now=timezone.now()) is None


def test_a_torn_last_line_is_passed_over(tmp_path):
    owner = dead()
    book = Journal(tmp_path, owner)
    book.dot(1, 1)
    book.close()
    with journal.path_of(tmp_path, owner).open("ab") as file:
        file.write(b'[2, 1, "acc')
    assert journal.read(tmp_path, owner) == {(1, 1): None}


def test_an_answer_is_written_before_the_next_dot_of_any_connection(tmp_path):
    owner = dead()
    book = Journal(tmp_path, owner)
    book.dot(1, 1)
    book.answer(1, 1, Outcome("accepted", reply="250 ok"))
    assert journal.read(tmp_path, owner) == {(1, 1): None}  # a kill leaves one mail in doubt
    book.dot(2, 1)
    assert journal.read(tmp_path, owner) == {(1, 1): Outcome("accepted", "", "250 ok"), (2, 1): None}
    book.answer(2, 1, Outcome("deferred", "later", "450 no"))
    book.forget()  # it is in the database
    book.close()
    assert journal.read(tmp_path, owner) == {}


def test_a_journal_broken_by_a_full_disk_proves_nothing(tmp_path):
    owner = dead()
    book = Journal(tmp_path, owner)
    with journal.path_of(tmp_path, owner).open("ab") as file:
        file.write(b"[1,1]\n[2,")  # there was no room for the rest; later there was
    book.dot(3, 1)
    book.close()
    assert journal.read(tmp_path, owner) is None


def test_a_journal_holds_no_address_and_is_emptied(tmp_path):
    owner = Owner.me()
    book = Journal(tmp_path, owner)
    book.answer(7, 2, Outcome("accepted", reply="250 ok"))
    book.flush()
    path = journal.path_of(tmp_path, owner)
    assert json.loads(path.read_text()) == [7, 2, "accepted", "", "250 ok"]
    book.forget()
    assert path.read_text() == ""
    book.close()


def test_old_journals_are_removed_unless_somebody_may_still_need_them(tmp_path):
    """Fault R16, and a worker that has had nothing to do for a week."""
    gone, holding, idle, before = dead(), dead(), Owner.me(), Owner("here", "another-boot", 7, "7")
    paths = {owner: journal.path_of(tmp_path, owner) for owner in (gone, holding, idle, before)}
    for owner in paths:
        Journal(tmp_path, owner).close()
    journal.tidy(tmp_path, needed=[])
    assert all(path.exists() for path in paths.values())
    for path in paths.values():
        os.utime(path, (0, 0))
    journal.tidy(tmp_path, needed=[holding])
    assert {owner for owner, path in paths.items() if path.exists()} == {holding, idle}
