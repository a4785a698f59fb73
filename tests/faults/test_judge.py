"""The judge of all faults sees what is wrong."""

from __future__ import annotations

import pytest

from mailings.models import Batch, Recipient
from tests.faults.ground import House
from tests.mailings.post import make_mailing
from tests.sink import Sink, Taken

pytestmark = pytest.mark.django_db

RIGHT = {"a": "sent", "b": "sent", "c": "skipped", "d": "unknown", "e": "unknown", "f": "failed"}


@pytest.fixture
def office(union, tmp_path):
    """Six recipients with these states; `taken` are at the server."""

    def judge(states=RIGHT, taken="abd", **changes) -> dict[str, object]:
        sink = Sink()
        sink.mails = [Taken("", f"{name}@example.com", b"") for name in taken]
        mailing = make_mailing(union.mandate(union.alice), to=[f"{name}@example.com" for name in RIGHT])
        for name, state in states.items():
            row = Recipient.unscoped.filter(address=f"{name}@example.com")
            row.update(state=state, reason="left" if state == "skipped" else "")
        Batch.objects.update(**changes)
        return House(tmp_path, "sqlite", sink, None, None).judge(mailing, unknown=2)

    return judge


def test_all_is_well(office):
    assert office() == {}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"taken": "aabd"}, {"mailed twice": ["a@example.com"]}),
        ({"taken": "ddab"}, {"mailed twice": ["d@example.com"]}),
        ({"taken": "ad"}, {"sent but not at the server": ["b@example.com"]}),
        ({"taken": "abc"}, {"at the server but not sent": ["c@example.com"]}),
        ({"taken": "abf"}, {"at the server but not sent": ["f@example.com"]}),
        ({"states": {**RIGHT, "c": "unknown"}}, {"too many unknown": 1}),
        ({"states": {**RIGHT, "c": "queued"}}, {"forgotten": 1}),
        ({"states": {**RIGHT, "c": "committing"}}, {"forgotten": 1}),
        ({"state": "leased", "owner": "x", "lease_until": "2027-01-01T00:00Z"}, {"still leased": 1}),
    ],
)
def test_what_is_wrong_is_seen(office, found, said):
    assert office(**found) == said


def test_a_row_that_is_gone_is_seen(office, union, tmp_path):
    office()
    row = Recipient.unscoped.get(address="c@example.com")
    mailing = row.mailing
    row.delete()
    sink = Sink()
    sink.mails = [Taken("", f"{name}@example.com", b"") for name in "abd"]
    assert House(tmp_path, "sqlite", sink, None, None).judge(mailing, unknown=2) == {"lost rows": 1}
