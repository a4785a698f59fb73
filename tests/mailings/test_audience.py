import datetime
import time
import uuid

import pytest
from django.core.cache import caches
from django.db import connection
from django.utils import timezone

from comms.people.models import Member
from comms.people.scope import Scope
from comms.privacy.models import Suppression
from mailings import audience
from mailings.audience import BadFilter, Filter, Ledger
from mailings.models import Batch, Mailing, Recipient
from tests.factories import make_consent, make_mailing, make_member, make_topic, make_unit

NOW = datetime.datetime(2027, 3, 12, 12, tzinfo=datetime.UTC)


@pytest.fixture
def alice(union) -> Scope:
    return Scope.of(union.alice, on=timezone.localdate())


@pytest.fixture
def topic(db):
    return make_topic()


def names(scope, topic, **narrowed) -> set[str]:
    return {member.first_name for member in audience.members(scope=scope, topic=topic, filter=Filter(**narrowed))}


def place(member: Member, unit, **job) -> None:
    member.placements.create(unit=unit, start=datetime.date(2020, 1, 1), **job)


# --- the filter ---------------------------------------------------------------------------------------------------


def test_an_empty_filter_is_the_whole_mandate():
    assert Filter.from_json({}) == Filter()
    assert Filter().to_json() == {}
    assert Filter().is_whole_mandate


def test_a_filter_survives_storage():
    chosen = Filter(units=(3, 7), employment=(), position="lärare", main_employer_only=True, languages=("sv",))
    stored = chosen.to_json()
    assert stored == {
        "units": [3, 7],
        "employment": [],
        "position": "lärare",
        "main_employer_only": True,
        "languages": ["sv"],
    }
    assert Filter.from_json(stored) == chosen
    assert not chosen.is_whole_mandate


@pytest.mark.parametrize(
    "stored",
    [{"unit": [1]}, {"units": 1}, {"units": ["1"]}, {"units": [True]}, {"position": None}, {"main_employer_only": 1}],
)
def test_a_filter_that_cannot_be_read_is_refused_rather_than_widened(stored):
    with pytest.raises(BadFilter):
        Filter.from_json(stored)


@pytest.mark.parametrize("emptied", ["units", "employment", "languages"])
def test_a_filter_that_names_an_empty_set_means_nobody(union, alice, topic, emptied):
    make_member("Anna", placed=[union.branch_a])
    assert names(alice, topic) == {"Anna"}
    assert names(alice, topic, **{emptied: ()}) == set()


def test_languages_and_units_narrow(union, alice, topic):
    club = make_unit("Klubb 1", kind="club", under=union.branch_a)
    make_member("Anna", placed=[union.branch_a])
    make_member("Bo", placed=[club], language="nb")
    assert names(alice, topic) == {"Anna", "Bo"}
    assert names(alice, topic, languages=("nb", "da")) == {"Bo"}
    assert names(alice, topic, units=(club.pk,)) == {"Bo"}
    assert names(alice, topic, units=(union.branch_a.pk,)) == {"Anna", "Bo"}


def test_naming_a_foreign_unit_reaches_nobody_of_it(union, alice, topic):
    make_member("Anna", placed=[union.branch_a])
    make_member("Bea", placed=[union.branch_b])
    both = make_member("Both", placed=[union.branch_a, union.branch_b])
    assert names(alice, topic, units=(union.branch_b.pk,)) == set()
    assert names(alice, topic, units=(union.root.pk,)) == {"Anna", both.first_name}
    assert names(alice, topic, units=(999_999,)) == set()


def test_a_branch_filters_by_the_jobs_at_its_own_employers(union, alice, topic):
    anna, bo, cia = (make_member(name, placed=[union.branch_a]) for name in ("Anna", "Bo", "Cia"))
    place(anna, union.workplace, employment="permanent", position="Lärare i ÅK 4", main_employer=True)
    place(bo, union.workplace, employment="temporary", position="Rektor")
    foreign = make_unit("Sydbolaget", kind="employer", branch=union.branch_b)
    place(cia, foreign, employment="temporary", position="lärare", main_employer=True)
    assert names(alice, topic, employment=("permanent",)) == {"Anna"}
    assert names(alice, topic, employment=("permanent", "temporary")) == {"Anna", "Bo"}
    assert names(alice, topic, position="LÄRARE") == {"Anna"}
    assert names(alice, topic, position="åk") == {"Anna"}
    assert names(alice, topic, main_employer_only=True) == {"Anna"}
    assert names(alice, topic, units=(union.workplace.pk,), employment=("temporary",)) == {"Bo"}
    assert names(alice, topic, units=(union.branch_a.pk,), employment=("temporary",)) == {"Bo"}


def test_the_job_must_be_at_the_workplace_chosen(union, topic):
    second = make_unit("Dalskolan", kind="workplace", under=union.employer)
    anna = make_member("Anna", placed=[union.branch_a])
    place(anna, union.workplace, employment="permanent")
    place(anna, second, employment="temporary")
    scope = Scope.of(union.alice, on=timezone.localdate())
    assert names(scope, topic, units=(second.pk,), employment=("temporary",)) == {"Anna"}
    assert names(scope, topic, units=(second.pk,), employment=("permanent",)) == set()


def test_a_job_that_has_ended_does_not_count(union, alice, topic):
    anna = make_member("Anna", placed=[union.branch_a])
    anna.placements.create(
        unit=union.workplace, start=datetime.date(2020, 1, 1), end=datetime.date(2020, 2, 1), employment="permanent"
    )
    assert names(alice, topic, employment=("permanent",)) == set()


# --- the ledger ---------------------------------------------------------------------------------------------------


@pytest.fixture
def mixed(union, topic) -> None:
    """Two who can be reached and one for each reason known beforehand."""
    here = {"placed": [union.branch_a]}
    make_member("Anna", **here)
    make_member("Bo", **here, language="nb")
    make_member("None", **here, email="")
    make_member("Bad", **here, email="", email_problem="two @")
    make_member("Restricted", **here, restricted=True)
    for name, reason in (("Bounced", "bounced"), ("Complained", "complained"), ("Refused", "refused")):
        Suppression.objects.suppress(make_member(name, **here).email, reason, now=NOW)
    make_consent(make_member("Unsubscribed", **here), topic, granted=False)
    make_member("Foreign", placed=[union.branch_b])


def test_the_ledger_adds_up_and_each_number_opens_its_list(union, alice, topic, mixed, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = audience.ledger(scope=alice, topic=topic, filter=Filter())
    reasons = ["bad_address", "bounced", "complained", "no_address", "refused_all", "restricted", "unsubscribed"]
    assert found == Ledger(total=9, mail=2, skipped=[(reason, 1) for reason in reasons], readers={"nb": 1, "sv": 1})
    assert found.total == found.mail + sum(n for _, n in found.skipped)

    def behind(reason):
        chosen = audience.members(scope=alice, topic=topic, filter=Filter(), reason=reason)
        return [member.first_name for member in chosen]

    assert behind("") == ["Anna", "Bo"]
    assert behind("unsubscribed") == ["Unsubscribed"]
    assert behind("bad_address") == ["Bad"]
    assert len(behind(None)) == 9


def test_the_most_frequent_reason_comes_first(union, alice, topic):
    for _ in range(2):
        make_member(placed=[union.branch_a], email="")
    make_member(placed=[union.branch_a], restricted=True)
    ledger = audience.ledger(scope=alice, topic=topic, filter=Filter())
    assert ledger.skipped == [("no_address", 2), ("restricted", 1)]


def test_readers_are_counted_by_language(union, alice, topic, mixed):
    make_member("Ola", placed=[union.branch_a], language="nb")
    make_member("Kari", placed=[union.branch_a], language="nb", email="")
    assert audience.ledger(scope=alice, topic=topic, filter=Filter()).readers == {"nb": 2, "sv": 1}


def test_only_a_large_list_is_remembered_and_never_for_the_approval(union, alice, topic, monkeypatch):
    asked = {"scope": alice, "topic": topic, "filter": Filter()}
    make_member(placed=[union.branch_a])
    assert audience.ledger(**asked).mail == 1
    make_member(placed=[union.branch_a])
    assert audience.ledger(**asked).mail == 2

    monkeypatch.setattr(audience, "EXACT", 1)
    assert audience.ledger(**asked).mail == 2
    make_member(placed=[union.branch_a])
    assert audience.ledger(**asked).mail == 2
    assert audience.ledger(**asked, fresh=True).mail == 3
    assert audience.ledger(**asked).mail == 3
    caches["memory"].clear()


def test_a_statutory_notice_overrides_objections_but_not_a_complaint(union, alice, mixed):
    ledger = audience.ledger(scope=alice, topic=make_topic("summons", category="statutory"), filter=Filter())
    assert (ledger.mail, dict(ledger.skipped)) == (
        4,
        {"bad_address": 1, "bounced": 1, "complained": 1, "no_address": 1, "restricted": 1},
    )


def test_an_offer_reaches_only_those_who_said_yes(union, alice):
    offer = make_topic("insurance", category="offer")
    _silent, yes, changed = (make_member(name, placed=[union.branch_a]) for name in ("Silent", "Yes", "Changed"))
    make_consent(yes, offer, granted=True)
    make_consent(changed, offer, granted=True)
    make_consent(changed, offer, granted=False)
    verdicts = audience.members(scope=alice, topic=offer, filter=Filter()).values_list("first_name", "verdict")
    assert dict(verdicts) == {"Silent": "no_consent", "Yes": "", "Changed": "unsubscribed"}


def test_an_ended_mandate_has_an_empty_audience(union, topic, mixed):
    nobody = Scope.of(union.dora, on=timezone.localdate())
    assert audience.ledger(scope=nobody, topic=topic, filter=Filter()) == Ledger(
        total=0, mail=0, skipped=[], readers={}
    )


# --- the snapshot -------------------------------------------------------------------------------------------------


@pytest.fixture
def mailing(union, topic) -> Mailing:
    return make_mailing(union.mandate(union.alice), topic=topic)


def test_the_snapshot_is_the_ledger_row_by_row(union, alice, topic, mixed, mailing):
    ledger = audience.ledger(scope=alice, topic=topic, filter=Filter())
    assert audience.snapshot(mailing=mailing, scope=alice, now=NOW) == ledger.total == mailing.locked_count
    rows = Recipient.unscoped.for_mailing(mailing)
    assert rows.by_state() == {"queued": ledger.mail, "skipped": ledger.total - ledger.mail}
    assert set(rows.values_list("member_id", "reason")) == set(
        audience.select(scope=alice, topic=topic, filter=Filter()).values_list("pk", "verdict")
    )
    mailing.refresh_from_db()
    assert mailing.locked_count == ledger.total


def test_a_row_has_the_address_name_and_language_as_they_were(union, alice, mailing):
    member = make_member("Áile", "O'Hara", placed=[union.branch_a], language="nb", email="åsa@exempel.se")
    audience.snapshot(mailing=mailing, scope=alice, now=NOW)
    row = Recipient.unscoped.get(member=member)
    assert (row.first_name, row.last_name, row.language, row.address) == ("Áile", "O'Hara", "nb", "åsa@exempel.se")
    assert (row.state, row.reason, row.attempt, row.reply) == ("queued", "", 0, "")
    assert (row.final_at, row.committed_at, row.next_at, row.changed_at) == (None, None, None, NOW)
    assert row.channel == "mail"


def test_a_skipped_row_is_final_at_once_and_in_no_batch(union, alice, mailing):
    make_member(placed=[union.branch_a], email="")
    audience.snapshot(mailing=mailing, scope=alice, now=NOW)
    row = Recipient.unscoped.get()
    assert (row.state, row.reason, row.final_at, row.batch_n) == ("skipped", "no_address", NOW, None)
    assert not Batch.objects.exists()


def test_every_row_gets_its_own_opaque_id(union, alice, mailing):
    members = [make_member(placed=[union.branch_a]) for _ in range(3)]
    audience.snapshot(mailing=mailing, scope=alice, now=NOW)
    ids = set(Recipient.unscoped.values_list("public_id", flat=True))
    assert len(ids) == 3
    assert not ids & {member.public_id for member in members}
    if connection.vendor == "postgresql":  # RFC 9562 §5.7: the time first, the rest random
        assert {(one.version, one.variant) for one in ids} == {(7, uuid.RFC_4122)}
        assert all(abs((one.int >> 80) - time.time() * 1000) < 3_600_000 for one in ids)
    assert Recipient.unscoped.get(public_id=ids.pop())


def test_the_batches_hold_the_queued_rows_without_gaps(union, alice, mailing, settings):
    settings.MAILING_BATCH_SIZE = 2
    for email in ("a@example.com", "", "b@example.com", "c@example.com", "", "d@example.com", "e@example.com"):
        make_member(placed=[union.branch_a], email=email)
    audience.snapshot(mailing=mailing, scope=alice, now=NOW)
    batches = Batch.objects.filter(mailing=mailing).order_by("n")
    assert list(batches.values_list("n", "size", "state")) == [(0, 2, "held"), (1, 2, "held"), (2, 1, "held")]
    queued = Recipient.unscoped.filter(state="queued").order_by("member_id")
    assert list(queued.values_list("batch_n", flat=True)) == [0, 0, 1, 1, 2]


def test_taking_the_snapshot_again_adds_and_changes_nothing(union, alice, mailing):
    make_member(placed=[union.branch_a])
    audience.snapshot(mailing=mailing, scope=alice, now=NOW)
    before = list(Recipient.unscoped.values()), list(Batch.objects.values())
    make_member(placed=[union.branch_a])
    assert audience.snapshot(mailing=mailing, scope=alice, now=NOW + datetime.timedelta(hours=1)) == 1
    assert (list(Recipient.unscoped.values()), list(Batch.objects.values())) == before


def test_the_stored_filter_narrows_the_snapshot(union, alice, topic):
    make_member("Anna", placed=[union.branch_a])
    make_member("Bo", placed=[union.branch_a], language="da")
    mailing = make_mailing(union.mandate(union.alice), topic=topic, audience={"languages": ["da"]})
    assert audience.snapshot(mailing=mailing, scope=alice, now=NOW) == 1
    assert Recipient.unscoped.get().first_name == "Bo"


def test_a_snapshot_of_nobody_is_an_empty_list(union, topic, mailing):
    make_member(placed=[union.branch_a])
    nobody = Scope.of(union.dora, on=timezone.localdate())
    assert audience.snapshot(mailing=mailing, scope=nobody, now=NOW) == mailing.locked_count == 0
    assert not Recipient.unscoped.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_a_snapshot_takes_the_same_questions_for_one_and_three(union, alice, mailing, count, django_assert_num_queries):
    for _ in range(count):
        make_member(placed=[union.branch_a])
    with django_assert_num_queries(8):  # savepoint, lock, is there one, insert, count, batches, total, release
        audience.snapshot(mailing=mailing, scope=alice, now=NOW)
