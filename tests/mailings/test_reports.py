"""`delivery_report`, `reconcile` and `resolve_unknown`: the sums equal the locked list, or somebody is told."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mailings.models import Batch
from tests.mailings.post import make_mailing, send_everything, states

pytestmark = pytest.mark.django_db


def run(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_the_report_names_every_recipient_by_id_and_adds_up(union, sink_for):
    sink_for(fault=lambda phase, to: "550 5.1.1 no" if phase == "rcpt" and to == "b@example.com" else None)
    mailing = make_mailing(union.mandate(union.alice), to=["a@example.com", "b@example.com"])
    send_everything()
    text = run("delivery_report", str(mailing.public_id), "--json")
    report = json.loads(text)
    assert report["states"] == {"failed": 1, "sent": 1}
    assert sum(report["states"].values()) == report["locked"] == report["final"] == 2
    sent, failed = report["recipients"]
    assert sent["id"] == str(mailing.recipients.order_by("id")[0].public_id)
    assert sent["message_id"].startswith("<")
    assert all((sent["final_at"], sent["handed_over_at"]))
    assert (sent["attempts"], sent["reply"][:3], failed["reason"]) == (1, "250", "mailbox_unknown")
    assert not [personal for personal in ("example.com", "Lind", "Astrid") if personal in text]
    assert "2 on the list = 1 failed, 1 sent" in run("delivery_report", str(mailing.public_id))


@pytest.mark.parametrize("recipients", [1, 3])
def test_a_report_costs_the_same_queries_for_one_and_three(union, django_assert_num_queries, recipients):
    mailing = make_mailing(union.mandate(union.alice), to=recipients)
    with django_assert_num_queries(2):
        run("delivery_report", str(mailing.public_id), "--json")


def test_an_unknown_mailing_has_no_report(db):
    for nonsense in ("nonsense", "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(CommandError):
            run("delivery_report", nonsense)


@pytest.mark.parametrize("mailings", [1, 3])
def test_reconcile_agrees_in_three_queries(union, django_assert_num_queries, mailings):
    for _n in range(mailings):
        make_mailing(union.mandate(union.alice), to=2)
    send_everything()
    with django_assert_num_queries(3):
        assert json.loads(run("reconcile", "--json")) == {"agree": True, "disagreements": {}}


@pytest.mark.parametrize(
    "damage",
    [
        lambda mailing: mailing.recipients.first().delete(),
        lambda mailing: mailing.recipients.update(state="queued"),
        lambda mailing: mailing.recipients.update(state="claimed"),
        lambda mailing: mailing.recipients.update(state="unknown", final_at=None),
        lambda mailing: Batch.objects.all().delete(),
    ],
)
def test_reconcile_ends_with_1_when_a_sum_disagrees(union, damage):
    mailing = make_mailing(union.mandate(union.alice), to=3)
    send_everything()
    damage(mailing)
    with pytest.raises(SystemExit) as end:
        run("reconcile")
    assert end.value.code == 1


def test_somebody_who_looked_settles_what_is_unknown(union, sink_for):
    sink_for(fault=lambda phase, to: "cut" if phase == "dot" else None)
    mailing = make_mailing(union.mandate(union.alice), to=3)
    send_everything()
    first = mailing.recipients.order_by("id").first()
    assert states(mailing) == {"unknown": 3}
    assert run("resolve_unknown", str(mailing.public_id), str(first.public_id), "--again") == "1 settled.\n"
    assert states(mailing) == {"queued": 1, "unknown": 2}
    assert run("resolve_unknown", str(mailing.public_id), "--arrived") == "2 settled.\n"
    assert states(mailing) == {"queued": 1, "sent": 2}
    assert run("reconcile") == "All sums agree.\n"
    assert timezone.now() > mailing.recipients.filter(state="sent").first().final_at
