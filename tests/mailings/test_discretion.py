"""A neutral subject, for everybody or for those whose address lies at an employer, and leaving these out."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from comms.people import work_mail
from comms.people.scope import Scope
from comms.privacy.models import AccessLog
from mailings import audience, composing, discretion, dispatch, letters, lifecycle, stepping
from mailings.models import Mailing, Recipient, WorkMail
from templates_lib.models import Topic
from tests.factories import make_member, make_topic
from tests.mailings.design import make_draft, make_template
from tests.mailings.post import reasons, send_everything

SUBJECT = "Kallelse till årsmöte"
REVEALING = ("Kallelse", "årsmöte", "Förbundet", "Union", "Avdelning", "Möten", "meetings")


@pytest.fixture
def mandate(union, settings):
    settings.UNION_NAME = "Förbundet"
    return union.mandate(union.alice)


@pytest.fixture
def people(union):
    work_mail.put(union.employer, ["council.example.org"])
    return [
        make_member("Astrid", "Berg", placed=[union.branch_a], email="astrid@example.com"),
        make_member(
            "Bo", "Dahl", placed=[union.branch_a], email="bo@it.council.example.org", street="Gatan 1", city="X"
        ),
    ]


@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


def url(name: str, mailing: Mailing, *more: str) -> str:
    return reverse(f"mailings:{name}", args=[mailing.public_id, *more])


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def choose(client: Client, draft: Mailing, **chosen: str) -> Mailing:
    assert client.post(url("discretion", draft), {"version": draft.version, **chosen}).status_code == 302
    return Mailing.unscoped.get(pk=draft.pk)


def sent(draft: Mailing) -> Mailing:
    """Confirmed, begun and handed over to whatever takes the mail."""
    now = timezone.now()
    lifecycle.confirm(mailing=draft, by=draft.author, scope=Scope.of(draft.author, on=timezone.localdate()), now=now)
    dispatch.recover(now=Mailing.unscoped.get(pk=draft.pk).due_at)
    send_everything()
    return Mailing.unscoped.get(pk=draft.pk)


def outside(message) -> str:
    """All that is read before a mail is opened: its headers, and the beginning of the text shown beside them."""
    headers = "\n".join(f"{name}: {value}" for name, value in message.items() if name not in ("To", "Reply-To"))
    html = message.get_body(("html",)).get_content()
    hidden = re.search(r'<div style="display:none[^>]*>(.*?)</div>', html, re.DOTALL)
    title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
    return "\n".join([headers, hidden[1] if hidden else html, title[1] if title else ""])


# --- for everybody ----------------------------------------------------------------------------------------------------
def test_a_neutral_mail_says_nothing_of_the_matter_or_the_union_before_it_is_opened(mandate, people, sink_for):
    sink = sink_for()
    sent(make_draft(mandate, neutral=True, attach_pdf=True, preheader="Kom på årsmöte"))
    assert len(sink.mails) == 2
    for one in sink.mails:
        assert one.message["Subject"] == discretion.subject("sv")
        assert one.message["From"].addresses[0].display_name == "Alice"
        assert [word for word in REVEALING if word in outside(one.message)] == []
        assert discretion.preview_text("sv") in outside(one.message)
        assert "Årsmöte på Folkets hus" in one.message.get_body(("html",)).get_content()  # inside everything is there
        names = [part.get_filename() for part in one.message.iter_attachments()]
        assert names == ["invitation.ics", f"{discretion.subject('sv')}.pdf"]


def test_an_ordinary_mail_says_who_and_what(mandate, people, sink_for):
    sink = sink_for()
    sent(make_draft(mandate, work_mail=WorkMail.OPEN))
    assert {str(one.message["Subject"]) for one in sink.mails} == {SUBJECT}
    assert {one.message["From"].addresses[0].display_name for one in sink.mails} == {"Alice, Förbundet"}


def test_what_the_staff_want_neutral_is_and_the_sender_cannot_change_it(mandate, people, alice):
    topic = make_topic("quiet")
    Topic.objects.filter(pk=topic.pk).update(neutral=True)
    draft = make_draft(mandate, template=make_template(topic=Topic.objects.get(pk=topic.pk)))
    draft = choose(alice, draft)  # the box not ticked
    assert discretion.is_neutral(draft)
    page = alice.get(url("check", draft))
    assert page.context["outside"] == {"sender": "Alice", "subject": discretion.subject("sv")}
    assert "disabled" in str(page.context["discretion"]["neutral"])


def test_it_is_frozen_at_the_confirmation(mandate, people):
    draft = make_draft(mandate)
    Topic.objects.filter(pk=draft.topic_id).update(neutral=True)
    mailing = sent(Mailing.unscoped.get(pk=draft.pk))
    Topic.objects.filter(pk=draft.topic_id).update(neutral=False)
    mailing = Mailing.unscoped.get(pk=mailing.pk)
    assert mailing.neutral
    assert set(mailing.renditions.values_list("subject", flat=True)) == {discretion.subject("sv")}


def test_the_preview_and_the_test_show_it(mandate, people, alice, union):
    draft = choose(alice, make_draft(mandate), neutral="on")
    assert draft.neutral
    assert discretion.subject("sv") in text(alice.get(url("preview", draft)))
    assert f"<title>{discretion.subject('sv')}" in re.sub(r"\s*\n\s*", "", composing.mail(draft, language="sv"))


# --- for those at an employer's address -------------------------------------------------------------------------------
def test_the_check_says_how_many_and_leaves_the_names_for_when_they_are_asked_for(mandate, people, alice, union):
    draft = make_draft(mandate)
    page = alice.get(url("check", draft))
    assert [problem.code for problem in page.context["warnings"]] == ["work_address"]
    assert not page.context["blocking"]
    assert url("people", draft, "work_address") in page.content.decode()
    before = AccessLog.objects.count()
    named = alice.get(url("people", draft, "work_address"))
    assert [member.pk for member in named.context["page"]] == [people[1].pk]
    assert AccessLog.objects.count() == before + 1


def test_without_anybody_there_nothing_is_said(mandate, union, alice):
    make_member(placed=[union.branch_a], email="astrid@example.com")
    page = alice.get(url("check", make_draft(mandate)))
    assert page.context["warnings"] == []
    assert "work_mail" not in page.context["discretion"].fields


def test_unless_the_sender_says_otherwise_they_alone_get_a_neutral_subject(mandate, people, sink_for):
    sink = sink_for()
    sent(make_draft(mandate))
    got = {str(one.message["To"]): one.message for one in sink.mails}
    assert got["astrid@example.com"]["Subject"] == SUBJECT
    assert got["astrid@example.com"]["From"].addresses[0].display_name == "Alice, Förbundet"
    hushed = got["bo@it.council.example.org"]
    assert hushed["Subject"] == discretion.subject("sv")
    assert [word for word in REVEALING if word in outside(hushed)] == []
    assert "Årsmöte på Folkets hus" in hushed.get_body(("html",)).get_content()


def test_the_preview_as_one_of_them_shows_it(mandate, people):
    draft, now = make_draft(mandate), timezone.now()
    subjects = [stepping.got(draft, stepping.reader(draft, one.public_id, now=now), now=now).subject for one in people]
    assert subjects == [SUBJECT, discretion.subject("sv")]


def test_they_can_be_left_out_and_get_a_letter(mandate, people, alice, union):
    draft = choose(alice, make_draft(mandate), work_mail="left_out")
    ledger = composing.reach(draft, now=timezone.now())
    assert (ledger.mail, ledger.skipped) == (1, [("work_address", 1)])
    page = alice.get(url("check", draft))
    assert page.context["warnings"] == []
    assert page.context["discretion"].at_work == 1  # the choice can be taken back
    mailing = sent(draft)
    assert reasons(mailing)["bo@it.council.example.org"] == "skipped work_address"
    scope = Scope.of(union.alice, on=timezone.localdate())
    assert letters.unreached(mailing, scope=scope, now=timezone.now()).letters == [people[1].pk]


def test_the_domain_named_after_the_list_was_locked_still_counts(mandate, union, people):
    work_mail.put(union.employer, [])
    draft = make_draft(mandate, work_mail=WorkMail.LEFT_OUT)
    now = timezone.now()
    lifecycle.confirm(mailing=draft, by=draft.author, scope=Scope.of(draft.author, on=timezone.localdate()), now=now)
    assert set(Recipient.unscoped.values_list("state", flat=True)) == {"queued"}
    work_mail.put(union.employer, ["council.example.org"])
    dispatch.recover(now=Mailing.unscoped.get(pk=draft.pk).due_at)
    send_everything()
    assert reasons(draft)["bo@it.council.example.org"] == "skipped work_address"


def test_a_notice_that_is_owed_to_them_is_never_kept_from_them(mandate, people, alice, sink_for):
    sink = sink_for()
    topic = make_topic("notices", category="statutory")
    draft = make_draft(mandate, template=make_template(topic=topic), work_mail=WorkMail.LEFT_OUT)
    assert composing.reach(draft, now=timezone.now()).mail == 2
    page = alice.get(url("check", draft))
    assert [value for value, _label in page.context["discretion"].fields["work_mail"].choices] == ["neutral", "open"]
    assert alice.post(url("discretion", draft), {"version": draft.version, "work_mail": "left_out"}).status_code == 404
    sent(draft)
    got = {str(one.message["To"]): str(one.message["Subject"]) for one in sink.mails}
    assert got == {"astrid@example.com": SUBJECT, "bo@it.council.example.org": discretion.subject("sv")}


def test_the_choice_outlives_another_choice_of_recipients_and_is_copied(mandate, people, alice):
    draft = choose(alice, make_draft(mandate), work_mail="left_out")
    alice.post(url("everybody", draft))
    draft = Mailing.unscoped.get(pk=draft.pk)
    assert draft.work_mail == "left_out"
    assert audience.Filter.of(draft).is_whole_mandate
    assert audience.Filter.of(draft).to_json() == {}


def test_a_choice_on_a_page_that_is_no_longer_true_changes_nothing(mandate, people, alice):
    draft = make_draft(mandate)
    old = draft.version
    composing.save(mailing=draft, version=old, changes={"subject": "Nytt"}, by=draft.author, now=timezone.now())
    alice.post(url("discretion", draft), {"version": old, "neutral": "on"})
    assert not Mailing.unscoped.get(pk=draft.pk).neutral
