"""Threat S24: a double click, two tabs, fifty tabs. A draft is confirmed once, and whoever comes late is told so."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.urls import reverse

from mailings.lifecycle import NotNow
from mailings.models import Batch, Mailing, Recipient, Rendition
from tests.factories import make_member
from tests.mailings.conftest import own_post_office  # noqa: F401  (found by name)
from tests.mailings.design import make_draft
from tests.mailings.test_lifecycle import confirm, draft, frozen_at_once  # noqa: F401  (found by name)

HANDS = {"postgres": 50, "sqlite": 12}


@pytest.mark.kill
@pytest.mark.xdist_group("kill")
@pytest.mark.timeout(400)
@pytest.mark.parametrize("database", HANDS)
def test_many_hands_at_the_same_moment_make_one_mailing(database):
    """Fifty threads, each with a connection of its own; fewer where the database is one file (`many_hands`)."""
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "EMAIL_URL"}}
    command = [
        sys.executable,
        "-m",
        "tests.security.many_hands",
        "--database",
        database,
        "--hands",
        str(HANDS[database]),
    ]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    found = json.loads(run.stdout.splitlines()[-1])
    report = f"302 {found.pop('address')}"
    assert found == {
        "answers": {report: HANDS[database]},  # to the report, all of them: the first and those who came too late
        "late": report, "report": 200, "says so": True, "mailings": [["hold", 3]], "confirmed": 1, "recipients": 3,
        "members": 3, "batches": 1, "renditions": 1,
    }  # fmt: skip


@pytest.mark.django_db
def test_fifty_open_pages_make_one_list(union):
    """Each page read the draft before any was confirmed."""
    mailing = draft(union)
    pages = [Mailing.unscoped.get(pk=mailing.pk) for _ in range(50)]
    late = 0
    for page in pages:
        try:
            confirm(union, page)
        except NotNow:
            late += 1
    assert (late, Recipient.unscoped.count()) == (49, 3)


@pytest.mark.django_db
def test_a_tab_with_an_older_text_confirms_nothing_and_says_so(union, sign_in):
    make_member(placed=[union.branch_a])
    mailing = make_draft(union.mandate(union.alice))
    address = reverse("mailings:confirm", args=[mailing.public_id])
    client = sign_in(union.alice)
    for older in (mailing.version - 1, mailing.version + 1):
        answer = client.post(address, {"version": older, "count": 1}, follow=True)
        assert [str(message) for message in answer.context["messages"]]
    assert Mailing.unscoped.get(pk=mailing.pk).state == "draft"
    assert (Recipient.unscoped.count(), Batch.objects.count(), Rendition.objects.count()) == (0, 0, 0)
