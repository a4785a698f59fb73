"""Drafts keep every word; what is frozen is what was previewed."""

from __future__ import annotations

import datetime
import io

import pytest
from django.utils import timezone
from PIL import Image

from comms.people.models import Mandate
from mailings import composing
from mailings.models import Mailing, MailingState
from templates_lib import pictures
from tests.factories import make_mandate, make_member, make_user
from tests.mailings.design import HEADING, IMAGE, TEXT, filled, make_draft, make_template, translate

NOW = datetime.datetime(2027, 1, 5, 9, 0, tzinfo=datetime.UTC)


@pytest.fixture
def mandate(union) -> Mandate:
    return union.mandate(union.alice)


def a_picture() -> str:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#7a1f2b").save(out, "PNG")
    return pictures.store(out.getvalue()).sha256


def test_a_draft_keeps_the_revision_it_began_with(mandate):
    template = make_template()
    draft = composing.new_draft(template=template, mandate=mandate, by=mandate.user, now=NOW)
    template.name = "Something else"
    template.save_revision().publish()
    assert composing.design_of(draft).name == "Årsmöte"
    assert (draft.state, draft.unit, draft.subject, draft.version) == ("draft", mandate.unit, "Kallelse", 1)
    assert draft.values[f"{TEXT}.text"] == "<p>Välkommen!</p>"


def test_saving_merges_slot_by_slot_and_counts_one_up(mandate):
    draft = make_draft(mandate, ready=False)
    saved = composing.save(
        mailing=draft, version=1, changes={"values": {f"{HEADING}.text": "Årsmöte"}}, by=mandate.user, now=NOW
    )
    assert saved.version == 2
    assert saved.values == {**draft.values, f"{HEADING}.text": "Årsmöte"}


def test_saving_the_same_again_changes_nothing_even_with_an_old_version(mandate):
    draft = make_draft(mandate, subject="Kallelse till årsmöte")
    again = composing.save(mailing=draft, version=1, changes={"subject": draft.subject}, by=mandate.user, now=NOW)
    assert again.version == draft.version


def test_two_tabs_keep_both_texts(mandate):
    draft = make_draft(mandate, ready=False)
    composing.save(mailing=draft, version=1, changes={"subject": "First tab"}, by=mandate.user, now=NOW)
    with pytest.raises(composing.Conflict) as caught:
        composing.save(mailing=draft, version=1, changes={"subject": "Second tab"}, by=mandate.user, now=NOW)
    assert (caught.value.stored.subject, caught.value.fields["subject"]) == ("First tab", "Second tab")
    assert Mailing.unscoped.get(pk=draft.pk).subject == "First tab"


def test_an_approved_text_is_locked(mandate):
    draft = make_draft(mandate, ready=False)
    Mailing.unscoped.filter(pk=draft.pk).update(state=MailingState.SENDING)
    with pytest.raises(composing.NotADraft):
        composing.save(mailing=draft, version=1, changes={"subject": "Too late"}, by=mandate.user, now=NOW)


def test_nothing_but_the_text_and_the_choices_is_saved(mandate):
    draft = make_draft(mandate, ready=False)
    with pytest.raises(ValueError, match="state"):
        composing.save(mailing=draft, version=1, changes={"state": "sending"}, by=mandate.user, now=NOW)


def test_a_subject_stays_one_line(mandate):
    draft = make_draft(mandate, subject="Kallelse\r\nBcc: all@example.org")
    assert draft.subject == "Kallelse Bcc: all@example.org"


def test_a_deputy_takes_a_draft_over_and_a_stranger_cannot(union, mandate):
    deputy = make_mandate(make_user("Disa"), union.branch_a, role="deputy")
    draft = make_draft(mandate)
    composing.take_over(mailing=draft, mandate=deputy, by=deputy.user, now=NOW)
    taken = Mailing.unscoped.get(pk=draft.pk)
    assert (taken.mandate, taken.author, taken.version) == (deputy, deputy.user, draft.version + 1)
    with pytest.raises(ValueError, match="unit"):
        composing.take_over(mailing=draft, mandate=union.mandate(union.charlie), by=union.charlie, now=NOW)


def test_the_contact_card_is_the_senders(union, mandate):
    mandate.unit.mailbox = "avd-a@example.org"
    sender = composing.sender_of(mandate, language="en")
    assert (sender.name, sender.role, sender.unit, sender.email) == (
        "Alice",
        "Representative",
        "Avdelning A",
        "avd-a@example.org",
    )


def test_the_frozen_bytes_are_the_previewed_bytes(mandate):
    draft = make_draft(mandate)
    seen = composing.render(draft, language="sv")
    composing.freeze(draft, languages=["sv", "sv"])
    kept = draft.renditions.get()
    assert kept.sha256 == seen.sha256
    assert (kept.html, kept.text, bytes(kept.pdf)) == (seen.html, seen.text, seen.pdf)
    assert "Årsmöte på Folkets hus" in kept.html
    assert "Folkets hus" in kept.text
    assert kept.pdf_name == "Kallelse till årsmöte.pdf"


def test_the_same_draft_gives_the_same_bytes_without_the_cache(mandate, settings):
    settings.CACHES = {"memory": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    draft = make_draft(mandate)
    assert composing.render(draft, language="sv") == composing.render(draft, language="sv")


def test_freezing_again_replaces_what_was_there(mandate):
    draft = translate(make_draft(mandate), "nb")
    composing.freeze(draft, languages=["sv", "nb"])
    composing.freeze(draft, languages=["nb"])
    assert [rendition.language for rendition in draft.renditions.order_by("language")] == ["nb", "sv"]


def test_a_language_that_is_not_complete_is_the_senders_message_whole(mandate):
    draft = make_draft(mandate)
    assert composing.mail(draft, language="en") == composing.mail(draft, language="sv")
    assert composing.render(draft, language="en") == composing.render(draft, language="sv")
    composing.freeze(draft, languages=["en", "nb"])
    assert [rendition.language for rendition in draft.renditions.all()] == ["sv"]


def test_in_a_complete_language_words_and_labels_are_all_in_it(mandate):
    draft = translate(make_draft(mandate), "en")
    seen, plain = composing.render(draft, language="en"), composing.render(draft, language="sv")
    assert (seen.language, seen.subject, seen.pdf_name) == (
        "en",
        "en: Kallelse till årsmöte",
        "en Kallelse till årsmöte.pdf",
    )
    assert '<html lang="en"' in seen.html
    assert "en: Årsmöte på Folkets hus" in seen.text
    assert ("When" in seen.text, "When" in plain.text) == (True, False)
    assert "at 18:00" in seen.text.replace("\xa0", " ")
    assert "en: Årsmöte" not in plain.text


def test_pictures_are_public_only_once_frozen(mandate):
    sha = a_picture()
    draft = make_draft(mandate, values={**filled(), f"{IMAGE}.picture": {"sha256": sha, "alt": "Folkets hus"}})
    composing.render(draft, language="sv")
    assert not pictures.Picture.objects.get(pk=sha).published
    composing.freeze(draft, languages=["sv"])
    assert pictures.Picture.objects.get(pk=sha).published
    assert [picture.pk for picture in draft.renditions.get().pictures.all()] == [sha]


def test_the_check_reads_the_real_draft(union, mandate):
    make_member("Åsa", "Lind", placed=[union.branch_a])
    draft = make_draft(mandate)
    assert composing.check(draft, now=timezone.now(), by=mandate.user) == []
    empty = make_draft(mandate, ready=False)
    codes = [problem.code for problem in composing.check(empty, now=timezone.now(), by=mandate.user)]
    assert codes == ["required", "required", "required"]


def test_the_check_stops_an_ended_mandate_and_an_empty_audience(union, mandate):
    draft = make_draft(mandate)
    assert [p.code for p in composing.check(draft, now=timezone.now(), by=union.bob)] == ["not_own", "nobody"]
    Mandate.objects.filter(pk=mandate.pk).update(end=mandate.start)
    late = Mailing.unscoped.get(pk=draft.pk)
    assert [p.code for p in composing.check(late, now=timezone.now())] == ["mandate", "nobody"]


def test_the_languages_are_those_of_the_people_reached_in_which_it_is_complete(union, mandate):
    for language, email in (("nb", "a@example.com"), ("sv", "b@example.com"), ("da", "")):
        make_member(placed=[union.branch_a], language=language, email=email)
    draft = make_draft(mandate)
    assert composing.reach(draft, now=timezone.now()).readers == {"nb": 1, "sv": 1}
    assert composing.languages(draft, now=timezone.now()) == ["sv"]
    assert composing.languages(translate(draft, "nb"), now=timezone.now()) == ["nb", "sv"]
