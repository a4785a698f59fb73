"""The composer's pages: each step works without JavaScript, keeps what was typed, and asks before it sends."""

from __future__ import annotations

import io
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from comms.people.models import RosterImport
from comms.privacy import pledge
from comms.privacy.models import AccessLog, Pledge
from mailings import audience, by_clock
from mailings.models import Mailing, MailingState, Recipient, RecipientState
from tests.factories import make_mandate, make_member, make_user
from tests.mailings.design import FACTS, HEADING, IMAGE, make_draft, make_template, translate

QUIET = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


@pytest.fixture
def mandate(union):
    return union.mandate(union.alice)


@pytest.fixture
def members(union):
    return [
        make_member("Åsa", "Lind", placed=[union.branch_a]),
        make_member("Per", "Ek", placed=[union.branch_a], language="nb"),
        make_member("Ida", "Utan", placed=[union.branch_a], email=""),
    ]


def url(name: str, mailing: Mailing, *more: str) -> str:
    return reverse(f"mailings:{name}", args=[mailing.public_id, *more])


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def approve(client, mailing, **more):
    fresh = Mailing.unscoped.get(pk=mailing.pk)
    reach = client.get(url("check", mailing)).context["ledger"].mail
    return client.post(url("confirm", mailing), {"version": fresh.version, "count": reach, **more})


# --- home and archive ---------------------------------------------------------------------------------------------
def test_home_shows_what_waits(union, alice, mandate):
    RosterImport.objects.create(covers=union.root, as_of=timezone.now(), sha256="0" * 64)
    draft = make_draft(mandate)
    page = alice.get("/")
    assert page.status_code == 200
    assert list(page.context["drafts"]) == [draft]
    assert page.context["as_of"] is not None
    assert reverse("mailings:new") in page.content.decode()


def test_home_of_an_ended_mandate_says_so_and_whom_to_ask(union, sign_in):
    page = sign_in(union.dora).get("/")
    assert page.status_code == 200
    assert "Avdelning A" in text(page)
    assert "post@forbundet.example.org" in text(page)


def test_somebody_without_any_mandate_is_told_so(db, sign_in):
    assert sign_in(make_user("Nils")).get("/").status_code == 200


def test_home_narrows_to_one_of_several_mandates(union, sign_in, mandate):
    make_mandate(union.alice, union.branch_b)
    here, there = make_draft(mandate), make_draft(union.alice.mandates.get(unit=union.branch_b))
    client = sign_in(union.alice)
    assert set(client.get("/").context["drafts"]) == {here, there}
    assert list(client.get("/", {"mandate": str(mandate.public_id)}).context["drafts"]) == [here]


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_for_one_and_three_rows(rows, alice, mandate, django_assert_num_queries):
    template = make_template()
    for _n in range(rows):
        make_draft(mandate, template=template)
    with django_assert_num_queries(8):
        alice.get(reverse("mailings:list"))


@pytest.mark.parametrize("rows", [1, 3])
def test_home_costs_the_same_for_one_and_three_rows(rows, alice, mandate, django_assert_num_queries):
    template = make_template()
    for _n in range(rows):
        make_draft(mandate, template=template)
    with django_assert_num_queries(12):
        alice.get("/")


def test_the_archive_is_searched_by_subject(alice, mandate):
    template = make_template()
    found = make_draft(mandate, template=template, subject="Julbord")
    make_draft(mandate, template=template, subject="Årsmöte")
    assert list(alice.get(reverse("mailings:list"), {"q": "julb"}).context["page"]) == [found]
    assert list(alice.get(reverse("mailings:list"), {"state": "done"}).context["page"]) == []


# --- starting and writing -----------------------------------------------------------------------------------------
def test_an_invitation_begins_with_a_template(union, alice, mandate):
    template = make_template()
    gallery = alice.get(reverse("mailings:new"))
    assert template.name in text(gallery)
    begun = alice.post(reverse("mailings:create"), {"template": template.pk, "mandate": str(mandate.public_id)})
    mailing = Mailing.unscoped.get()
    assert begun.url == url("text", mailing)
    assert (mailing.mandate, mailing.author) == (mandate, union.alice)


def test_nobody_begins_under_a_mandate_of_somebody_else(union, alice):
    template = make_template()
    other = union.mandate(union.charlie)
    begun = alice.post(reverse("mailings:create"), {"template": template.pk, "mandate": str(other.public_id)})
    assert begun.status_code == 404
    assert not Mailing.unscoped.exists()


def test_a_safety_representative_cannot_begin_one(union, sign_in):
    safety = make_mandate(make_user("Siv"), union.branch_a, role="safety")
    client = sign_in(safety.user)
    assert client.get(reverse("mailings:new")).status_code == 404
    assert client.get("/").status_code == 200


def test_every_slot_has_its_field(alice, mandate):
    page = alice.get(url("text", make_draft(mandate, ready=False)))
    names = set(re.findall(r'name="([^"]+)"', page.content.decode()))
    assert {
        "subject",
        "preheader",
        f"{HEADING}.text",
        f"{FACTS}.when",
        f"{FACTS}.where:name",
        f"{IMAGE}.picture:alt",
    } <= names


def test_the_save_button_works_without_javascript(alice, mandate):
    draft = make_draft(mandate, ready=False)
    sent = {
        "version": 1,
        "subject": "Hej",
        f"{FACTS}.where:name": "Folkets hus",
        f"{FACTS}.where:url": "inte en länk",
        "go": "stay",
    }
    saved = alice.post(url("save", draft), sent)
    assert saved.url == url("text", draft)
    stored = Mailing.unscoped.get(pk=draft.pk)
    assert (stored.subject, stored.values[f"{FACTS}.where"]["url"]) == ("Hej", "inte en länk")


def test_the_autosave_answers_with_the_version_and_the_time(alice, mandate):
    draft = make_draft(mandate, ready=False)
    saved = alice.post(url("save", draft), {"version": 1, "subject": "Hej"}, **QUIET)
    assert saved.json()["version"] == 2
    assert re.search(r"\d\d[.:]\d\d", saved.json()["said"])


def test_a_conflict_keeps_both_texts(alice, mandate):
    draft = make_draft(mandate, ready=False)
    alice.post(url("save", draft), {"version": 1, "subject": "Den första"}, **QUIET)
    assert alice.post(url("save", draft), {"version": 1, "subject": "Den andra"}, **QUIET).status_code == 409
    page = alice.post(url("save", draft), {"version": 1, "subject": "Den andra"})
    assert page.status_code == 409
    assert "Den första" in text(page)
    assert 'value="Den andra"' in page.content.decode()
    assert 'name="version" value="2"' in page.content.decode()


def test_script_in_rich_text_is_not_kept(alice, mandate):
    draft = make_draft(mandate, ready=False)
    key = next(key for key in draft.values if key.endswith(".text") and draft.values[key].startswith("<p>"))
    alice.post(url("save", draft), {"version": 1, key: "<p>Hej<script>alert(1)</script></p>", f"{key}-html": "1"})
    assert Mailing.unscoped.get(pk=draft.pk).values[key] == "<p>Hej</p>"


def test_a_picture_is_taken_in_and_a_text_file_is_refused_with_words(alice, mandate):
    draft = make_draft(mandate, ready=False)
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(out, "JPEG")
    out.seek(0)
    out.name = "hus.jpg"
    saved = alice.post(
        url("save", draft), {"version": 1, f"{IMAGE}.picture:file": out, f"{IMAGE}.picture:alt": "Huset"}, **QUIET
    )
    assert saved.status_code == 200, saved.content
    stored = Mailing.unscoped.get(pk=draft.pk).values[f"{IMAGE}.picture"]
    assert (len(stored["sha256"]), stored["alt"]) == (64, "Huset")
    bad = io.BytesIO(b"not a picture")
    bad.name = "hus.jpg"
    refused = alice.post(url("save", draft), {"version": 2, f"{IMAGE}.picture:file": bad}, **QUIET)
    assert refused.status_code == 422
    assert refused.json()["errors"][f"{IMAGE}.picture:file"]


# --- looking --------------------------------------------------------------------------------------------------------
def test_the_preview_shows_three_faces(alice, mandate):
    draft = make_draft(mandate)
    assert "Kim" in text(alice.get(url("preview", draft, "text")))
    assert b"data:image/png;base64," in alice.get(url("preview", draft, "pdf")).content
    mail = alice.get(url("preview", draft))
    assert url("frame", draft) in mail.content.decode()
    assert 'sandbox="allow-same-origin"' in mail.content.decode()
    assert alice.get(url("preview", draft, "fax")).status_code == 404


def test_the_frame_runs_no_script_and_loads_nothing_foreign(alice, mandate):
    frame = alice.get(url("frame", make_draft(mandate)))
    policy = frame.headers["Content-Security-Policy"]
    assert "sandbox allow-same-origin" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "Hej Kim!" in text(frame)


def test_the_languages_of_the_recipients_are_offered_once_they_are_complete(alice, mandate, members):
    draft = make_draft(mandate)
    assert [code for code, _name in alice.get(url("preview", draft)).context["languages"]] == ["sv"]
    translate(draft, "nb")
    assert [code for code, _name in alice.get(url("preview", draft)).context["languages"]] == ["sv", "nb"]


# --- recipients -----------------------------------------------------------------------------------------------------
def test_the_ledger_adds_up_and_every_number_opens_its_list(alice, mandate, members):
    draft = make_draft(mandate)
    page = alice.get(url("recipients", draft))
    ledger = page.context["ledger"]
    assert (ledger.total, ledger.mail, ledger.skipped) == (3, 2, [("no_address", 1)])
    assert "Lind" in text(alice.get(url("people", draft, "mail")))
    assert "Ida Utan" in text(alice.get(url("people", draft, "no_address")))
    assert alice.get(url("people", draft, "nonsense")).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_a_list_of_names_costs_the_same_for_one_and_three_rows(rows, union, alice, mandate, django_assert_num_queries):
    for _n in range(rows):
        make_member(placed=[union.branch_a])
    draft = make_draft(mandate)
    alice.get(url("people", draft, "mail"))  # the day's first look begins the access log
    with django_assert_num_queries(14):
        alice.get(url("people", draft, "mail"))


def test_the_choice_of_recipients_only_narrows(union, alice, mandate, members):
    draft = make_draft(mandate)
    alice.post(url("narrow", draft), {"version": draft.version, "languages": ["nb"]})
    assert Mailing.unscoped.get(pk=draft.pk).audience == {"languages": ["nb"]}
    assert alice.get(url("recipients", draft)).context["ledger"].mail == 1
    foreign = alice.post(url("narrow", draft), {"version": draft.version + 1, "units": [union.branch_b.pk]})
    assert foreign.status_code == 404


# --- sending --------------------------------------------------------------------------------------------------------
def test_an_unfinished_invitation_cannot_be_sent(alice, mandate, members):
    draft = make_draft(mandate, ready=False)
    page = alice.get(url("check", draft))
    assert len(page.context["blocking"]) == 3
    approve(alice, draft)
    assert Mailing.unscoped.get(pk=draft.pk).state == MailingState.DRAFT


def test_approving_holds_and_undo_brings_the_draft_back(alice, mandate, members):
    draft = make_draft(mandate)
    assert approve(alice, draft, attach_pdf="on").url == url("sent", draft)
    held = Mailing.unscoped.get(pk=draft.pk)
    assert (held.state, held.attach_pdf, held.locked_count) == (MailingState.HOLD, True, 3)
    page = alice.get(url("sent", draft))
    assert url("undo", draft) in page.content.decode()
    assert 'http-equiv="refresh"' in page.content.decode()
    assert alice.get(url("text", draft)).url == url("sent", draft)
    assert alice.post(url("undo", draft)).url == url("check", draft)
    back = Mailing.unscoped.get(pk=draft.pk)
    assert (back.state, Recipient.unscoped.for_mailing(back).count(), back.renditions.count()) == ("draft", 0, 0)


def test_a_second_click_changes_nothing(alice, mandate, members):
    draft = make_draft(mandate)
    sent = {"version": draft.version, "count": 2}
    for _click in range(2):
        assert alice.post(url("confirm", draft), sent).url == url("sent", draft)
    assert Recipient.unscoped.for_mailing(draft).count() == 3


def test_an_approval_of_another_text_or_number_is_not_taken(alice, mandate, members):
    draft = make_draft(mandate)
    assert alice.post(url("confirm", draft), {"version": draft.version, "count": 3}).status_code == 422
    assert alice.post(url("confirm", draft), {"version": draft.version - 1, "count": 2}).url == url("check", draft)
    assert Mailing.unscoped.get(pk=draft.pk).state == MailingState.DRAFT


def test_many_recipients_must_be_typed_back(alice, mandate, members, monkeypatch):
    monkeypatch.setattr("mailings.forms.ApproveForm.TYPED_ABOVE", 1)
    draft = make_draft(mandate)
    assert approve(alice, draft).status_code == 422
    assert approve(alice, draft, typed="3").status_code == 422
    assert approve(alice, draft, typed=" 2 ").url == url("sent", draft)


def test_a_large_sending_asks_for_a_fresh_sign_in(alice, mandate, members, monkeypatch):
    monkeypatch.setattr("mailings.forms.ApproveForm.TYPED_ABOVE", 1)
    session = alice.session
    session["since"] = timezone.now().timestamp() - 16 * 60
    session.save()
    draft = make_draft(mandate)
    page = approve(alice, draft, typed="2")
    assert page.templates[0].name == "mailings/sign_in_again.html"
    assert f'value="/accounts/login/?next=/invitations/{draft.public_id}/check/"' in page.content.decode()
    assert Mailing.unscoped.get(pk=draft.pk).state == MailingState.DRAFT


def test_the_mail_is_frozen_in_the_languages_of_those_who_get_it(alice, mandate, members):
    draft = translate(translate(make_draft(mandate), "nb"), "en")  # nobody reads English
    approve(alice, draft)
    assert [r.language for r in draft.renditions.order_by("language")] == ["nb", "sv"]


def test_a_draft_of_somebody_else_is_taken_over_first(union, sign_in, mandate, members):
    deputy = make_mandate(make_user("Disa"), union.branch_a, role="deputy")
    client, draft = sign_in(deputy.user), make_draft(mandate)
    assert client.get(url("check", draft)).context["blocking"][0].code == "not_own"
    client.post(url("take_over", draft))
    assert approve(client, draft).url == url("sent", draft)


def test_pause_go_on_and_stop(alice, mandate, members):
    draft = make_draft(mandate)
    approve(alice, draft)
    Mailing.unscoped.filter(pk=draft.pk).update(due_at=timezone.now())
    by_clock.start_due(now=timezone.now())
    for verb, state in (("pause", "paused"), ("resume", "sending"), ("cancel", "cancelled")):
        alice.post(url(verb, draft))
        assert Mailing.unscoped.get(pk=draft.pk).state == state
    page = alice.get(url("sent", draft))
    assert page.context["counts"] == {"waiting": 0, "reached": 0, "missed": 0, "skipped": 3}


def test_the_report_names_people_states_and_reasons(alice, mandate, members):
    draft = make_draft(mandate)
    approve(alice, draft)
    Mailing.unscoped.filter(pk=draft.pk).update(state=MailingState.DONE, finished_at=timezone.now())
    Recipient.unscoped.filter(state=RecipientState.QUEUED).update(state=RecipientState.SENT)
    page = alice.get(url("sent", draft))
    assert "Åsa Lind" in text(page)
    left_out = alice.get(url("sent", draft), {"state": "skipped"})
    assert [r.last_name for r in left_out.context["page"]] == ["Utan"]
    pdf = alice.get(url("pdf", draft))
    assert pdf.content.startswith(b"%PDF-")
    assert "attachment" in pdf.headers["Content-Disposition"]


def test_the_report_is_steered_at_once_and_names_somebody_after_the_pledge(union, alice, mandate, members):
    draft = make_draft(mandate)
    approve(alice, draft)
    Mailing.unscoped.filter(pk=draft.pk).update(state=MailingState.SENDING)
    Pledge.objects.all()._raw_delete(Pledge.objects.db)
    looks = AccessLog.objects.exclude(pk__in=list(AccessLog.objects.values_list("pk", flat=True)))
    page = alice.get(url("sent", draft))
    assert url("pause", draft) in page.content.decode()
    assert f'href="{reverse("pledge", args=[mandate.public_id])}?next=' in page.content.decode()
    assert "Åsa Lind" not in text(page)
    pledge.give(mandate=mandate, by=mandate.user, now=timezone.now())
    assert not looks.exists()
    assert "Åsa Lind" in text(alice.get(url("sent", draft)))
    (look,) = looks.all()
    named = Recipient.unscoped.filter(mailing=draft).exclude(first_name="", last_name="")
    assert sorted(look.members) == sorted(named.values_list("member_id", flat=True))


def test_whoever_sees_it_from_above_is_noted_under_their_own_mandate(union, sign_in, alice, mandate, members):
    draft = make_draft(mandate)
    approve(alice, draft)
    Mailing.unscoped.filter(pk=draft.pk).update(state=MailingState.DONE, finished_at=timezone.now())
    for user in (union.bob, union.sara):
        assert "Åsa Lind" in text(sign_in(user).get(url("sent", draft)))
        look = AccessLog.objects.order_by("pk").last()
        assert (look.user, look.mandate) == (user, union.mandate(user))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_report_costs_the_same_for_one_and_three_rows(rows, union, alice, mandate, django_assert_num_queries):
    for _n in range(rows):
        make_member(placed=[union.branch_a])
    draft = make_draft(mandate)
    approve(alice, draft)
    Mailing.unscoped.filter(pk=draft.pk).update(state=MailingState.SENDING)
    alice.get(url("sent", draft))  # today's chain of the access log has begun
    with django_assert_num_queries(19):
        alice.get(url("sent", draft))


def test_progress_alone_is_asked_for_by_htmx_and_the_page_again_when_the_state_moves(alice, mandate, members):
    draft = make_draft(mandate)
    approve(alice, draft)
    same = alice.get(url("sent", draft), {"was": "hold"}, HTTP_HX_REQUEST="true")
    assert same.content.lstrip().startswith(b'<div id="progress"')
    assert "HX-Refresh" not in same.headers
    Mailing.unscoped.filter(pk=draft.pk).update(state=MailingState.SENDING)
    assert alice.get(url("sent", draft), {"was": "hold"}, HTTP_HX_REQUEST="true").headers["HX-Refresh"] == "true"


def test_the_region_above_reads_what_was_sent_but_not_drafts(union, sign_in, alice, mandate, members):
    draft, bob = make_draft(mandate), sign_in(union.bob)
    assert bob.get(url("text", draft)).status_code == 404
    approve(alice, draft)
    assert bob.get(url("sent", draft)).status_code == 200
    assert bob.post(url("undo", draft)).status_code == 404


def test_the_web_copy_names_nobody(client, alice, mandate, members):
    from mailings.links import web_url

    draft = make_draft(mandate)
    approve(alice, draft)
    recipient = Recipient.unscoped.get(mailing=draft, last_name="Lind")
    page = client.get(web_url(recipient.public_id).removeprefix("http://127.0.0.1:8000"))
    assert page.status_code == 200
    assert "Åsa" not in page.content.decode()
    assert "Välkommen till årsmötet" in page.content.decode()
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_audience_filter_in_a_draft_is_the_stored_shape(mandate):
    assert audience.Filter.from_json(make_draft(mandate).audience).is_whole_mandate
