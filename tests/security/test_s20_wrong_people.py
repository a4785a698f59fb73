"""Threat S20: sent to the wrong people. What is shown before, what is asked, and how long it can be taken back."""

from __future__ import annotations

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from comms.privacy.models import AccessLog
from mailings import dispatch, lifecycle
from mailings.forms import ApproveForm
from mailings.models import Mailing, Recipient
from tests.factories import make_member
from tests.mailings.conftest import own_post_office, sink_for  # noqa: F401
from tests.mailings.design import make_draft
from tests.mailings.post import make_members, send_everything

ASTRID, BO, CARIN = ("Astrid", "Berg"), ("Bo", "Dahl"), ("Carin", "Ek")


@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


def url(name: str, mailing: Mailing, *more: str) -> str:
    return reverse(f"mailings:{name}", args=[mailing.public_id, *more])


def send(client, draft: Mailing, **more):
    """The press on the button, with what its page held."""
    reach = client.get(url("check", draft)).context["ledger"].mail
    return client.post(url("confirm", draft), {"version": draft.version, "count": reach, **more})


def stored() -> Mailing:
    return Mailing.unscoped.get()


# --- shown before -----------------------------------------------------------------------------------------------------
def test_the_number_and_some_of_the_names_are_on_the_screen_before_anything_is_sent(union, alice):
    for first, last in (CARIN, ASTRID, BO, ("Disa", "Zetterlund")):
        make_member(first, last, placed=[union.branch_a])
    make_member("Foreign", "Aas", placed=[union.branch_b])
    page = alice.get(url("check", make_draft(union.mandate(union.alice))))
    shown = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", page.content.decode()))
    assert "4 medlemmar" in shown or "4 members" in shown
    assert page.context["examples"] == ["Astrid Berg", "Bo Dahl", "Carin Ek"]
    assert "Astrid Berg, Bo Dahl, Carin Ek" in shown
    assert "Zetterlund" not in shown
    assert "Foreign" not in shown


def test_whom_the_page_names_is_in_the_access_log(union, alice):
    members = [make_member(*name, placed=[union.branch_a]) for name in (ASTRID, BO)]
    alice.get(url("check", make_draft(union.mandate(union.alice))))
    row = AccessLog.objects.get()
    assert row.user_id == union.alice.pk
    assert sorted(row.members) == sorted(member.pk for member in members)


def test_a_number_that_moved_since_the_screen_was_drawn_sends_nothing(union, alice):
    make_members(union.mandate(union.alice), 2)
    draft = make_draft(union.mandate(union.alice))
    page = alice.get(url("check", draft))
    make_members(union.mandate(union.alice), 1)
    sent = alice.post(url("confirm", draft), {"version": draft.version, "count": page.context["ledger"].mail})
    assert sent.status_code == 422
    assert stored().state == "draft"


# --- typed back -------------------------------------------------------------------------------------------------------
def test_above_five_hundred_the_number_is_typed_back():
    now = timezone.now()
    asked = {n: "typed" in ApproveForm({"version": 1, "count": n}, reach=n, now=now).fields for n in (500, 501)}
    assert asked == {500: False, 501: True}


@pytest.mark.parametrize(("typed", "state"), [("", "draft"), ("4", "draft"), ("yes", "draft"), ("5", "hold")])
def test_only_the_right_number_sends(union, alice, monkeypatch, typed, state):
    monkeypatch.setattr(ApproveForm, "TYPED_ABOVE", 3)  # in place of five hundred
    make_members(union.mandate(union.alice), 5)
    draft = make_draft(union.mandate(union.alice))
    assert send(alice, draft, typed=typed).status_code == (302 if state == "hold" else 422)
    assert stored().state == state
    assert Recipient.unscoped.exists() == (state == "hold")


# --- taken back -------------------------------------------------------------------------------------------------------
def test_within_the_minute_it_is_undone_and_not_one_mail_reaches_the_server(union, alice, sink_for, settings):  # noqa: F811
    assert settings.MAILING_HOLD_SECONDS == 60
    sink = sink_for()
    make_members(union.mandate(union.alice), 4)
    draft = make_draft(union.mandate(union.alice))
    assert send(alice, draft).status_code == 302
    pressed = stored().confirmed_at
    for seconds in (0, 30, 59):
        dispatch.recover(now=pressed + datetime.timedelta(seconds=seconds))
        send_everything()
    assert (stored().state, len(sink.mails)) == ("hold", 0)
    alice.post(url("undo", draft))
    assert stored().state == "draft"
    assert not Recipient.unscoped.exists()
    dispatch.recover(now=pressed + datetime.timedelta(minutes=10))
    send_everything()
    assert len(sink.mails) == 0


def test_after_the_minute_it_leaves_and_cannot_be_undone(union, alice, sink_for):  # noqa: F811
    sink = sink_for()
    make_members(union.mandate(union.alice), 4)
    draft = make_draft(union.mandate(union.alice))
    send(alice, draft)
    dispatch.recover(now=stored().due_at)
    send_everything()
    assert len(sink.mails) == 4
    alice.post(url("undo", draft))
    assert stored().state != "draft"


# --- a second pair of eyes --------------------------------------------------------------------------------------------
def test_above_the_size_the_staff_have_set_nobody_sends_alone(union, alice, settings, sink_for):  # noqa: F811
    sink = sink_for()
    settings.MAILING_APPROVAL_ABOVE = 3
    make_members(union.mandate(union.alice), 4)
    draft = make_draft(union.mandate(union.alice))
    send(alice, draft)
    assert stored().state == "draft"
    asked = {"version": draft.version, "count": 4, "approver": str(union.mandate(union.bob).public_id)}
    alice.post(url("ask", draft), asked)
    assert stored().state == "awaiting_approval"
    waiting = stored()
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.approve(mailing=waiting, by=union.alice, now=timezone.now())
    dispatch.recover(now=timezone.now() + datetime.timedelta(hours=1))
    send_everything()
    assert (stored().state, len(sink.mails)) == ("awaiting_approval", 0)


def test_at_that_size_one_person_is_enough(union, alice, settings):
    settings.MAILING_APPROVAL_ABOVE = 4
    make_members(union.mandate(union.alice), 4)
    send(alice, make_draft(union.mandate(union.alice)))
    assert stored().state == "hold"
