"""The policy file: complete, true, and carried out."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from django.conf import settings
from django.core import checks
from django.db import connection, models
from django.utils import timezone

from comms.accounts import codes
from comms.privacy import access, policy, record, retention
from comms.privacy import checks as ours
from comms.privacy.models import AccessDay, AccessLog
from mailings.models import Mailing, Recipient
from tests.mailings.post import make_mailing, send_everything, states

DAY = datetime.timedelta(days=1)


@pytest.fixture
def changed(monkeypatch):
    """The policy with one rule changed, as `check` sees it."""

    def become(name: str, **fields) -> list[str]:
        whole = policy.policy()
        rules = tuple(dataclasses.replace(one, **fields) if one.name == name else one for one in whole.rules)
        for module in (ours, retention):
            monkeypatch.setattr(module, "policy", lambda: dataclasses.replace(whole, rules=rules))
        return [error.msg for error in ours.every_column_has_a_rule() + ours.every_rule_is_true()]

    return become


def test_the_policy_is_whole_and_true():
    assert list(checks.run_checks(tags=["privacy"])) == []


def test_a_column_without_a_rule_fails_the_check(changed):
    assert changed("events", data=()) == [
        f"Nothing in retention.toml says how long mailings.DeliveryEvent.{name} is kept."
        for name in ("kind", "source", "provider_id", "reply")
    ]


def test_a_new_column_about_people_fails_the_check(monkeypatch):
    """Free text, bytes and whoever points to a person count; numbers, dates and choices do not."""
    found = set(ours.columns())
    assert {"people.Member.last_name", "privacy.Consent.member", "mailings.Enclosure.content"} <= found
    assert not {"people.Member.left_on", "people.Member.language", "mailings.Batch.size"} & found
    field = models.CharField(max_length=10)
    field.set_attributes_from_name("diet")
    monkeypatch.setattr(ours, "columns", lambda: [f"people.Unheard.{field.name}"])
    assert [error.id for error in ours.every_column_has_a_rule()] == ["privacy.E001"]


@pytest.mark.parametrize(
    ("name", "fields", "says"),
    [
        ("events", {"data": ("mailings.DeliveryEvent", "mailings.Nothing")}, "mailings.Nothing does not exist"),
        ("doubts", {"data": ("privacy.HardBounce.key", "privacy.Suppression.key")}, "is named 2 times"),
        ("letters", {"by": "mailings.letters.forget_them"}, "there is no mailings.letters.forget_them"),
        ("letters", {"by": ""}, "letters: nobody carries it out"),
        ("events", {"then": "stays"}, "events is carried out and has no rule"),
        ("events", {"why": ""}, "why says something"),
    ],
)
def test_a_rule_that_is_not_true_fails_the_check(changed, name, fields, says):
    assert [message for message in changed(name, **fields) if says in message]


def test_a_period_is_days_months_or_minutes():
    now = datetime.datetime(2026, 3, 31, tzinfo=datetime.UTC)
    assert policy.rule("recipients").before(now) == now - 30 * DAY
    assert policy.rule("events").before(now) == datetime.datetime(2025, 2, 28, tzinfo=datetime.UTC)
    assert policy.kept("codes") == codes.GOOD_FOR  # whose app does not know the policy
    with pytest.raises(ValueError, match="no period"):
        policy.rule("members").before(now)


@pytest.mark.parametrize(
    ("name", "longest"),
    [("recipients", "30 days"), ("deliveries", "13 months"), ("access_log", "24 months"), ("codes", "1 day"),
     ("mailbox", "14 days"), ("facts", "14 days"), ("letters", "30 days")],
)  # fmt: skip
def test_no_period_is_longer_than_was_promised(name, longest):
    now, found = timezone.now(), policy.rule(name)
    promised = dataclasses.replace(found, keep=longest)
    assert found.before(now) >= promised.before(now)
    assert found.then in policy.DONE


def test_the_record_of_processing_is_what_the_policy_says():
    assert (settings.BASE_DIR / "docs" / "privacy.md").read_text("utf-8") == record.page(policy.policy()), (
        "run manage.py privacy_record"
    )


# --- what is carried out here and not told in tests/mailings/test_purge.py -------------------------------------------
def test_after_13_months_nobody_is_named_by_a_delivery_and_the_sums_stay(union):
    now = timezone.now()
    old, young = (make_mailing(union.mandate(union.alice), to=3) for _ in range(2))
    send_everything()
    before = states(old)
    Mailing.unscoped.filter(pk=old.pk).update(finished_at=now - 400 * DAY)
    assert retention.due(now=now)["deliveries"] == 3
    assert retention.purge(now=now)[0] == {"recipients": 3, "deliveries": 3}
    assert not Recipient.unscoped.for_mailing(old).exclude(member=None, reply="").exists()
    assert Recipient.unscoped.for_mailing(young).exclude(member=None).count() == 3
    assert states(old) == before
    assert retention.purge(now=now) == ({}, True)


def test_days_of_the_access_log_past_24_months_go_whole_and_their_seals_stay(union, django_assert_num_queries):
    now = timezone.now()
    mandate = union.mandate(union.alice)
    for at in (now - 800 * DAY, now - 800 * DAY, now - 700 * DAY, now):
        access.note(user=union.alice, mandate=mandate, kind="list", members=[1], now=at)
    seals = dict(AccessDay.objects.values_list("day", "seal"))
    assert retention.due(now=now)["access_log"] == 2
    assert retention.purge(now=now)[0] == {"access_log": 2}
    assert AccessLog.objects.count() == 2
    assert dict(AccessDay.objects.values_list("day", "seal")) == seals
    assert [access.first_broken(day) for day in AccessDay.objects.order_by("day")[1:]] == [None, None]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the trigger is PostgreSQL's")
def test_younger_days_cannot_be_deleted_in_sql_either(union):
    access.note(user=union.alice, mandate=union.mandate(union.alice), kind="list", members=[1], now=timezone.now())
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM privacy_accesslog")
