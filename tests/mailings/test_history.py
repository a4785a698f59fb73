"""Earlier versions: yesterday's text, the one that lost a conflict, and the way back (demand V9)."""

from __future__ import annotations

import datetime
import re

import pytest
from django.test import Client

from comms.people.models import Mandate
from mailings import composing, history
from mailings.models import Mailing
from tests.factories import make_user
from tests.mailings.design import HEADING, make_draft

NOW = datetime.datetime(2027, 3, 1, 12, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def mandate(union) -> Mandate:
    return union.mandate(union.alice)


@pytest.fixture
def draft(mandate) -> Mailing:
    return make_draft(mandate, ready=False)


def write(draft: Mailing, subject: str, *, at: datetime.datetime = NOW, by=None, **more) -> Mailing:
    fresh = Mailing.unscoped.get(pk=draft.pk)
    changes = {"subject": subject}
    return composing.save(mailing=fresh, version=fresh.version, changes=changes, by=by or draft.author, now=at, **more)


def subjects(draft: Mailing) -> list[str]:
    return [one.words["subject"] for one in draft.versions.order_by("id")]


def test_what_one_person_types_in_ten_minutes_is_one_version(draft):
    for n in range(3):
        write(draft, f"Årsmöte {n}", at=NOW + n * MINUTE)
    assert subjects(draft) == ["Årsmöte 2"]
    write(draft, "Årsmöte 3", at=NOW + 11 * MINUTE)
    assert subjects(draft) == ["Årsmöte 2", "Årsmöte 3"]


def test_another_person_begins_a_version_of_their_own(draft):
    write(draft, "Alices")
    write(draft, "Bertils", by=make_user("bertil@example.org"))
    assert subjects(draft) == ["Alices", "Bertils"]


def test_the_choice_of_recipients_is_no_version(draft):
    composing.save(mailing=draft, version=1, changes={"attach_pdf": True}, by=draft.author, now=NOW)
    assert subjects(draft) == []


def test_saving_costs_the_same_however_long_the_history(draft, django_assert_num_queries):
    author = draft.author
    for n in range(3):
        with django_assert_num_queries(8):
            write(draft, f"Årsmöte {n}", at=NOW + n * 11 * MINUTE, by=author)


def test_an_earlier_text_comes_back_and_that_of_today_stays(draft):
    write(draft, "Gårdagens")
    yesterday = draft.versions.get()
    today = write(draft, "Dagens", at=NOW + datetime.timedelta(days=1))
    later = NOW + datetime.timedelta(days=1, minutes=1)
    back = composing.get_back(mailing=draft, earlier=yesterday, version=today.version, by=draft.author, now=later)
    assert back.subject == "Gårdagens"
    assert subjects(draft) == ["Gårdagens", "Dagens", "Gårdagens"]


def test_both_texts_of_a_conflict_are_kept(draft):
    write(draft, "Den första fliken")
    with pytest.raises(composing.Conflict) as caught:
        composing.save(mailing=draft, version=1, changes={"subject": "Den andra"}, by=draft.author, now=NOW)
    for _again in range(2):
        history.set_aside(caught.value.stored, caught.value.fields, by=draft.author, now=NOW)
    write(draft, "Den andra", at=NOW + MINUTE)  # she keeps her own
    assert subjects(draft) == ["Den första fliken", "Den andra", "Den andra"]
    assert [one.aside for one in draft.versions.order_by("id")] == [False, True, False]


def test_the_page_of_the_conflict_keeps_the_text_that_was_sent(sign_in, union, draft):
    write(draft, "Bertils")
    alice = sign_in(union.alice)
    reply = alice.post(f"/invitations/{draft.public_id}/save/", {"version": 1, "subject": "Alices"})
    assert reply.status_code == 409
    assert subjects(draft) == ["Bertils", "Alices"]


def test_the_list_and_the_comparison_say_what_differs(sign_in, union, draft):
    write(draft, "Gårdagens")
    write(draft, "Dagens", at=NOW + datetime.timedelta(days=1))
    alice: Client = sign_in(union.alice)
    address = f"/invitations/{draft.public_id}/versions/"
    assert len(re.findall(r"/versions/\d+/", alice.get(address).content.decode())) == 2
    page = alice.get(f"{address}{draft.versions.earliest('id').pk}/").content.decode()
    assert "Gårdagens" in page
    assert "Dagens" in page
    assert page.count("<h2>") == 1  # the one field that says something else
    reply = alice.post(f"{address}{draft.versions.earliest('id').pk}/get-back/", {"version": 3})
    assert reply.status_code == 302
    assert Mailing.unscoped.get(pk=draft.pk).subject == "Gårdagens"


def test_getting_back_from_an_old_page_changes_nothing(sign_in, union, draft):
    write(draft, "Gårdagens")
    write(draft, "Dagens", at=NOW + datetime.timedelta(days=1))
    number = draft.versions.earliest("id").pk
    sign_in(union.alice).post(f"/invitations/{draft.public_id}/versions/{number}/get-back/", {"version": 2})
    assert Mailing.unscoped.get(pk=draft.pk).subject == "Dagens"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_three_rows(rows, sign_in, union, draft, django_assert_num_queries):
    alice = sign_in(union.alice)
    for n in range(rows):
        write(draft, f"Årsmöte {n}", at=NOW + n * 11 * MINUTE)
    with django_assert_num_queries(6):
        alice.get(f"/invitations/{draft.public_id}/versions/")


def test_one_slot_goes_back_to_what_staff_wrote(sign_in, union, draft):
    alice, key = sign_in(union.alice), f"{HEADING}.text"
    suggested = composing.suggestions(draft)[key]
    sent = {"version": 1, "subject": "Årsmöte", key: "Mitt eget", "go": f"reset:{key}"}
    reply = alice.post(f"/invitations/{draft.public_id}/save/", sent)
    assert reply.url.endswith(f"/text/#slot-{key}")
    stored = Mailing.unscoped.get(pk=draft.pk)
    assert (stored.subject, stored.values[key]) == ("Årsmöte", suggested)
    assert [one.words["values"][key] for one in draft.versions.order_by("id")] == ["Mitt eget", suggested]


def test_a_slot_nobody_knows_is_not_reset(sign_in, union, draft):
    reply = sign_in(union.alice).post(f"/invitations/{draft.public_id}/save/", {"version": 1, "go": "reset:nothing"})
    assert reply.status_code == 404
