"""The text step in several languages, with parts that may be left out, on a template that moves on."""

from __future__ import annotations

import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from comms.people.models import Mandate
from mailings import composing, updates
from mailings.models import Mailing
from tests.factories import make_member, make_topic
from tests.mailings.design import make_draft
from tests.mailings.test_languages import BODY, KIND, LINK, POINTS, SHOWN, TITLE, blocks, field, make_design, saved

QUIET = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


@pytest.fixture
def mandate(union) -> Mandate:
    return union.mandate(union.alice)


@pytest.fixture
def draft(mandate) -> Mailing:
    return make_draft(mandate, template=make_design(), ready=False)


def url(name: str, mailing: Mailing) -> str:
    return reverse(f"mailings:{name}", args=[mailing.public_id])


def fresh(mailing: Mailing) -> Mailing:
    return Mailing.unscoped.get(pk=mailing.pk)


def names(response) -> set[str]:
    return set(re.findall(r'name="([^"]+)"', response.content.decode()))


# --- another language -----------------------------------------------------------------------------------------------
def test_the_senders_text_stands_beside_the_field_of_its_translation(alice, draft):
    saved(draft, values={TITLE: "Vi ses på torget"})
    page = alice.get(url("text", draft), {"language": "nb"})
    assert {"subject", TITLE, BODY, POINTS} <= names(page)
    assert names(page) & {KIND, LINK, SHOWN, f"{LINK}:text", f"{LINK}:url", "preheader"} == set()
    assert "Vi ses på torget" in page.content.decode()
    assert "Medlemsmøte" in page.content.decode()  # the answer as staff wrote it, nothing to type
    assert 'value="Innkalling"' in page.content.decode()


def test_there_is_no_switch_while_everybody_reads_the_senders_language(alice, union, draft):
    assert alice.get(url("text", draft)).context["tongues"] == []
    make_member(placed=[union.branch_a], language="da")
    switch = alice.get(url("text", draft)).context["tongues"]
    assert [(one.language, one.readers, one.is_complete) for one in switch] == [("sv", 0, True), ("da", 1, False)]


def test_a_save_names_its_language_and_leads_back_to_it(alice, draft):
    saved(draft, values={TITLE: "Vi ses"})
    sent = {"version": fresh(draft).version, "language": "nb", TITLE: "Vi sees", "go": "stay"}
    assert alice.post(url("save", draft), sent).url == url("text", draft) + "?language=nb"
    after = fresh(draft)
    assert (after.values[TITLE], after.translations["nb"]["values"]) == ("Vi ses", {TITLE: "Vi sees"})


def test_the_switch_saves_what_stands_on_the_page_before_it_turns(alice, draft):
    sent = {"version": draft.version, "language": "sv", "subject": "Hej", "go": "nb"}
    assert alice.post(url("save", draft), sent).url == url("text", draft) + "?language=nb"
    sent = {"version": draft.version + 1, "language": "nb", "subject": "Hei", "go": "sv"}
    assert alice.post(url("save", draft), sent).url == url("text", draft)
    assert (fresh(draft).subject, fresh(draft).translations["nb"]["subject"]) == ("Hej", "Hei")


def test_the_autosave_tells_what_is_left_in_every_language(alice, draft):
    sent = {"version": draft.version, "language": "nb", POINTS: "18.00 Valg"}
    answer = alice.post(url("save", draft), sent, **QUIET).json()
    assert answer["version"] == draft.version + 1
    assert answer["complete"] == ["sv", "nb"]
    assert set(answer["languages"]) == {"sv", "nb", "da", "en"}


def test_what_staff_wrote_is_not_kept_as_the_senders_own(alice, draft):
    """Otherwise it would go on standing for a text the sender has changed since."""
    sent = {"version": draft.version, "language": "nb", "subject": "Innkalling", BODY: "<div>Velkommen!</div>"}
    alice.post(url("save", draft), {**sent, f"{BODY}-html": "1"})
    assert fresh(draft).translations == {"nb": {"subject": "", "preheader": "", "values": {}}}


def test_script_in_a_translated_rich_text_is_not_kept(alice, draft):
    sent = {
        "version": draft.version,
        "language": "nb",
        BODY: "<p>Hei<script>alert(1)</script></p>",
        f"{BODY}-html": "1",
    }
    alice.post(url("save", draft), sent)
    assert fresh(draft).translations["nb"]["values"] == {BODY: "<p>Hei</p>"}


def test_a_translation_cannot_change_what_is_shared(alice, draft):
    shared = {SHOWN: "", f"{SHOWN}:asked": "1", f"{LINK}:url": "https://example.org/nb", KIND: "Årsmøte"}
    alice.post(url("save", draft), {"version": draft.version, "language": "nb", **shared})
    assert fresh(draft).values == draft.values


def test_a_conflict_in_a_translation_keeps_both_texts(alice, draft):
    sent = {"version": draft.version, "language": "nb"}
    alice.post(url("save", draft), {**sent, POINTS: "Den første"}, **QUIET)
    assert alice.post(url("save", draft), {**sent, POINTS: "Den andre"}, **QUIET).status_code == 409
    page = alice.post(url("save", draft), {**sent, POINTS: "Den andre"})
    assert page.status_code == 409
    assert page.content.decode().count("Den første") == 1
    assert page.content.decode().count("Den andre") == 1
    assert f'name="version" value="{draft.version + 1}"' in page.content.decode()


@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_language_we_do_not_speak_is_not_found(alice, draft, verb):
    path = url("text" if verb == "get" else "save", draft)
    assert getattr(alice, verb)(path, {"language": "xx", "version": draft.version}).status_code == 404


def test_the_check_leads_to_the_text_that_is_missing(alice, union, draft):
    make_member(placed=[union.branch_a], language="nb")
    page = alice.get(url("check", draft)).content.decode()
    assert f"{url('text', draft)}?language=nb#slot-{POINTS}" in page
    assert f'id="slot-{POINTS}"' in alice.get(url("text", draft), {"language": "nb"}).content.decode()


# --- parts that may be left out, and lists --------------------------------------------------------------------------
def test_a_part_is_left_out_with_its_box_and_its_text_is_kept(alice, draft):
    page = alice.get(url("text", draft))
    [part] = [part for part in page.context["form"].parts() if part.switch]
    assert ([field.value() for field in part.switch], part.is_out) == ([True, "1"], False)
    sent = {"version": draft.version, f"{SHOWN}:asked": "1", POINTS: "18.00 Val\r\n19.00 Kaffe"}
    alice.post(url("save", draft), sent)
    after = fresh(draft)
    assert (after.values[SHOWN], after.values[POINTS]) == ("no", "18.00 Val\n19.00 Kaffe")
    assert "Kaffe" not in composing.mail(after, language="sv")
    page = alice.get(url("text", draft))
    assert "19.00 Kaffe" in page.content.decode()
    assert 'class="part is-out"' in page.content.decode()
    alice.post(url("save", draft), {"version": after.version, f"{SHOWN}:asked": "1", SHOWN: "on"})
    assert "Kaffe" in composing.mail(fresh(draft), language="sv")


def test_a_box_that_was_not_on_the_page_stays_as_it_was(alice, draft):
    saved(draft, values={SHOWN: "no"})
    alice.post(url("save", draft), {"version": fresh(draft).version, "subject": "Hej"})
    assert fresh(draft).values[SHOWN] == "no"


# --- the template moves on ------------------------------------------------------------------------------------------
def publish(mailing: Mailing, **changes) -> None:
    """Staff publish the template anew with these blocks changed; None takes a block out."""
    template = mailing.template
    kept = {kind: value for kind, value in changes.items() if value is not None}
    body = [block for block in blocks(**kept) if changes.get(block["type"], "") is not None]
    template.body = template._meta.get_field("body").to_python(json.dumps(body))
    template.save_revision().publish()


def test_a_draft_on_the_published_template_has_nothing_to_adopt(alice, draft):
    page = alice.get(url("text", draft))
    assert (page.context["update"], url("adopt", draft) in page.content.decode()) == (None, False)


def test_a_newer_template_says_what_has_changed_in_words(draft):
    saved(draft, values={POINTS: "18.00 Val av styrelse"})
    publish(draft, agenda=None, rich_text={"text": field("Brödtext", text={"sv": "<p>Hej alla</p>"})},
            footer={"note": field(text={"sv": "Ny fot"})})  # fmt: skip
    update = updates.update_for(fresh(draft))
    assert update.lost == [("Dagordning", "18.00 Val av styrelse")]
    assert len([change for change in update.changes if "Brödtext" in change]) == 2
    assert any("Hej alla" in change for change in update.changes)
    assert any("Dagordning" in change for change in update.changes)
    assert len(update.changes) == 5  # renamed, another suggestion, two questions gone, fixed text


def test_one_tap_adopts_it_and_keeps_what_the_sender_wrote(alice, draft):
    draft = saved(draft, values={TITLE: "Vi ses"})
    draft = saved(draft, language="nb", values={TITLE: "Vi sees", POINTS: "18.00 Valg"})
    assert updates.update_for(draft) is None
    publish(draft, agenda=None, rich_text={"text": field("Text", text={"sv": "<p>Hej alla</p>"})})
    assert [words for _label, words in updates.update_for(fresh(draft)).lost] == ["18.00 Valg"]
    sent = {"version": fresh(draft).version, "language": "sv", "subject": "Skrivet just nu"}
    assert alice.post(url("adopt", draft), sent).url == url("text", draft)
    after = fresh(draft)
    assert after.revision == after.template.live_revision
    assert (after.subject, after.values[TITLE], after.values[BODY]) == ("Skrivet just nu", "Vi ses", "<p>Hej alla</p>")
    assert POINTS not in after.values
    assert after.translations["nb"]["values"] == {TITLE: "Vi sees"}
    assert alice.get(url("text", draft)).context["update"] is None


def test_adopting_an_old_page_changes_nothing(alice, draft):
    publish(draft, agenda=None)
    saved(draft, subject="Någon annans")
    page = alice.post(url("adopt", draft), {"version": draft.version, "subject": "Min"})
    assert page.status_code == 409
    assert fresh(draft).revision == draft.revision


def test_the_topic_follows_the_template_and_is_said(draft):
    draft.template.topic = make_topic("notices", category="statutory")
    publish(draft)
    assert len(updates.update_for(fresh(draft)).changes) == 1
    after = updates.adopt(mailing=draft, version=draft.version, by=draft.author, now=timezone.now())
    assert after.topic.slug == "notices"


def test_a_retired_template_names_its_successor(alice, draft):
    successor = make_design()
    type(successor).objects.filter(pk=successor.pk).update(titles={"sv": "Nya kallelsen"})
    assert alice.get(url("text", draft)).context["replaced"] == ""
    type(successor).objects.filter(pk=draft.template_id).update(retired_at=timezone.now(), replaced_by=successor)
    page = alice.get(url("text", draft))
    assert page.context["replaced"] == "Nya kallelsen"
    assert "Nya kallelsen" in page.content.decode()
