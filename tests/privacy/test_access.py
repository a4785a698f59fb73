"""The access log: who, whom, when and why; added to, never changed."""

from __future__ import annotations

import datetime
import json

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from comms.people.models import User
from comms.privacy import access
from comms.privacy.models import AccessDay, AccessLog, AppendOnly

NOON = datetime.datetime(2026, 3, 12, 11, 0, tzinfo=datetime.UTC)


@pytest.fixture
def note(union):
    mandate = union.mandate(union.alice)

    def write(*members: int, at: datetime.datetime = NOON, **fields: str) -> AccessLog:
        return access.note(user=union.alice, mandate=mandate, members=members, now=at, **{"kind": "list", **fields})

    return write


def tamper(statement: str) -> None:
    """Past the model, and past the trigger, as somebody with the database's own password could."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come is not altered
            for table in ("privacy_accesslog", "privacy_accessday"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)


def test_a_row_says_who_whom_when_and_why(union, note):
    note(7, 9, kind="contact", reason="case")
    row = AccessLog.objects.get()
    assert (row.user, row.mandate) == (union.alice, union.mandate(union.alice))
    assert (row.kind, row.reason, row.count, row.members, row.at) == ("contact", "case", 2, [7, 9], NOON)


def test_each_day_has_a_chain_of_its_own_in_local_time(note):
    note(1)
    note(2)
    late = datetime.datetime(2026, 3, 12, 23, 30, tzinfo=datetime.UTC)  # half past midnight in Stockholm
    note(3, at=late)
    places = list(AccessLog.objects.order_by("id").values_list("day_id", "n"))
    assert [(str(day), n) for day, n in places] == [("2026-03-12", 1), ("2026-03-12", 2), ("2026-03-13", 1)]
    assert [access.first_broken(day) for day in AccessDay.objects.all()] == [None, None]


@pytest.mark.parametrize("members", [1, 1000])
def test_one_insert_however_many_members(note, django_assert_num_queries, members):
    note(1)
    with django_assert_num_queries(6):  # pledge, savepoint, lock, insert, seal, release
        note(*range(members))


@pytest.mark.parametrize(
    "attempt",
    [
        lambda row: row.save(),
        lambda row: row.delete(),
        lambda row: AccessLog.objects.update(count=0),
        lambda row: AccessLog.objects.filter(pk=row.pk).delete(),
        lambda row: AccessLog.objects.bulk_create([AccessLog()]),
        lambda row: AccessLog.objects.bulk_update([row], ["count"]),
        lambda row: row.day.delete(),
        lambda row: AccessDay.objects.filter(pk=row.day_id).delete(),
    ],
)
def test_the_model_refuses_change_and_removal(note, attempt):
    row = note(1)
    with pytest.raises(AppendOnly), transaction.atomic():
        attempt(row)
    assert AccessLog.objects.get().seal == row.seal


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE privacy_accesslog SET members = '[1]', count = 1 WHERE n = 2", 2),
        ("UPDATE privacy_accesslog SET user_id = user_id + 1 WHERE n = 3", 3),
        ("DELETE FROM privacy_accesslog WHERE n = 2", 2),
        ("DELETE FROM privacy_accesslog WHERE n = 3", 3),
        ("UPDATE privacy_accessday SET rows = 2", 4),
    ],
)
def test_what_was_changed_behind_its_back_breaks_the_chain_there(note, statement, place):
    for member in (4, 5, 6):
        note(member)
    day = AccessDay.objects.get()
    assert access.first_broken(day) is None
    tamper(statement)
    day.refresh_from_db()
    assert access.first_broken(day) == place


def test_a_row_slipped_in_needs_the_key(note, settings):
    note(1)
    settings.SUPPRESSION_KEY = "guessed"
    note(2)
    settings.SUPPRESSION_KEY = "another"
    assert access.first_broken(AccessDay.objects.get()) == 1


@pytest.mark.postgres
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="the trigger is PostgreSQL's")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE privacy_accesslog SET count = 0",
        "DELETE FROM privacy_accesslog",
        "TRUNCATE privacy_accesslog",
        "TRUNCATE privacy_accessday CASCADE",
        "UPDATE privacy_accessday SET rows = 0, seal = ''",
        "UPDATE privacy_accessday SET seal = ''",
        "DELETE FROM privacy_accessday",
    ],
)
def test_the_database_refuses_too(note, statement):
    note(1, at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("privacy_accesslog", "privacy_accessday"):  # let be emptied between tests
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER privacy_access_not_emptied")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AccessLog.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="the trigger is PostgreSQL's")
def test_days_past_two_years_may_go_and_their_seal_stays(note):
    old = note(1, at=timezone.now() - datetime.timedelta(days=800))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM privacy_accesslog")
    assert AccessDay.objects.get(pk=old.day_id).seal == old.seal


@pytest.mark.postgres
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="the trigger is PostgreSQL's")
def test_an_old_day_goes_whole_or_not_at_all(note):
    for member in (1, 2):
        note(member, at=timezone.now() - datetime.timedelta(days=800))
    with pytest.raises(DatabaseError, match="a day goes whole"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM privacy_accesslog WHERE n = 2")
    assert AccessLog.objects.count() == 2


def test_the_log_stands_when_an_account_goes(union, note):
    row = note(1)
    User.objects.filter(pk=union.alice.pk).delete()
    assert AccessLog.objects.get().user_id == row.user_id
    assert access.first_broken(AccessDay.objects.get()) is None


def test_two_rows_never_share_a_place(note):
    row = note(1)
    twin = AccessLog(
        day=row.day, n=row.n, at=NOON, user=row.user, mandate=row.mandate, kind="list", count=0, seal="x"
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_no_name_is_in_it(note):
    """Nothing is typed but the words that say why somebody takes out a list."""
    note(1)
    assert set(AccessLog.objects.values().get()) == {
        "id", "day_id", "n", "at", "user_id", "mandate_id", "kind", "reason", "words", "count", "members", "seal",
    }  # fmt: skip
    assert AccessLog.objects.get().words == ""
    assert json.dumps(AccessLog.objects.get().members) == "[1]"
