"""Why did I get this: said in every face, frozen at the confirmation, and told to the member who asks."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import pgettext

from comms.people.scope import Scope
from mailings import composing, lifecycle, personal
from mailings.models import Mailing, Rendition
from templates_lib.models import Topic
from templates_lib.render.merge import hole
from tests.factories import make_topic
from tests.mailings.design import make_draft, make_template
from tests.mailings.post import make_members

TO_WHOM = "Only the representatives of Avdelning A and above it, and the union's staff, can see that you got this"


@pytest.fixture
def mandate(union):
    make_members(union.mandate(union.alice), 2)
    return union.mandate(union.alice)


def confirmed(draft: Mailing) -> Mailing:
    now = timezone.now()
    scope = Scope.of(draft.author, on=timezone.localdate(now))
    lifecycle.confirm(mailing=draft, by=draft.author, scope=scope, now=now)
    return Mailing.unscoped.get(pk=draft.pk)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def faces(draft: Mailing) -> dict[str, str]:
    made = composing.render(draft, language=draft.language, with_pdf=False)
    return {"mail": words(made.html), "text": words(made.text), "letter": words(made.prints["letter"])}


@pytest.mark.parametrize("face", ["mail", "text", "letter"])
def test_every_face_says_who_for_what_on_what_basis_and_who_else_can_see(mandate, face):
    said = faces(make_draft(mandate, language="en"))[face]
    assert "You get this because you are a member of" in said
    assert "Sent by Alice, Representative, Avdelning A." in said
    assert "Purpose: Meetings." in said
    assert "Legal basis: GDPR art. 6(1)(f), 9(2)(d)." in said
    assert f"{TO_WHOM}; no other recipient can." in said


@pytest.mark.parametrize(("category", "way"), [("information", "No more messages"), ("statutory", "Choose a letter")])
def test_it_says_how_to_refuse_or_to_get_a_letter_instead(mandate, category, way):
    draft = make_draft(mandate, template=make_template(topic=make_topic(category, category=category)), language="en")
    made = composing.render(draft, language="en", with_pdf=False)
    for face in (made.html, made.text):
        assert way in face
        assert hole("unsubscribe_url") in face


def test_the_page_for_anybody_says_nothing_of_what_only_members_get(mandate):
    made = composing.render(make_draft(mandate, language="en"), language="en", with_pdf=False)
    assert "Purpose" not in made.prints["web"]
    assert TO_WHOM not in words(made.prints["web"])


@pytest.mark.parametrize("language", ["sv", "nb", "da"])
def test_it_is_in_the_readers_language(mandate, language):
    said = faces(make_draft(mandate, language=language))["mail"]
    with translation.override(language):
        purpose = pgettext("message", "Purpose: %(purpose)s") % {"purpose": "Möten"}
        seen_by = pgettext("message", f"{TO_WHOM.replace('Avdelning A', '%(unit)s')}; no other recipient can")
    assert "Purpose" not in purpose
    assert f"{purpose}." in said
    assert f"{seen_by % {'unit': 'Avdelning A'}}." in said


# --- frozen -----------------------------------------------------------------------------------------------------------
def change(topic: Topic) -> None:
    Topic.objects.filter(pk=topic.pk).update(names={"sv": "Något annat", "en": "Else"}, category="offer")


def test_what_was_said_stays_said_whatever_becomes_of_the_topic(mandate):
    mailing = confirmed(make_draft(mandate))
    change(mailing.topic)
    after = Mailing.unscoped.get(pk=mailing.pk)
    assert after.purpose_in("sv") == "Möten"
    assert after.purpose_in("en") == "Meetings"
    assert after.legal_basis == "6(1)(f), 9(2)(d)"
    assert "Möten" in composing.mail(after, language="sv")  # were it drawn again
    assert "Möten" in Rendition.objects.get(mailing=after).html


def test_a_draft_says_what_the_topic_says_now_also_after_an_undo(mandate):
    mailing = confirmed(make_draft(mandate))
    lifecycle.undo(mailing=mailing, by=mailing.author, now=timezone.now())
    change(mailing.topic)
    again = Mailing.unscoped.get(pk=mailing.pk)
    assert (again.purpose, again.legal_basis) == ({}, "")
    assert "Något annat" in composing.mail(again, language="sv")


@pytest.mark.parametrize("name", ["read", "sent"])
def test_archive_and_report_show_it(mandate, union, sign_in, name):
    mailing = confirmed(make_draft(mandate))
    change(mailing.topic)
    page = words(sign_in(union.alice).get(reverse(f"mailings:{name}", args=[mailing.public_id])).content.decode())
    assert "Möten" in page
    assert "GDPR art. 6(1)(f), 9(2)(d)" in page


def test_the_member_who_asks_is_told(mandate):
    mailing = confirmed(make_draft(mandate))
    change(mailing.topic)
    member = mailing.recipients.first().member
    (message,) = personal.export(member)["messages"]
    assert (message["purpose"], message["legal_basis"]) == ("Möten", "6(1)(f), 9(2)(d)")
