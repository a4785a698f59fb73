"""A second person: who may be asked, what they see, what they decide, and that nobody goes round them."""

from __future__ import annotations

import datetime
import re

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from comms.people.models import Mandate
from comms.people.scope import Scope
from mailings import approvers, by_clock, composing, dispatch, lifecycle, notices
from mailings.models import Mailing, Recipient
from templates_lib.models import InvitationTemplate
from tests.factories import day, make_mandate, make_member, make_user
from tests.mailings.design import make_draft, make_template
from tests.mailings.post import make_members, send_everything, states


@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


@pytest.fixture
def bob(union, sign_in):
    return sign_in(union.bob)


@pytest.fixture
def draft(union) -> Mailing:
    """To three members and one without an address, on a template that asks for a second person."""
    make_members(union.mandate(union.alice), 3)
    make_member("Ida", "Utan", placed=[union.branch_a], email="")
    template = make_template()
    InvitationTemplate.objects.filter(pk=template.pk).update(invitations_approved=True)
    return make_draft(union.mandate(union.alice), template=InvitationTemplate.objects.get(pk=template.pk))


def url(name: str, mailing: Mailing) -> str:
    return reverse(f"mailings:{name}", args=[mailing.public_id])


def stored() -> Mailing:
    return Mailing.unscoped.get()


def text(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def said(draft: Mailing, **more: object) -> dict[str, object]:
    return {"version": draft.version, "count": 3, **more}


def ask(client, draft: Mailing, user, **more):
    return client.post(url("ask", draft), said(draft, approver=str(user.mandates.first().public_id), **more))


def later(when: datetime.datetime) -> dict[str, str]:
    return {"when": "later", "day": f"{when:%Y-%m-%d}", "clock": f"{when:%H:%M}"}


def days(n: int) -> datetime.datetime:
    return (timezone.localtime() + datetime.timedelta(days=n)).replace(hour=11, minute=30, second=0, microsecond=0)


def tell() -> int:
    return notices.tell_news(now=timezone.now())


# --- when it is needed, and by whom -----------------------------------------------------------------------------------
def test_the_template_or_the_number_asks_for_it(union, draft, settings):
    other = make_draft(union.mandate(union.alice))
    assert approvers.is_needed(draft, recipients=1)
    assert not approvers.is_needed(other, recipients=1_000_000)  # never, unless the office says so
    settings.MAILING_APPROVAL_ABOVE = 3
    assert [approvers.is_needed(other, recipients=n) for n in (3, 4)] == [False, True]


def test_those_of_the_unit_and_above_and_staff_may_be_asked_nearest_first(union, draft):
    disa, frida = make_user("Disa"), make_user("Frida")
    make_mandate(disa, union.branch_a, role="deputy")
    make_mandate(frida, union.branch_a, role="safety")  # reads lists only
    offered = approvers.approvers(draft, on=timezone.localdate())
    assert [one.user for one in offered] == [disa, union.bob, union.sara]
    assert approvers.ids(draft, on=timezone.localdate()) == {disa.pk, union.bob.pk, union.sara.pk}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(rows, union, draft, django_assert_num_queries):
    for n in range(rows):
        make_mandate(make_user(f"Disa{n}"), union.branch_a, role="deputy")
    assert (draft.unit, draft.mandate.user) == (union.branch_a, union.alice)
    with django_assert_num_queries(2):
        assert len(approvers.approvers(draft, on=timezone.localdate())) == rows + 2


@pytest.mark.parametrize("who", ["alice", "charlie", "dora"])
def test_nobody_else_can_be_asked(who, union, alice, draft):
    assert ask(alice, draft, getattr(union, who)).status_code == 422
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.ask(
            mailing=draft, by=union.alice, scope=Scope.of(union.alice, on=timezone.localdate()),
            approver=getattr(union, who), now=timezone.now(),
        )  # fmt: skip
    assert stored().state == "draft"


# --- asking ---------------------------------------------------------------------------------------------------------
def test_the_page_asks_whom_in_place_of_sending(alice, draft):
    page = alice.get(url("check", draft))
    assert f'formaction="{url("ask", draft)}"' in page.content.decode()
    assert "Region Norr" in page.content.decode()


def test_confirming_directly_sends_nothing(union, alice, draft, settings):
    scope = Scope.of(union.alice, on=timezone.localdate())
    for more in ({}, later(days(3))):
        assert alice.post(url("confirm", draft), said(draft, **more)).url.startswith(url("check", draft))
    InvitationTemplate.objects.update(invitations_approved=False)
    settings.MAILING_APPROVAL_ABOVE = 2
    assert alice.post(url("confirm", draft), said(draft)).url == url("check", draft)
    for at in (None, timezone.now() + datetime.timedelta(days=1)):
        with pytest.raises(lifecycle.NotAllowed):
            lifecycle.confirm(mailing=stored(), by=union.alice, scope=scope, now=timezone.now(), at=at)
    assert (stored().state, Recipient.unscoped.count()) == ("draft", 0)
    settings.MAILING_APPROVAL_ABOVE = 3
    assert alice.post(url("confirm", draft), said(draft)).url == url("sent", draft)
    assert stored().state == "hold"


def test_who_is_asked_gets_a_mail_and_sees_it_at_home(union, alice, bob, draft):
    assert ask(alice, draft, union.bob).url == url("sent", draft)
    asked = stored()
    assert (asked.state, asked.approver, asked.locked_count) == ("awaiting_approval", union.bob, 0)
    assert [tell(), tell()] == [1, 0]
    [letter] = mail.outbox
    assert letter.to == ["bob@example.org"]
    assert url("approval", draft) in letter.body
    assert list(bob.get("/").context["asked"]) == [draft]
    assert list(alice.get("/").context["asked"]) == []
    assert list(alice.get("/").context["moving"]) == [draft]
    assert "Bob" in text(alice.get("/"))


def test_while_it_waits_the_text_rests_and_can_be_taken_back(union, alice, draft):
    ask(alice, draft, union.bob)
    for step in ("text", "check", "recipients"):
        assert alice.get(url(step, draft)).url == url("sent", draft)
    alice.post(url("save", draft), {"version": draft.version, "subject": "Ändrat"})
    assert stored().subject == draft.subject
    with pytest.raises(composing.NotADraft):
        composing.save(
            mailing=draft, version=draft.version, changes={"subject": "x"}, by=union.alice, now=timezone.now()
        )
    assert "Bob" in text(alice.get(url("sent", draft)))
    assert alice.post(url("take_back", draft)).url == url("check", draft)
    back = stored()
    assert (back.state, back.approver, back.asked_at) == ("draft", None, None)
    assert tell() == 0  # who is asked no more is not written to


def test_asking_again_about_the_same_draft_does_nothing(union, alice, draft):
    ask(alice, draft, union.bob)
    assert ask(alice, draft, union.sara).url == url("sent", draft)
    assert stored().approver == union.bob


def test_the_number_and_the_text_must_be_those_on_the_screen(union, alice, draft):
    assert ask(alice, draft, union.bob, count=4).status_code == 422
    assert ask(alice, draft, union.bob, version=draft.version - 1).url.startswith(url("check", draft))
    assert stored().state == "draft"


# --- seeing -----------------------------------------------------------------------------------------------------------
def test_who_is_asked_sees_the_message_and_the_number(union, alice, bob, draft):
    assert bob.get(url("approval", draft)).status_code == 404  # a draft is not shared upwards
    ask(alice, draft, union.bob)
    page = bob.get(url("approval", draft))
    assert "3" in text(page)
    assert page.context["ledger"].mail == 3
    assert [n for n, _reason in page.context["skipped"]] == [1]
    assert "Folkets hus" in bob.get(url("approval_frame", draft)).content.decode()
    assert bob.get(url("sent", draft)).url == url("approval", draft)
    assert not any(name in page.content.decode() for name in ("Ida", "p0@example.com"))


def test_for_everybody_else_it_does_not_exist(union, alice, draft, sign_in, client):
    ask(alice, draft, union.bob)
    frida = make_user("Frida")
    make_mandate(frida, union.branch_a, role="safety")
    for stranger in (union.charlie, union.dora, union.sara, union.alice, frida):
        them = sign_in(stranger)
        assert {them.get(url(name, draft)).status_code for name in ("approval", "approval_frame")} == {404}
        assert {them.post(url(name, draft)).status_code for name in ("approve", "send_back")} == {404}
    assert sign_in(union.sara).get(url("sent", draft)).status_code == 404
    assert sign_in(frida).get(url("sent", draft)).status_code == 404
    assert list(sign_in(frida).get("/").context["moving"]) == []
    assert client.get(url("approval", draft)).url.startswith("/accounts/login/?next=")
    assert stored().state == "awaiting_approval"


def test_who_is_asked_cannot_change_it(union, alice, bob, draft):
    ask(alice, draft, union.bob)
    for step in ("text", "check", "recipients", "preview"):
        assert bob.get(url(step, draft)).status_code == 404
    for verb in ("save", "take_back", "confirm", "ask"):
        assert bob.post(url(verb, draft), said(draft)).status_code == 404


# --- deciding ---------------------------------------------------------------------------------------------------------
def test_approved_it_is_held_and_sent_in_the_authors_name(union, alice, bob, draft):
    ask(alice, draft, union.bob)
    assert bob.post(url("approve", draft), said(draft)).url == url("sent", draft)
    held = stored()
    assert (held.state, held.confirmed_by, held.approver) == ("hold", union.alice, union.bob)
    assert held.approved_at == held.confirmed_at
    assert held.locked_count == 4
    assert held.due_at - held.approved_at == datetime.timedelta(seconds=60)
    bob.post(url("approve", draft), said(draft))  # a second click
    assert Recipient.unscoped.count() == 4
    tell()
    dispatch.recover(now=held.due_at)
    send_everything()
    assert states(draft) == {"sent": 3, "skipped": 1}
    assert tell() == 0


def test_its_author_hears_that_it_was_approved(union, alice, bob, draft):
    ask(alice, draft, union.bob, **later(days(3)))
    tell()
    bob.post(url("approve", draft), said(draft))
    assert [tell(), tell()] == [1, 0]
    told = mail.outbox[-1]
    assert (told.to, told.subject) == ([union.alice.email], f"Godkänd: {draft.subject}")
    assert "11.30" in told.body
    assert f"/invitations/{draft.public_id}/\n" in told.body


def test_of_an_approval_that_was_undone_nobody_hears(union, alice, bob, draft):
    ask(alice, draft, union.bob)
    tell()
    bob.post(url("approve", draft), said(draft))
    alice.post(url("undo", draft))
    assert tell() == 0


def test_undone_it_must_be_approved_anew(union, alice, bob, draft):
    ask(alice, draft, union.bob)
    bob.post(url("approve", draft), said(draft))
    alice.post(url("undo", draft))
    back = stored()
    assert (back.state, back.approver, back.approved_at) == ("draft", None, None)
    assert bob.get(url("approval", draft)).status_code == 404


def test_approved_for_later_it_is_scheduled(union, alice, bob, draft):
    ask(alice, draft, union.bob, **later(days(3)))
    assert stored().due_at == days(3)
    tell()
    assert "11.30" in mail.outbox[0].body
    bob.post(url("approve", draft), said(draft))
    assert (stored().state, stored().due_at) == ("scheduled", days(3))


def test_a_time_that_has_passed_is_not_approved(union, alice, bob, draft):
    ask(alice, draft, union.bob, **later(days(3)))
    Mailing.unscoped.update(due_at=timezone.now() - datetime.timedelta(minutes=1))
    page = bob.get(url("approval", draft))
    assert page.context["is_late"]
    assert 'form="approve"' not in page.content.decode()
    assert alice.get(url("sent", draft)).context["is_late"]
    assert bob.post(url("approve", draft), said(draft)).url == url("approval", draft)
    assert (stored().state, Recipient.unscoped.count()) == ("awaiting_approval", 0)


def test_another_number_or_text_is_not_approved(union, alice, bob, draft):
    ask(alice, draft, union.bob)
    make_member(placed=[union.branch_a])
    assert bob.post(url("approve", draft), said(draft)).status_code == 422
    assert bob.post(url("approve", draft), said(draft, count=4, version=1)).url == url("approval", draft)
    assert stored().state == "awaiting_approval"
    assert bob.post(url("approve", draft), said(draft, count=4)).url == url("sent", draft)


def test_many_are_typed_by_whoever_has_the_last_word(union, alice, bob, draft, monkeypatch):
    monkeypatch.setattr("mailings.forms.ApproveForm.TYPED_ABOVE", 2)
    assert ask(alice, draft, union.bob).url == url("sent", draft)
    assert bob.post(url("approve", draft), said(draft)).status_code == 422
    session = bob.session
    since = session["since"]
    session["since"] = timezone.now().timestamp() - 16 * 60
    session.save()
    page = bob.post(url("approve", draft), said(draft, typed="3"))
    assert f"next={url('approval', draft)}" in page.content.decode()
    session["since"] = since
    session.save()
    assert bob.post(url("approve", draft), said(draft, typed="3")).url == url("sent", draft)


def test_sent_back_with_a_line(union, alice, bob, draft):
    ask(alice, draft, union.bob)
    tell()
    assert bob.post(url("send_back", draft), {"says": " "}).status_code == 422
    assert bob.post(url("send_back", draft), {"says": "Fel <b>lokal</b>."}).url == "/"
    assert stored().state == "draft"
    assert tell() == 1
    letter = mail.outbox[-1]
    assert letter.to == ["alice@example.org"]
    assert "Fel <b>lokal</b>." in letter.body
    assert url("check", draft) in letter.body
    page = alice.get(url("check", draft)).content.decode()
    assert "Fel &lt;b&gt;lokal&lt;/b&gt;." in page
    assert bob.get(url("approval", draft)).status_code == 404
    ask(alice, draft, union.sara)
    assert (stored().approver, stored().approver_says) == (union.sara, "")


def test_nobody_approves_what_is_their_own(union, alice, draft):
    """Not even by a row that says they were asked."""
    Mailing.unscoped.update(state="awaiting_approval", approver=union.alice, asked_at=timezone.now())
    assert alice.post(url("approve", draft), said(draft)).url == url("approval", draft)
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.approve(mailing=stored(), by=union.alice, now=timezone.now())
    assert stored().state == "awaiting_approval"


@pytest.mark.parametrize("whose", ["alice", "bob"])
def test_power_that_has_ended_approves_nothing(whose, union, alice, draft):
    ask(alice, draft, union.bob)
    Mandate.objects.filter(user=getattr(union, whose)).update(end=day(-1))
    with pytest.raises(lifecycle.NotAllowed):
        lifecycle.approve(mailing=stored(), by=union.bob, now=timezone.now())
    assert stored().state == "awaiting_approval"


def test_only_the_one_who_was_asked_decides(union, alice, draft):
    ask(alice, draft, union.bob)
    for act in (lifecycle.approve, lambda **how: lifecycle.send_back(says="Nej", **how)):
        with pytest.raises(lifecycle.NotNow):
            act(mailing=stored(), by=union.sara, now=timezone.now())


def test_taken_back_in_the_same_moment_nothing_is_sent(union, alice, draft):
    ask(alice, draft, union.bob)
    seen = stored()
    alice.post(url("take_back", draft))
    with pytest.raises(lifecycle.NotNow):
        lifecycle.approve(mailing=seen, by=union.bob, now=timezone.now())
    assert (stored().state, Recipient.unscoped.count()) == ("draft", 0)


def test_the_columns_come_in_pairs(union, draft):
    for half in ({"approver": union.bob}, {"asked_at": timezone.now()}, {"approved_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Mailing.unscoped.update(**half)


@pytest.mark.parametrize("rows", [1, 3])
def test_home_costs_the_same_for_one_and_three_who_ask(rows, union, bob, django_assert_num_queries):
    template = make_template()
    for _n in range(rows):
        make_draft(union.mandate(union.alice), template=template)
    Mailing.unscoped.update(state="awaiting_approval", approver=union.bob, asked_at=timezone.now())
    with django_assert_num_queries(12):
        assert len(bob.get("/").context["asked"]) == rows


def test_what_waits_for_me_stands_in_my_archive_and_not_among_what_is_on_its_way(union, alice, bob, draft):
    ask(alice, draft, union.bob)
    assert list(bob.get("/").context["moving"]) == []
    page = bob.get(reverse("mailings:list"))
    assert list(page.context["page"]) == [draft]


# --- round it by the clock --------------------------------------------------------------------------------------------
@pytest.fixture
def alone(union, settings) -> Mailing:
    """To three members: as many as one person may write to alone."""
    make_members(union.mandate(union.alice), 3)
    settings.MAILING_APPROVAL_ABOVE = 3
    return make_draft(union.mandate(union.alice))


def scheduled(client, draft: Mailing) -> None:
    client.post(url("confirm", draft), said(draft, **later(days(3))))
    assert stored().state == "scheduled"


def test_a_list_that_has_grown_past_the_limit_goes_on_by_a_second_person(union, alice, sign_in, alone):
    """Else one would choose a time while the list is short."""
    disa = make_user("Disa")
    make_mandate(disa, union.branch_a, role="deputy")
    scheduled(alice, alone)
    make_members(union.mandate(union.alice), 4)
    dispatch.recover(now=days(3))
    assert (stored().state, stored().pause_reason) == ("paused", "count_moved")
    assert "Någon annan" in text(alice.post(url("resume", alone), follow=True))
    assert (stored().state, stored().approved_at) == ("paused", None)
    sign_in(disa).post(url("resume", alone))
    assert (stored().state, stored().approver) == ("sending", disa)
    send_everything()
    assert states(alone) == {"sent": 7}


def test_where_staff_have_asked_for_it_since_it_waits_and_says_so(union, alice, sign_in, alone):
    scheduled(alice, alone)
    InvitationTemplate.objects.update(invitations_approved=True)
    alice.post(url("send_now", alone))
    assert stored().state == "scheduled"
    assert Recipient.unscoped.count() == 3
    dispatch.recover(now=days(3))
    assert (stored().state, stored().pause_reason) == ("paused", "not_approved")
    tell()
    assert "Numera måste någon annan godkänna den" in text_of(mail.outbox[0])
    alice.post(url("resume", alone))
    assert stored().state == "paused"
    sign_in(union.sara).post(url("resume", alone))
    assert stored().state == "sending"


def text_of(letter) -> str:
    return re.sub(r"\s+", " ", letter.body)


def test_what_was_approved_may_leave_earlier_unless_its_list_is_another(union, alice, bob, draft):
    ask(alice, draft, union.bob, **later(days(3)))
    bob.post(url("approve", draft), said(draft))
    make_members(union.mandate(union.alice), 4)
    assert "Någon annan" in text(alice.post(url("send_now", draft), follow=True))
    assert (stored().state, Recipient.unscoped.count()) == ("scheduled", 4)
    InvitationTemplate.objects.update(invitations_approved=False)
    alice.post(url("send_now", draft))
    assert (stored().state, Recipient.unscoped.count()) == ("hold", 8)


def test_a_scheduled_one_that_is_hurried_in_the_moment_it_is_due_keeps_its_minute(union, alice, alone):
    scheduled(alice, alone)
    seen = stored()
    lifecycle.hurry(mailing=stored(), by=union.alice, now=days(3) - datetime.timedelta(seconds=1))
    assert not by_clock.start(seen, now=days(3))
    assert stored().state == "hold"


def test_news_for_somebody_who_is_no_longer_asked_is_not_told(union, alice, draft, monkeypatch):
    """Taken back and asked of another while the sweep was busy with the mail before."""
    other = make_draft(union.mandate(union.alice), template=draft.template)
    for one in (draft, other):
        ask(alice, one, union.bob)
    send = notices._send_news

    def meanwhile(mailing, news):
        Mailing.unscoped.filter(pk=other.pk).update(approver=union.sara)
        return send(mailing, news)

    monkeypatch.setattr(notices, "_send_news", meanwhile)
    assert [tell(), tell()] == [1, 1]
    assert [letter.to for letter in mail.outbox] == [["bob@example.org"], ["sara@example.org"]]
