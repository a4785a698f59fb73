"""A mailing for later: the hour is the one on the wall, is said in words, and nothing is lost when it cannot be."""

from __future__ import annotations

import datetime
import re

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone, translation

from comms.people.scope import Scope
from mailings import dispatch, lifecycle, notices, timing
from mailings.models import Mailing, Recipient
from tests.factories import make_member
from tests.mailings.design import make_draft
from tests.mailings.post import make_members, send_everything, states

NOW = datetime.datetime(2027, 3, 1, 12, 0, tzinfo=datetime.UTC)


def at(when: str, **more: object) -> datetime.datetime:
    with translation.override("en"):
        return timing.moment(datetime.datetime.fromisoformat(when), now=NOW, **more)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2027-03-12T18:00", "2027-03-12T17:00+00:00"),  # winter
        ("2027-07-09T18:00", "2027-07-09T16:00+00:00"),  # summer
        ("2027-03-28T01:59", "2027-03-28T00:59+00:00"),  # a minute before the clocks are put forward
        ("2027-03-28T03:00", "2027-03-28T01:00+00:00"),
        ("2027-10-31T02:30", "2027-10-31T00:30+00:00"),  # the first of two
    ],
)
def test_the_clock_is_the_one_on_the_wall(when, expected):
    assert at(when).astimezone(datetime.UTC).isoformat(timespec="minutes") == expected


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("2027-03-28T02:30", "no such time"),
        ("2027-03-01T12:59", "has passed"),
        ("2028-03-02T13:00", "more than a year"),
        ("2027-04-02T18:00", "“When” (Fri 2 April"),
        ("2027-04-03T10:00", "“When” (Fri 2 April"),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_words(when, why):
    with pytest.raises(ValidationError) as refused:
        at(when, before=("When", datetime.datetime.fromisoformat("2027-04-02T18:00")))
    assert why in refused.value.message


def test_a_moment_is_said_with_its_weekday():
    year = timezone.localtime().year
    local = timezone.make_aware(datetime.datetime.fromisoformat(f"{year}-03-12T18:00"))
    with translation.override("sv"):
        assert re.fullmatch(r"\w+ 12 mars 18\.00", timing.said(local).lower())
        assert str(year + 1) in timing.said(local.replace(year=year + 1))


# --- on the pages -----------------------------------------------------------------------------------------------------
@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


@pytest.fixture
def draft(union) -> Mailing:
    make_members(union.mandate(union.alice), 40)
    return make_draft(union.mandate(union.alice))


def url(name: str, mailing: Mailing) -> str:
    return reverse(f"mailings:{name}", args=[mailing.public_id])


def days(n: int) -> datetime.datetime:
    return (timezone.localtime() + datetime.timedelta(days=n)).replace(hour=11, minute=30, second=0, microsecond=0)


def later(when: datetime.datetime) -> dict[str, str]:
    return {"when": "later", "day": f"{when:%Y-%m-%d}", "clock": f"{when:%H:%M}"}


def confirm(client, mailing: Mailing, **more):
    return client.post(url("confirm", mailing), {"version": mailing.version, "count": 40, **more})


def stored() -> Mailing:
    return Mailing.unscoped.get()


def text(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_the_button_says_when_before_anything_is_decided(alice, draft):
    page = alice.get(url("check", draft), later(days(3)))
    with translation.override("sv"):
        words = timing.said(days(3))
    button = re.search(r'<button[^>]*id="send"[^>]*>(.*?)</button>', page.content.decode(), re.DOTALL)[1]
    assert words in button
    assert "40" in button
    assert f'value="{days(3):%Y-%m-%d}"' in page.content.decode()
    assert stored().state == "draft"


def test_the_hints_are_about_the_chosen_time(alice, draft):
    night = days(3).replace(hour=23)
    assert any("23" in hint for hint in alice.get(url("check", draft), later(night)).context["hints"])


def test_it_is_scheduled_shown_and_taken_back(alice, draft):
    assert confirm(alice, draft, **later(days(3))).url == url("sent", draft)
    assert (stored().state, stored().due_at, stored().locked_count) == ("scheduled", days(3), 40)
    with translation.override("sv"):
        words = timing.said(days(3))
    page = alice.get(url("sent", draft))
    assert words in text(page)
    assert 'http-equiv="refresh"' not in page.content.decode()  # it is far away
    assert words in text(alice.get("/"))
    assert alice.post(url("undo", draft)).url == url("check", draft)
    assert (stored().state, stored().due_at, Recipient.unscoped.count()) == ("draft", None, 0)


def test_it_can_leave_now_instead(union, alice, draft):
    confirm(alice, draft, **later(days(3)))
    make_members(union.mandate(union.alice), 10)
    alice.post(url("send_now", draft))
    held = stored()
    assert (held.state, held.locked_count) == ("hold", 50)
    assert 0 < (held.due_at - timezone.now()).total_seconds() <= 60
    alice.post(url("send_now", draft))  # a second click
    assert stored().due_at == held.due_at


@pytest.mark.parametrize(
    "wrong",
    [
        {"when": "later"},
        {"when": "later", "day": "2027-02-30", "clock": "11:00"},
        {"when": "later", "day": "", "clock": "11:00"},
        later(timezone.localtime() - datetime.timedelta(minutes=5)),
        later(timezone.localtime() + datetime.timedelta(days=29.99 + 1)),  # after the event, which is in 30 days
        later(timezone.localtime() + datetime.timedelta(days=400)),
    ],
)
def test_a_wrong_time_is_refused_and_nothing_is_lost(wrong, alice, draft):
    page = confirm(alice, draft, attach_pdf="on", **wrong)
    assert page.status_code == 422
    assert {"day", "clock"} & page.context["form"].errors.keys()
    assert stored().state == "draft"
    body = page.content.decode()
    assert re.search(r'value="later"[^>]*checked', body)
    assert re.search(r'name="attach_pdf"[^>]*checked', body)
    assert all(f'value="{typed}"' in body for typed in wrong.values() if typed)
    told_while_choosing = bool(alice.get(url("check", draft), wrong).context["refusals"])
    assert told_while_choosing == bool(wrong.get("day"))


def test_what_was_chosen_for_now_is_overlooked(alice, draft):
    confirm(alice, draft, when="now", day="2020-01-01", clock="10:00")
    assert stored().state == "hold"


def test_a_time_within_the_minute_still_leaves_a_minute(union, draft):
    now = timezone.now()
    at = now + datetime.timedelta(seconds=5)
    scope = Scope.of(union.alice, on=timezone.localdate(now))
    lifecycle.confirm(mailing=draft, by=union.alice, scope=scope, now=now, at=at)
    assert draft.due_at == now + datetime.timedelta(seconds=60)


def test_the_chosen_time_is_kept_through_a_test_and_a_fresh_sign_in(alice, draft, monkeypatch):
    monkeypatch.setattr("mailings.tasks.send_test.delay", lambda *_: None)
    kept = alice.post(url("test", draft), {"version": draft.version, **later(days(3))}).url
    assert f"day={days(3):%Y-%m-%d}" in kept
    monkeypatch.setattr("mailings.forms.ApproveForm.TYPED_ABOVE", 1)
    session = alice.session
    session["since"] = timezone.now().timestamp() - 16 * 60
    session.save()
    page = confirm(alice, draft, typed="40", **later(days(3)))
    assert page.templates[0].name == "mailings/sign_in_again.html"
    assert f"day%3D{days(3):%Y-%m-%d}" in page.content.decode()


def test_it_leaves_when_it_is_due(alice, draft):
    confirm(alice, draft, **later(days(3)))
    dispatch.recover(now=days(3) - datetime.timedelta(seconds=1))
    send_everything()
    assert states(draft) == {"queued": 40}
    dispatch.recover(now=days(3))
    send_everything()
    assert states(draft) == {"sent": 40}


def test_a_list_that_moved_waits_says_so_and_goes_on(union, alice, draft):
    confirm(alice, draft, **later(days(3)))
    make_members(union.mandate(union.alice), 12)
    dispatch.recover(now=days(3))
    send_everything()
    assert (stored().state, stored().pause_reason) == ("paused", "count_moved")
    [letter] = mail.outbox
    assert letter.to == ["alice@example.org"]
    assert "40" in letter.body
    assert "52" in letter.body
    page = text(alice.get(url("sent", draft)))
    assert "40" in page
    assert "52" in page
    alice.post(url("resume", draft))
    send_everything()
    assert states(draft) == {"sent": 52}
    assert notices.tell_news(now=timezone.now()) == 0


def test_one_of_few_who_comes_is_more_than_5_percent(union, alice):
    make_member(placed=[union.branch_a])
    draft = make_draft(union.mandate(union.alice))
    alice.post(url("confirm", draft), {"version": draft.version, "count": 1, **later(days(3))})
    make_member(placed=[union.branch_a])
    dispatch.recover(now=days(3))
    assert stored().pause_reason == "count_moved"


def test_others_neither_see_nor_steer_it(union, alice, draft, sign_in):
    confirm(alice, draft, **later(days(3)))
    assert sign_in(union.charlie).post(url("send_now", draft)).status_code == 404
    assert sign_in(union.bob).post(url("send_now", draft)).status_code == 404  # he reads what is sent below him
    assert alice.get(url("send_now", draft)).status_code == 405
    assert stored().state == "scheduled"
