"""The archive: found by words, template, state and date; it is the unit's, and the next holder goes on with it."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from comms.people.models import Mandate
from mailings.models import Mailing, Rendition
from tests.factories import day, make_mandate, make_member, make_user
from tests.mailings.design import make_draft, make_template
from tests.mailings.post import make_mailing, send_everything

LIST = reverse("mailings:list")


@pytest.fixture
def mandate(union) -> Mandate:
    return union.mandate(union.alice)


def url(name: str, mailing: Mailing) -> str:
    return reverse(f"mailings:{name}", args=[mailing.public_id])


def at(mailing: Mailing, when: str) -> Mailing:
    moment = timezone.make_aware(datetime.datetime.fromisoformat(when))
    Mailing.unscoped.filter(pk=mailing.pk).update(started_at=moment, due_at=moment)
    return mailing


def done(mandate: Mandate, subject: str, when: str = "2026-03-01T12:00") -> Mailing:
    mailing = make_mailing(mandate, state="done", finished_at=timezone.now())
    Mailing.unscoped.filter(pk=mailing.pk).update(subject=subject)
    return at(mailing, when)


def found(client, **asked: object) -> list[str]:
    return [mailing.subject for mailing in client.get(LIST, asked).context["page"]]


# --- searching ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("årsmöte", ["Årsmöte på Folkets hus"]),
        ("FOLKETS årsmöte", ["Årsmöte på Folkets hus"]),
        ("ÖL", ["Öl och lön (2026)"]),
        ("(2026)", ["Öl och lön (2026)"]),
        (".*", []),
        ("julbord", []),
        ("", ["Öl och lön (2026)", "Årsmöte på Folkets hus"]),
    ],
)
def test_every_word_must_be_in_the_subject_whatever_its_case(union, sign_in, mandate, q, expected):
    done(mandate, "Årsmöte på Folkets hus", "2026-03-01T12:00")
    done(mandate, "Öl och lön (2026)", "2026-03-02T12:00")
    assert found(sign_in(union.alice), q=q) == expected


def test_dates_are_whole_local_days_both_ends_included(union, sign_in, mandate):
    for subject, when in (("ett", "2026-03-01T00:00"), ("två", "2026-03-01T23:59"), ("tre", "2026-03-02T00:00")):
        done(mandate, subject, when)
    alice = sign_in(union.alice)
    assert found(alice, since="2026-03-01", until="2026-03-01") == ["två", "ett"]
    assert found(alice, since="2026-03-02") == ["tre"]
    assert found(alice, until="2026-02-28") == []
    assert found(alice, since="soon", until="2026-13-40") == ["tre", "två", "ett"]


def test_template_and_state_narrow_and_the_counts_follow(union, sign_in, mandate):
    template = make_template(name="Lönemöte")
    make_draft(mandate, template=template, subject="Utkast")
    other = done(mandate, "Skickat")
    alice = sign_in(union.alice)
    assert found(alice, template=template.pk) == ["Utkast"]
    assert found(alice, state="done") == ["Skickat"]
    page = alice.get(LIST, {"template": other.template_id})
    states = dict(page.context["form"].fields["state"].choices)
    assert {code: label[-3:] for code, label in states.items() if code} == {"done": "(1)"}
    offered = {label for _pk, label in page.context["form"].fields["template"].choices}
    assert {"Lönemöte", "Möte"} <= offered


@pytest.mark.parametrize("asked", [{"state": "nonsense"}, {"template": "0"}, {"template": "x"}, {"page": "99"}])
def test_what_makes_no_sense_is_overlooked(union, sign_in, mandate, asked):
    done(mandate, "Årsmöte")
    assert found(sign_in(union.alice), **asked) == ["Årsmöte"]


def test_templates_of_another_branch_are_not_offered(union, sign_in):
    make_draft(union.mandate(union.charlie), template=make_template(name="Hemlig mall"))
    assert "Hemlig mall" not in sign_in(union.alice).get(LIST).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_three_rows(union, sign_in, mandate, rows, django_assert_num_queries):
    for n in range(rows):
        done(mandate, f"Möte {n}")
    alice = sign_in(union.alice)
    with django_assert_num_queries(8):
        assert len(found(alice, q="möte", state="done")) == rows


def test_the_second_page_keeps_what_was_asked(union, sign_in, mandate, monkeypatch):
    monkeypatch.setattr("mailings.views.archive.PAGE", 2)
    for n in range(3):
        done(mandate, f"Möte {n}", f"2026-03-0{n + 1}T12:00")
    page = sign_in(union.alice).get(LIST, {"q": "möte"})
    assert page.context["page"].paginator.count == 3
    assert "q=m%C3%B6te&amp;page=2" in page.content.decode()


# --- whose it is --------------------------------------------------------------------------------------------------
def test_the_next_holder_of_the_mandate_reads_what_was_sent_and_goes_on_with_the_draft(union, sign_in, mandate):
    make_member("Åsa", "Lind", placed=[union.branch_a])
    draft, sent = make_draft(mandate, subject="Medlemsmöte i maj"), make_draft(mandate, subject="Årsmöte")
    alice = sign_in(union.alice)
    alice.post(url("confirm", sent), {"version": sent.version, "count": 1})
    Mandate.objects.filter(pk=mandate.pk).update(end=day(-1))
    erik = make_user("Erik", language="sv")
    make_mandate(erik, union.branch_a)
    assert alice.get(url("text", draft)).status_code == 404
    client = sign_in(erik)
    assert set(found(client)) == {"Medlemsmöte i maj", "Årsmöte"}
    page = client.get(url("read", sent))
    assert "Alice" in page.content.decode()
    assert "Välkommen till årsmötet" in client.get(url("read_frame", sent)).content.decode()
    assert client.get(url("pdf", sent)).content.startswith(b"%PDF-")
    assert client.post(url("take_over", draft)).status_code == 302
    draft.refresh_from_db()
    assert client.post(url("confirm", draft), {"version": draft.version, "count": 1}).url == url("sent", draft)
    draft.refresh_from_db()
    assert (draft.state, draft.author, draft.confirmed_by) == ("hold", erik, erik)


def test_a_board_member_of_the_unit_above_sees_what_was_sent_and_no_draft(union, sign_in, mandate):
    make_draft(mandate, subject="Utkast")
    sent = done(mandate, "Skickat")
    board = make_user("Beata", language="sv")
    make_mandate(board, union.region, role="board")
    client = sign_in(board)
    assert found(client) == ["Skickat"]
    assert client.get(url("read", sent)).status_code == 200
    assert client.post(url("take_over", sent)).status_code == 404


def test_a_safety_representative_of_the_unit_is_shown_no_draft_they_could_not_open(union, sign_in, mandate):
    draft = make_draft(mandate, subject="Utkast")
    done(mandate, "Skickat")
    safety = make_user("Siri", language="sv")
    make_mandate(safety, union.branch_a, role="safety")
    client = sign_in(safety)
    assert found(client) == ["Skickat"]
    assert list(client.get("/").context["drafts"]) == []
    assert client.get(url("text", draft)).status_code == 404


# --- read as it was sent ------------------------------------------------------------------------------------------
def test_what_is_read_are_the_stored_bytes_in_each_language_with_nobodys_name(union, sign_in, mandate):
    mailing = make_mailing(mandate, to=["asa@example.com"])
    send_everything()
    Rendition.objects.create(
        mailing=mailing, language="en", subject="Welcome", html="<p>Hello \ue000first_name\ue001</p>", text="Hello",
        pdf=b"%PDF-1.7", pdf_name="a.pdf",
    )  # fmt: skip
    alice = sign_in(union.alice)
    page = alice.get(url("read", mailing), {"language": "en"})
    assert page.context["subject"] == "Welcome"
    assert [code for code, _name in page.context["spoken"]] == ["sv", "en"]
    frame = alice.get(url("read_frame", mailing), {"language": "en"})
    assert frame.content == b"<p>Hello Kim</p>"
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert "asa@example.com" not in page.content.decode()
    swedish = alice.get(url("read", mailing), {"language": "xx"})
    assert swedish.context["subject"] == "Kallelse till årsmöte"


def test_a_later_edit_of_the_template_changes_nothing_of_what_was_sent(union, sign_in, mandate):
    make_member("Åsa", "Lind", placed=[union.branch_a])
    sent = make_draft(mandate)
    alice = sign_in(union.alice)
    alice.post(url("confirm", sent), {"version": sent.version, "count": 1})
    before = alice.get(url("read_frame", sent)).content
    template = sent.template
    template.body = []
    template.save_revision().publish()
    assert alice.get(url("read_frame", sent)).content == before


def test_a_draft_is_not_read_as_sent(union, sign_in, mandate):
    draft = make_draft(mandate)
    alice = sign_in(union.alice)
    assert alice.get(url("read", draft), follow=True).redirect_chain[-1][0] == url("text", draft)
    assert alice.get(url("read_frame", draft)).status_code == 404
