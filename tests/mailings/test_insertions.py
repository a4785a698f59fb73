"""Text from the library in an invitation: found, put in, linked while it stands there, and told of when it changes."""

from __future__ import annotations

import datetime
import smtplib
from dataclasses import dataclass

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms.models import ArticlePage, Entry, HomePage, ShelfPage
from cms.passages import ANSWER, passages
from comms.people.models import Mandate, User
from comms.people.scope import Scope
from mailings import again, composing, dispatch, excerpts, history, insertions, notices
from mailings.models import Insertion, Mailing, MailingState
from tests.factories import make_mandate, make_member, make_user
from tests.kept import kept
from tests.library.shelves import article, passage, put, rewrite
from tests.mailings.design import TEXT, make_draft, translate
from tests.mailings.test_compose_pages import QUIET, text, url

SLOT = f"{TEXT}.text"
OLD, NEW = "<p>Resan betalas med 25 kr.</p>", "<p>Resan betalas med <strong>26</strong> kr.</p>"
HELLO = "<p>Hej!</p>"
DAY = datetime.timedelta(days=1)


@pytest.fixture
def mandate(union) -> Mandate:
    return union.mandate(union.alice)


@pytest.fixture
def alice(union, sign_in):
    client = sign_in(union.alice)
    client.post(reverse("portal:language"), {"language": "en"})
    return client


@dataclass
class Reading:
    shelf: ShelfPage
    travel: ArticlePage


def make_reading(_union) -> Reading:
    shelf = put(ShelfPage(title="Resor"), under=HomePage.objects.get())
    body = [passage("Till kallelsen", OLD)]
    return Reading(shelf, article("Vad gäller resor?", under=shelf, short_answer="Facket betalar.", body=body))


kept_reading, reading = kept("reading", make_reading, "union")


@pytest.fixture
def shelf(reading) -> ShelfPage:
    return reading.shelf


@pytest.fixture
def travel(reading) -> ArticlePage:
    return reading.travel


@pytest.fixture
def secret(union, shelf) -> ArticlePage:
    return article(
        "Hemligt i B", under=shelf, units=(union.branch_b,), body=[passage("Hemlig text", "<p>Hemligt.</p>")]
    )


@pytest.fixture
def draft(mandate) -> Mailing:
    return make_draft(mandate, subject="Kallelse", values={SLOT: HELLO})


def of(page, name: str = "Till kallelsen"):
    return next(one for one in passages(Entry.unscoped.filter(pk=page.pk)) if one.name == name)


def asked(page, mailing: Mailing, *, name: str = "Till kallelsen", **more) -> dict[str, object]:
    version = Mailing.unscoped.get(pk=mailing.pk).version
    return {"slot": SLOT, "page": page.public_id, "block": of(page, name).block, "version": version, **more}


def fresh(mailing: Mailing) -> Mailing:
    return Mailing.unscoped.get(pk=mailing.pk)


def inserted(mailing: Mailing, page, *, language: str = "sv") -> Mailing:
    """The draft with the passage at the end of its text."""
    stored, found, now = fresh(mailing), of(page), timezone.now()
    said = excerpts.appended(insertions.text_of(stored, SLOT, language), found.html)
    insertions.record(mailing=stored, slot=SLOT, language=language, passage=found, by=stored.author, now=now)
    changes = {"values": {SLOT: said}}
    return composing.save(
        mailing=stored, version=stored.version, changes=changes, by=stored.author, now=now, language=language
    )


def changed(mailing: Mailing) -> list[tuple[str, str]]:
    stored = fresh(mailing)
    scope = composing.mandate_scope(stored, now=timezone.now())
    return [(one.title, str(one.after)) for one in insertions.changes(stored, scope)]


def whole(mailing: Mailing, **more) -> dict[str, object]:
    """What the text page sends, its rich text as an editor does."""
    stored = fresh(mailing)
    return {"version": stored.version, "language": "sv", SLOT: stored.values[SLOT], f"{SLOT}-html": "1", **more}


# --- looking ---------------------------------------------------------------------------------------------------------
def test_the_library_offers_what_the_reader_may_read(alice, draft, travel, secret):
    page = alice.get(url("library", draft), {"slot": SLOT})
    assert page.status_code == 200
    assert "Resan betalas med 25 kr." in text(page)
    assert "Facket betalar." in text(page)
    assert "Hemlig" not in text(page)


def test_it_is_searched_and_says_when_nothing_fits(alice, draft, travel, secret):
    assert "Resan betalas" in text(alice.get(url("library", draft), {"slot": SLOT, "q": "resor"}))
    assert "Nothing in the library fits “hemlig”" in text(
        alice.get(url("library", draft), {"slot": SLOT, "q": "hemlig"})
    )


def test_htmx_gets_the_part_alone(alice, draft, travel):
    part = alice.get(url("library", draft), {"slot": SLOT}, HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in part
    assert 'id="found"' in part


@pytest.mark.parametrize("slot", ["", "nowhere", f"{TEXT}.other"])
def test_a_place_that_is_no_rich_text_is_not_there(alice, draft, travel, slot):
    assert alice.get(url("library", draft), {"slot": slot}).status_code == 404
    assert alice.post(url("insert", draft), asked(travel, draft, slot=slot)).status_code == 404


def test_an_article_that_has_expired_says_so(alice, draft, shelf):
    article("Gammalt", under=shelf, valid_until=timezone.localdate() - DAY)
    assert "Expired" in text(alice.get(url("library", draft), {"slot": SLOT}))


@pytest.mark.parametrize("articles", [1, 3])
def test_looking_costs_the_same_for_one_and_three_articles(alice, draft, shelf, articles, django_assert_num_queries):
    for n in range(articles):
        article(f"Fråga {n}", under=shelf, body=[passage("Kort", OLD)])
    with django_assert_num_queries(13):
        alice.get(url("library", draft), {"slot": SLOT})


# --- putting in ------------------------------------------------------------------------------------------------------
def test_without_a_script_it_is_added_to_the_text(alice, draft, travel):
    back = alice.post(url("insert", draft), asked(travel, draft))
    assert back.url == f"{url('text', draft)}#slot-{SLOT}"
    assert fresh(draft).values[SLOT] == HELLO + OLD
    record = Insertion.objects.get()
    assert (record.mailing, record.slot, record.language, record.title) == (draft, SLOT, "sv", "Vad gäller resor?")
    assert insertions.linked(fresh(draft)) == [record]


def test_the_pages_own_script_gets_the_text_and_the_draft_is_not_touched(alice, draft, travel):
    answer = alice.post(url("insert", draft), asked(travel, draft), **QUIET).json()
    assert answer == {"html": OLD, "said": "The text from “Vad gäller resor?” is in your invitation."}
    assert fresh(draft).version == draft.version
    assert Insertion.objects.count() == 1
    assert insertions.linked(fresh(draft)) == []


def test_the_button_saves_what_stands_on_the_page_and_leads_to_the_library(alice, draft, travel):
    there = alice.post(url("save", draft), whole(draft, go=f"library:{SLOT}", **{SLOT: "<p>Nyss skrivet</p>"}))
    assert there.url == f"{url('library', draft)}?slot={SLOT}&language=sv"
    assert fresh(draft).values[SLOT] == "<p>Nyss skrivet</p>"
    assert alice.get(there.url).status_code == 200


def test_a_short_answer_is_put_in_as_a_paragraph(alice, draft, travel):
    alice.post(url("insert", draft), asked(travel, draft, name="", block=ANSWER))
    assert fresh(draft).values[SLOT] == HELLO + "<p>Facket betalar.</p>"


def test_somebody_saved_in_between_and_nothing_is_lost(alice, draft, travel):
    before = asked(travel, draft)
    composing.save(mailing=draft, version=draft.version, changes={"values": {SLOT: "<p>Annans</p>"}},
                   by=draft.author, now=timezone.now())  # fmt: skip
    back = alice.post(url("insert", draft), before, follow=True)
    assert "has changed since you looked" in text(back)
    assert fresh(draft).values[SLOT] == "<p>Annans</p>"
    assert not Insertion.objects.exists()
    assert back.request["PATH_INFO"] == url("library", draft)


@pytest.mark.parametrize("quiet", [{}, QUIET])
def test_a_confirmed_text_takes_nothing_in(alice, draft, travel, quiet):
    Mailing.unscoped.filter(pk=draft.pk).update(
        state=MailingState.AWAITING_APPROVAL, asked_at=timezone.now(), approver=draft.author
    )
    assert alice.post(url("insert", draft), asked(travel, draft), **quiet).status_code == (410 if quiet else 302)
    assert not Insertion.objects.exists()
    assert fresh(draft).values[SLOT] == HELLO


def test_an_article_of_another_branch_is_not_there(alice, draft, secret):
    assert alice.post(url("insert", draft), asked(secret, draft, name="Hemlig text")).status_code == 404
    assert not Insertion.objects.exists()


def test_what_another_mandate_of_mine_reads_does_not_belong_in_it(union, alice, draft, secret):
    make_mandate(union.alice, union.branch_b)
    assert alice.post(url("insert", draft), asked(secret, draft, name="Hemlig text")).status_code == 404


@pytest.mark.parametrize("page", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_an_article_or_a_block_that_does_not_exist_is_not_there(alice, draft, travel, page):
    assert alice.post(url("insert", draft), asked(travel, draft) | {"page": page}).status_code == 404
    assert alice.post(url("insert", draft), asked(travel, draft) | {"block": "x"}).status_code == 404


@pytest.mark.parametrize("who", ["charlie", "dora", "bob"])
def test_a_stranger_gets_404_whatever_the_method(union, sign_in, draft, travel, who):
    client = sign_in(getattr(union, who))
    mailing = inserted(draft, travel)
    record = Insertion.objects.get().pk
    assert client.get(url("library", mailing), {"slot": SLOT}).status_code == 404
    for address in (url("insert", mailing), url("take", mailing, record), url("keep", mailing, record)):
        assert {client.post(address, asked(travel, mailing)).status_code, client.get(address).status_code} == {404}


def test_looking_changes_nothing_and_getting_is_no_way_to_change(alice, draft, travel):
    mailing = inserted(draft, travel)
    record = Insertion.objects.get().pk
    assert alice.get(url("insert", mailing)).status_code == 405
    assert alice.get(url("take", mailing, record)).status_code == 405


# --- linked ----------------------------------------------------------------------------------------------------------
def test_a_passage_that_is_written_away_is_no_longer_linked_and_comes_back_with_an_earlier_version(draft, travel):
    mailing = inserted(draft, travel)
    earlier = mailing.versions.latest("pk")
    rewrite(travel, "Till kallelsen", NEW)
    assert changed(mailing) == [("Vad gäller resor?", NEW)]
    now = timezone.now()
    mailing = composing.save(mailing=mailing, version=mailing.version, changes={"values": {SLOT: HELLO}},
                             by=mailing.author, now=now, apart=True)  # fmt: skip
    assert changed(mailing) == []
    composing.get_back(mailing=mailing, earlier=earlier, version=mailing.version, by=mailing.author, now=now)
    assert changed(mailing) == [("Vad gäller resor?", NEW)]


def test_a_word_in_bold_and_text_around_it_leave_the_link(draft, travel):
    mailing = inserted(draft, travel)
    said = "<p>Hej!<br>Resan betalas <strong>med 25</strong> kr.<br>Välkommen!</p>"
    composing.save(mailing=mailing, version=mailing.version, changes={"values": {SLOT: said}},
                   by=mailing.author, now=timezone.now())  # fmt: skip
    assert len(insertions.linked(fresh(mailing))) == 1


def test_a_correction_and_the_same_once_more_are_linked_too(mandate, draft, travel):
    mailing = inserted(draft, travel)
    Mailing.unscoped.filter(pk=mailing.pk).update(
        state=MailingState.DONE, confirmed_at=timezone.now(), confirmed_by=mandate.user
    )
    Insertion.objects.update(told="x", stale=True)
    one = again.correct(mailing=fresh(mailing), mandate=mandate, by=mandate.user)
    other = again.repeat(mailing=fresh(mailing), mandate=mandate, by=mandate.user, move=DAY)
    rewrite(travel, "Till kallelsen", NEW)
    for copy in (one, other):
        assert changed(copy) == [("Vad gäller resor?", NEW)]
        assert [(row.told, row.stale) for row in copy.insertions.all()] == [("", False)]


# --- the article changes: drafts --------------------------------------------------------------------------------------
def test_an_article_that_has_not_changed_says_nothing(alice, draft, travel):
    mailing = inserted(draft, travel)
    rewrite(travel, "Till kallelsen", OLD)
    assert changed(mailing) == []
    assert "has changed" not in text(alice.get(url("text", mailing)))


def test_an_open_draft_shows_old_and_new_and_the_check_leads_there(alice, draft, travel):
    mailing = inserted(draft, travel)
    rewrite(travel, "Till kallelsen", NEW)
    page = text(alice.get(url("text", mailing)))
    assert "The text from “Vad gäller resor?” has changed" in page
    assert "In your invitation Resan betalas med 25 kr. In the library now Resan betalas med 26 kr." in page
    check = alice.get(url("check", mailing))
    [warning] = [one for one in check.context["warnings"] if one.code == "library"]
    assert (
        str(warning.message)
        == "The text from “Vad gäller resor?” has changed in the library. Take the new one or keep yours."
    )
    assert f"{url('text', mailing)}#slot-{SLOT}" in check.content.decode()


def test_the_new_text_is_taken_where_the_old_one_stands_and_can_be_taken_back(alice, draft, travel):
    mailing = inserted(draft, travel)
    rewrite(travel, "Till kallelsen", NEW)
    record = Insertion.objects.get()
    page = whole(mailing, **{SLOT: f"<p>Nyss skrivet</p>{OLD}<p>Slut</p>"})
    back = alice.post(url("take", mailing, record.pk), page)
    assert back.url == f"{url('text', mailing)}#slot-{SLOT}"
    assert fresh(mailing).values[SLOT] == f"<p>Nyss skrivet</p>{NEW}<p>Slut</p>"
    assert changed(mailing) == []
    before = [one for one in mailing.versions.all() if OLD in one.words["values"][SLOT]]
    composing.get_back(
        mailing=mailing, earlier=before[-1], version=fresh(mailing).version, by=mailing.author, now=timezone.now()
    )
    assert changed(mailing) == [("Vad gäller resor?", NEW)]


def test_a_copy_has_its_old_words_in_its_history_too(alice, mandate, draft, travel):
    mailing = inserted(draft, travel)
    Mailing.unscoped.filter(pk=mailing.pk).update(
        state=MailingState.DONE, confirmed_at=timezone.now(), confirmed_by=mandate.user
    )
    rewrite(travel, "Till kallelsen", NEW)
    copy = again.correct(mailing=fresh(mailing), mandate=mandate, by=mandate.user)
    alice.post(url("take", copy, copy.insertions.get().pk), whole(copy))
    assert [NEW in one.words["values"][SLOT] for one in history.versions(copy)[::-1]] == [False, True]


def test_mine_is_kept_until_the_article_changes_again(alice, draft, travel):
    mailing = inserted(draft, travel)
    rewrite(travel, "Till kallelsen", NEW)
    alice.post(url("keep", mailing, Insertion.objects.get().pk), whole(mailing))
    assert fresh(mailing).values[SLOT] == HELLO + OLD
    assert changed(mailing) == []
    rewrite(travel, "Till kallelsen", "<p>Resan betalas inte.</p>")
    assert changed(mailing) == [("Vad gäller resor?", "<p>Resan betalas inte.</p>")]


def test_what_is_written_away_on_the_page_is_not_exchanged(alice, draft, travel):
    mailing = inserted(draft, travel)
    rewrite(travel, "Till kallelsen", NEW)
    page = whole(mailing, **{SLOT: "<p>Helt annat</p>"})
    back = alice.post(url("take", mailing, Insertion.objects.get().pk), page, follow=True)
    assert "is not there any more" in text(back)
    assert fresh(mailing).values[SLOT] == "<p>Helt annat</p>"


def test_two_answer_at_once_and_both_texts_are_kept(alice, draft, travel):
    mailing = inserted(draft, travel)
    rewrite(travel, "Till kallelsen", NEW)
    page = whole(mailing, version=1, **{SLOT: f"<p>Mitt</p>{OLD}"})
    answer = alice.post(url("take", mailing, Insertion.objects.get().pk), page)
    assert answer.status_code == 409
    assert fresh(mailing).values[SLOT] == HELLO + OLD
    assert "Mitt" in answer.content.decode()


def test_the_record_of_another_draft_is_not_there(alice, mandate, draft, travel):
    mailing = inserted(draft, travel)
    other = make_draft(mandate)
    rewrite(travel, "Till kallelsen", NEW)
    assert alice.post(url("take", other, mailing.insertions.get().pk), whole(other)).status_code == 404


@pytest.mark.parametrize("how", ["unpublish", "delete", "elsewhere", "block"])
def test_an_article_that_is_gone_or_not_ours_any_more_is_told(union, alice, draft, travel, how):
    mailing = inserted(draft, travel)
    page = ArticlePage.objects.get(pk=travel.pk)
    if how == "elsewhere":
        page.audience = "units"
        page.audience_units.create(unit=union.branch_b)
        page.save_revision().publish()
    elif how == "block":
        page.body = []
        page.save_revision().publish()
    else:
        getattr(page, how)()
    shown = text(alice.get(url("text", mailing)))
    said = (
        "“Vad gäller resor?” no longer has this text"
        if how == "block"
        else "“Vad gäller resor?” is no longer in the library"
    )
    assert said in shown
    assert "Take the new text" not in shown
    assert "library" in [one.code for one in alice.get(url("check", mailing)).context["warnings"]]
    alice.post(url("keep", mailing, Insertion.objects.get().pk), whole(mailing))
    assert changed(mailing) == []


def test_a_part_that_is_left_out_is_no_reason_to_warn(alice, draft, travel):
    mailing = inserted(draft, travel)
    rewrite(travel, "Till kallelsen", NEW)
    composing.save(
        mailing=mailing, version=mailing.version, changes={"values": {SLOT: ""}}, by=mailing.author, now=timezone.now()
    )
    assert "library" not in [one.code for one in alice.get(url("check", mailing)).context["warnings"]]


def test_a_translation_has_links_of_its_own(alice, draft, travel):
    mailing = translate(draft, "nb")
    answer = alice.post(url("insert", mailing), asked(travel, mailing, language="nb"))
    assert answer.url == f"{url('text', mailing)}?language=nb#slot-{SLOT}"
    stored = fresh(mailing)
    assert stored.translations["nb"]["values"][SLOT].endswith(OLD)
    assert stored.values[SLOT] == HELLO
    rewrite(travel, "Till kallelsen", NEW)
    assert "has changed" in text(alice.get(url("text", mailing), {"language": "nb"}))
    assert "has changed" not in text(alice.get(url("text", mailing)))
    page = {
        "version": stored.version,
        "language": "nb",
        SLOT: stored.translations["nb"]["values"][SLOT],
        f"{SLOT}-html": "1",
    }
    alice.post(url("take", mailing, Insertion.objects.get().pk), page)
    assert fresh(mailing).translations["nb"]["values"][SLOT].endswith(NEW)


def test_a_language_that_is_sent_is_warned_about_by_its_name(union, alice, draft, travel):
    make_member("Per", "Ek", placed=[union.branch_a], language="nb")
    mailing = inserted(translate(draft, "nb"), travel, language="nb")
    rewrite(travel, "Till kallelsen", NEW)
    [warning] = [one for one in alice.get(url("check", mailing)).context["warnings"] if one.code == "library"]
    assert str(warning.message).startswith("Norwegian: The text from “Vad gäller resor?” has changed")
    assert (warning.language, warning.key) == ("nb", SLOT)
    composing.save(mailing=fresh(mailing), version=fresh(mailing).version, changes={"subject": ""}, by=mailing.author,
                   now=timezone.now(), language="nb")  # fmt: skip
    assert "library" not in [one.code for one in alice.get(url("check", mailing)).context["warnings"]]


@pytest.mark.parametrize("taken", [1, 3])
def test_the_text_page_costs_the_same_for_one_and_three_passages(alice, draft, shelf, taken, django_assert_num_queries):
    for n in range(taken):
        page = article(f"Fråga {n}", under=shelf, body=[passage("Till kallelsen", f"<p>Svar {n}.</p>")])
        inserted(draft, page)
        rewrite(page, "Till kallelsen", f"<p>Annat svar {n}.</p>")
    with django_assert_num_queries(17):
        assert alice.get(url("text", draft)).content.decode().count("has changed") == taken


def test_practice_is_the_same_and_tells_nobody(union, alice, draft, travel):
    Mailing.unscoped.filter(pk=draft.pk).update(practice=True)
    alice.post(url("insert", draft), asked(travel, draft))
    rewrite(travel, "Till kallelsen", NEW)
    assert "has changed" in text(alice.get(url("text", draft)))
    alice.post(url("take", draft, Insertion.objects.get(digest=of_old()).pk), whole(draft))
    assert NEW in fresh(draft).values[SLOT]
    assert told() == 0
    assert sign_in_as_deputy(union, draft) == 404


def of_old() -> str:
    return Insertion.objects.order_by("pk").values_list("digest", flat=True)[0]


def sign_in_as_deputy(union, draft) -> int:
    """What a deputy of the unit gets of somebody else's practice."""
    deputy = make_mandate(make_user("Bertil"), union.branch_a, role="deputy").user
    client = Client()
    client.force_login(deputy)
    return client.get(url("library", draft), {"slot": SLOT}).status_code


# --- the article changes: what was sent -------------------------------------------------------------------------------
def told(**later: float) -> int:
    return notices.tell_changes(now=timezone.now() + datetime.timedelta(**later))


def confirmed(draft: Mailing, travel, state: str = "done", **fields) -> Mailing:
    mailing, now = inserted(draft, travel), timezone.now()
    fields = {"confirmed_at": now, "confirmed_by": mailing.author, "due_at": now, **fields}
    if state in ("done", "cancelled"):
        fields.setdefault("finished_at", now)
    Mailing.unscoped.filter(pk=mailing.pk).update(state=state, **fields)
    return fresh(mailing)


def test_the_sweep_tells_the_sender_once_a_change(draft, travel):
    mailing = confirmed(draft, travel)
    rewrite(travel, "Till kallelsen", NEW)
    for _n in range(3):
        dispatch.recover(now=dispatch.database_now())
    letters = [one for one in mail.outbox if "bibliotek" in one.subject or "library" in one.subject]
    assert [one.to for one in letters] == [["alice@example.org"]]
    assert f"/invitations/{mailing.public_id}/" in letters[0].body
    assert f"/library/{travel.public_id}/" in letters[0].body
    assert "Kallelse" in letters[0].body
    assert "Vad gäller resor?" in letters[0].body


def test_published_again_without_a_change_nobody_is_told_twice_and_after_a_change_once_more(draft, travel):
    confirmed(draft, travel)
    rewrite(travel, "Till kallelsen", NEW)
    assert [told(), told()] == [1, 0]
    rewrite(travel, "Till kallelsen", NEW)
    assert told() == 0
    rewrite(travel, "Till kallelsen", "<p>Resan betalas inte.</p>")
    assert told() == 1


@pytest.mark.parametrize("state", ["scheduled", "hold", "sending", "paused", "done", "cancelled"])
def test_whatever_has_been_confirmed_is_told_of(draft, travel, state):
    confirmed(draft, travel, state)
    rewrite(travel, "Till kallelsen", NEW)
    assert told() == 1


def test_a_draft_is_not_told_of_by_mail_nor_one_that_became_a_draft_again(draft, travel):
    mailing = confirmed(draft, travel, "hold")
    rewrite(travel, "Till kallelsen", NEW)
    Mailing.unscoped.filter(pk=mailing.pk).update(state="draft", confirmed_at=None, confirmed_by=None)
    assert told() == 0
    rewrite(travel, "Till kallelsen", OLD)
    rewrite(travel, "Till kallelsen", NEW)
    assert told() == 0
    assert mail.outbox == []


@pytest.mark.parametrize(("days", "letters"), [(89, 1), (91, 0)])
def test_what_was_sent_three_months_ago_is_history(draft, travel, days, letters):
    confirmed(draft, travel, finished_at=timezone.now() - days * DAY)
    rewrite(travel, "Till kallelsen", NEW)
    assert told() == letters


def test_two_invitations_are_one_mail(mandate, draft, travel):
    other = make_draft(mandate, template=draft.template, subject="En annan", values={SLOT: HELLO})
    confirmed(draft, travel)
    confirmed(other, travel)
    rewrite(travel, "Till kallelsen", NEW)
    assert told() == 1
    [letter] = mail.outbox
    assert "Kallelse" in letter.body
    assert "En annan" in letter.body


def test_it_speaks_the_senders_language(union, draft, travel):
    User.objects.filter(pk=union.alice.pk).update(language="en")
    confirmed(draft, travel)
    rewrite(travel, "Till kallelsen", NEW)
    told()
    assert mail.outbox[0].subject == "A text you took from the library has changed"


def test_whose_mandate_has_ended_is_not_told(draft, travel):
    confirmed(draft, travel)
    Mandate.objects.filter(pk=draft.mandate_id).update(end=timezone.localdate() - DAY)
    rewrite(travel, "Till kallelsen", NEW)
    assert told() == 0


def test_who_may_not_read_the_article_any_more_is_not_told(union, draft, travel):
    confirmed(draft, travel)
    page = ArticlePage.objects.get(pk=travel.pk)
    page.audience = "units"
    page.audience_units.create(unit=union.branch_b)
    page.short_answer = "Hemligt i B."
    page.save_revision().publish()
    assert told() == 0
    assert mail.outbox == []


@pytest.mark.parametrize("how", ["unpublish", "delete"])
def test_an_article_that_was_withdrawn_is_told_by_the_name_it_had(draft, travel, how):
    User.objects.update(language="en")
    confirmed(draft, travel)
    getattr(ArticlePage.objects.get(pk=travel.pk), how)()
    assert [told(), told()] == [1, 0]
    assert "The article “Vad gäller resor?” has been withdrawn." in mail.outbox[0].body
    assert "/library/" not in mail.outbox[0].body


def test_a_passage_edited_away_before_sending_is_nobodys_business(draft, travel):
    mailing = inserted(draft, travel)
    composing.save(
        mailing=mailing,
        version=mailing.version,
        changes={"values": {SLOT: HELLO}},
        by=mailing.author,
        now=timezone.now(),
    )
    Mailing.unscoped.filter(pk=mailing.pk).update(
        state="done", confirmed_at=timezone.now(), confirmed_by=mailing.author, finished_at=timezone.now()
    )
    rewrite(travel, "Till kallelsen", NEW)
    assert told() == 0


def test_a_mail_the_server_does_not_take_is_tried_again(draft, travel, monkeypatch):
    def refuse(self, messages):
        raise smtplib.SMTPServerDisconnected("gone")

    confirmed(draft, travel)
    rewrite(travel, "Till kallelsen", NEW)
    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", refuse)
        assert told() == 0
    assert [told(), told()] == [1, 0]


def test_two_sweeps_at_once_tell_once(draft, travel, monkeypatch):
    """The second reads the list before the first has claimed it."""
    confirmed(draft, travel)
    rewrite(travel, "Till kallelsen", NEW)
    untold = notices._untold

    def while_another_sweeps(mailing, sender, *, now):
        monkeypatch.setattr(notices, "_untold", untold)
        assert told() == 0
        return untold(mailing, sender, now=now)

    monkeypatch.setattr(notices, "_untold", while_another_sweeps)
    assert told() == 1
    assert len(mail.outbox) == 1


def test_the_report_shows_what_has_changed_and_the_correction_offers_the_new_text(alice, draft, travel):
    mailing = confirmed(draft, travel)
    assert "has changed" not in text(alice.get(url("sent", mailing)))
    rewrite(travel, "Till kallelsen", NEW)
    assert "The text from “Vad gäller resor?” has changed" in text(alice.get(url("sent", mailing)))
    correction = alice.post(url("correct", mailing), follow=True)
    assert "Take the new text" in text(correction)


def test_those_above_see_the_report_without_it(union, sign_in, draft, travel):
    mailing = confirmed(draft, travel)
    rewrite(travel, "Till kallelsen", NEW)
    assert "Vad gäller resor?" not in text(sign_in(union.bob).get(url("sent", mailing)))


def test_publishing_costs_one_statement_however_many_have_taken_of_it(
    mandate, draft, travel, django_assert_num_queries
):
    for n in range(3):
        confirmed(make_draft(mandate, template=draft.template, subject=f"Kallelse {n}", values={SLOT: HELLO}), travel)
    with django_assert_num_queries(1):
        insertions.published(travel, now=timezone.now())
    assert Insertion.objects.filter(stale=True).count() == 3
    assert Scope.of(mandate.user, on=timezone.localdate())
