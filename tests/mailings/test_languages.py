"""One message is in one language, from its subject to its footer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone, translation

from comms.people.models import Mandate
from mailings import composing, coverage, messages
from mailings.models import Mailing
from mailings.tongues import tongues
from templates_lib.models import Brand, InvitationTemplate
from templates_lib.render import glyphs
from tests.factories import make_member, make_topic
from tests.mailings.design import make_draft, translate

HEADING, TEXT, AGENDA, BUTTON, PICTURE, FOOTER = (f"00000000-0000-4000-8000-0000000001{n:02}" for n in range(6))
KIND, TITLE, BODY, POINTS = f"{HEADING}.kind", f"{HEADING}.text", f"{TEXT}.text", f"{AGENDA}.entries"
LINK, SHOWN, ALT = f"{BUTTON}.link", f"{AGENDA}.shown", f"{PICTURE}.picture"
WELCOME = {"sv": "<p>Välkommen!</p>", "nb": "<p>Velkommen!</p>", "en": "<p>Welcome!</p>"}


def field(label: str = "", **content: Any) -> dict[str, Any]:
    """A field that is a slot when it has a label, else locked."""
    return {"slot": bool(label), "required": False, "max_length": None, "label": {"sv": label}, **content}


def blocks(**changes: Any) -> list[dict[str, Any]]:
    """A template in Swedish and Norwegian, parts of it in English; `changes` are values of whole blocks by kind."""
    kinds = [{"sv": "Medlemsmöte", "nb": "Medlemsmøte"}, {"sv": "Årsmöte", "nb": "Årsmøte", "en": "Annual meeting"}]
    kinds = [{"type": "item", "id": f"00000000-0000-4000-8000-00000000090{n}", "value": k} for n, k in enumerate(kinds)]
    values = {
        "heading": (HEADING, {"kind": field("Sort", choices=kinds), "text": field("Rubrik", text={})}),
        "rich_text": (TEXT, {"text": field("Text", text=WELCOME)}),
        "agenda": (AGENDA, {"entries": field("Dagordning", text={"sv": "18.00 Val"}), "optional": True}),
        "button": (BUTTON, {"link": field("Knapp", url="", text={"sv": "Svara", "nb": "Svar"})}),
        "image": (PICTURE, {"picture": field("Bild", picture=None, alt={})}),
        "footer": (FOOTER, {"note": field(text={})}),
    }
    return [{"type": kind, "id": key, "value": value | changes.get(kind, {})} for kind, (key, value) in values.items()]


def make_design(**changes: Any) -> InvitationTemplate:
    template = InvitationTemplate(name="Möte", topic=make_topic(), subject={"sv": "Kallelse", "nb": "Innkalling"})
    template.body = InvitationTemplate._meta.get_field("body").to_python(json.dumps(blocks(**changes)))
    template.save()
    template.save_revision().publish()
    return InvitationTemplate.objects.get(pk=template.pk)


@pytest.fixture
def mandate(union) -> Mandate:
    return union.mandate(union.alice)


@pytest.fixture
def draft(mandate) -> Mailing:
    """As it begins, the agenda left out: nothing in it but what staff wrote."""
    return saved(make_draft(mandate, template=make_design(), ready=False), values={SHOWN: "no"})


def saved(mailing: Mailing, *, language: str = "", **changes: Any) -> Mailing:
    fresh = Mailing.unscoped.get(pk=mailing.pk)
    now = timezone.now()
    return composing.save(
        mailing=fresh, version=fresh.version, changes=changes, by=fresh.author, now=now, language=language
    )


def version(mailing: Mailing, language: str) -> coverage.Version:
    return coverage.version(mailing, composing.design_of(mailing), language)


def missing(mailing: Mailing, language: str) -> tuple[str, ...]:
    return version(mailing, language).missing


# --- the rule -------------------------------------------------------------------------------------------------------
def test_what_is_left_as_staff_wrote_it_is_covered_where_staff_wrote_it(draft):
    assert version(draft, "nb").is_complete
    page = composing.document(draft, language="nb")
    assert (page.language, page.subject) == ("nb", "Innkalling")
    assert str(page.first("rich_text").values["text"]) == "<p>Velkommen!</p>"
    assert page.first("heading").values["kind"] == "Medlemsmøte"


def test_one_missing_text_and_the_whole_message_is_in_the_senders_language(draft):
    draft = saved(draft, values={TITLE: "Vi ses"})
    assert missing(draft, "nb") == (TITLE,)
    page = composing.document(draft, language="nb")
    assert page.language == "sv"
    assert page == composing.document(draft, language="sv")
    assert "Velkommen" not in composing.mail(draft, language="nb")


def test_the_senders_own_translation_completes_a_language(draft):
    draft = saved(saved(draft, values={TITLE: "Vi ses"}), language="nb", values={TITLE: "Vi sees"})
    assert missing(draft, "nb") == ()
    assert composing.document(draft, language="nb").first("heading").values["text"] == "Vi sees"
    assert composing.document(draft, language="sv").first("heading").values["text"] == "Vi ses"


def test_a_text_the_sender_changed_is_no_longer_covered_by_staff(draft):
    draft = saved(draft, subject="Kom!", values={BODY: "<p>Kom till oss.</p>"})
    assert missing(draft, "nb") == ("subject", BODY)


@pytest.mark.parametrize(
    "markup", ["<p>Välkommen!</p>\n", "<div>Välkommen!</div>", '<p data-block-key="a">Välkommen!</p>']
)
def test_an_editors_markup_around_the_words_changes_nothing(draft, markup):
    assert missing(saved(draft, values={BODY: markup}), "nb") == ()


def test_another_link_under_the_same_words_is_another_text(mandate):
    linked = {"text": field("Text", text={"sv": '<p><a href="https://a.example">Här</a></p>', "nb": "<p>Her</p>"})}
    draft = make_draft(mandate, template=make_design(rich_text=linked), ready=False, values={SHOWN: "no"})
    assert missing(draft, "nb") == ()
    assert missing(saved(draft, values={BODY: '<p><a href="https://b.example">Här</a></p>'}), "nb") == (BODY,)


def test_an_empty_preheader_counts_and_a_written_one_is_translated(draft):
    assert "preheader" not in missing(draft, "nb")
    draft = saved(draft, preheader="Soppa 17.30")
    assert missing(draft, "nb") == ("preheader",)
    draft = saved(draft, language="nb", preheader="Suppe 17.30")
    assert composing.document(draft, language="nb").preheader == "Suppe 17.30"


@pytest.mark.parametrize(
    ("chosen", "nb", "en"), [("Medlemsmöte", "Medlemsmøte", ""), ("Årsmöte", "Årsmøte", "Annual meeting")]
)
def test_a_chosen_answer_is_the_one_at_the_same_place_in_staffs_list(draft, chosen, nb, en):
    draft = saved(draft, values={KIND: chosen})
    said = [next(one.words for one in version(draft, code).wordings if one.key == KIND) for code in ("nb", "en")]
    assert said == [nb, en]


def test_of_a_button_only_the_words_are_translated_and_the_address_follows_the_senders(draft):
    draft = saved(draft, values={LINK: {"text": "Kom", "url": "https://example.org/a"}})
    assert missing(draft, "nb") == (LINK,)
    draft = saved(draft, language="nb", values={LINK: "Kom da"})
    draft = saved(draft, values={LINK: {"text": "Kom", "url": "https://example.org/b"}})
    button = composing.document(draft, language="nb").first("button").values["link"]
    assert (button.text, button.url) == ("Kom da", "https://example.org/b")


def test_staffs_button_words_cover_a_language_whatever_the_address(draft):
    draft = saved(draft, values={LINK: {"text": "Svara", "url": "https://example.org/a"}})
    assert missing(draft, "nb") == ()
    assert version(draft, "nb").values[LINK] == {"text": "Svar", "url": "https://example.org/a"}
    assert missing(draft, "da")[-1] == LINK


def test_a_picture_is_shared_and_its_description_translated(draft):
    draft = saved(draft, values={ALT: {"sha256": "a" * 64, "alt": "Folkets hus"}})
    assert missing(draft, "nb") == (ALT,)
    draft = saved(draft, language="nb", values={ALT: "Folkets hus i snø"})
    assert version(draft, "nb").values[ALT] == {"sha256": "a" * 64, "alt": "Folkets hus i snø"}


def test_a_part_that_is_left_out_need_not_be_translated(draft):
    assert missing(draft, "nb") == ()
    assert missing(saved(draft, values={SHOWN: "yes"}), "nb") == (POINTS,)


def test_what_only_staff_may_write_closes_a_language_until_they_have(mandate):
    note = {"note": field(text={"sv": "<p>Vi är ett förbund.</p>"})}
    draft = make_draft(mandate, template=make_design(footer=note), ready=False, values={SHOWN: "no"})
    closed = version(draft, "nb")
    assert (closed.missing, closed.unwritten, closed.is_complete) == ((), 1, False)
    assert composing.document(draft, language="nb").language == "sv"


def test_markup_without_words_is_no_translation(draft):
    draft = saved(draft, values={BODY: "<p>Kom</p>"})
    assert missing(saved(draft, language="nb", values={BODY: "<p> </p>"}), "nb") == (BODY,)


def test_every_language_says_how_far_it_is(draft):
    draft = saved(draft, values={TITLE: "Vi ses"})
    with translation.override("en"):
        states = {one.language: one.state for one in tongues(draft, composing.design_of(draft), {})}
    assert states == {"sv": "your text", "nb": "1 text left", "da": "4 texts left", "en": "3 texts left"}


# --- saving ---------------------------------------------------------------------------------------------------------
def test_a_translation_and_the_senders_text_share_one_version(draft):
    after = saved(draft, language="nb", subject="Innkalling til møte")
    assert (after.version, after.subject) == (draft.version + 1, "Kallelse")
    with pytest.raises(composing.Conflict):
        composing.save(
            mailing=draft, version=draft.version, changes={"subject": "Möte"}, by=draft.author, now=timezone.now()
        )


@pytest.mark.parametrize(("language", "changes"), [("nb", {"audience": {}}), ("xx", {"subject": "Hej"})])
def test_a_translation_holds_words_in_our_languages_and_nothing_else(draft, language, changes):
    with pytest.raises(ValueError, match=language):
        saved(draft, language=language, **changes)


# --- who gets what --------------------------------------------------------------------------------------------------
def test_members_read_their_language_where_it_is_complete_and_else_the_senders(union, mandate):
    for code in ("sv", "nb", "da"):
        make_member(placed=[union.branch_a], language=code)
    draft = translate(make_draft(mandate), "nb")
    composing.freeze(draft, languages=composing.reach(draft, now=timezone.now()).readers)
    stationery = messages.Stationery(draft)
    assert stationery.skeleton("da") is stationery.skeleton("sv")
    own = stationery.skeleton("nb").message(to="a@example.org", date="", message_id="", values={})
    assert b"Content-Language: nb" in own


def test_a_mail_is_from_the_person_and_what_the_brand_calls_itself(union, mandate, settings, django_assert_num_queries):
    draft = make_draft(mandate)
    assert messages.letterhead(draft).from_name == f"Alice, {settings.UNION_NAME}"
    Brand.objects.create(unit=union.root, sender_name="Samklang")
    assert messages.letterhead(draft).from_name == "Alice, Samklang"
    draft.confirmed_at = timezone.now()
    assert messages.letterhead(draft).from_name == "Alice, Samklang"
    with django_assert_num_queries(0):  # the batches after the first
        messages.letterhead(draft)


# --- before sending -------------------------------------------------------------------------------------------------
def check(mailing: Mailing) -> dict[str, str]:
    """Key -> code and language of what is said about the draft's languages."""
    with translation.override("en"):
        found = composing.check(mailing, now=timezone.now())
    return {problem.key: f"{problem.code} {problem.language}" for problem in found if problem.language}


@pytest.fixture
def norwegians(union) -> None:
    for _n in range(2):
        make_member(placed=[union.branch_a], language="nb")


def test_the_check_warns_of_a_language_that_is_not_complete(draft, norwegians):
    draft = saved(draft, values={TITLE: "Vi ses"}, preheader="Snart")
    with translation.override("en"):
        [warning] = [p for p in composing.check(draft, now=timezone.now()) if p.code == "language"]
        said = str(warning.message)
    assert said == "Norwegian: 2 texts left. 2 members get the invitation in Swedish."
    assert (warning.blocking, warning.step, warning.key, warning.language) == (False, "text", "preheader", "nb")
    assert check(translate(draft, "nb")) == {}


def test_a_language_nobody_reads_is_not_mentioned(draft):
    assert check(saved(draft, values={TITLE: "Vi ses"})) == {}


@pytest.mark.parametrize(
    ("key", "words", "code"),
    [
        (TITLE, "V" * 300, "too_long"),
        (TITLE, "Vi sees 漢", "character"),
        (TITLE, "Vi sees [sted]", "brackets"),
        (TITLE, "Vi sees [[mobil]]", "field"),
        (BODY, '<p><a href="https://evil.example">https://union.example</a></p>', "look_alike"),
    ],
)
def test_translated_texts_are_read_like_the_senders(draft, norwegians, key, words, code):
    draft = saved(draft, values={TITLE: "Vi ses"})
    draft = saved(draft, language="nb", values={TITLE: "Vi sees", key: words})
    assert check(draft) == {key: f"{code} nb"}


def test_a_letter_is_judged_by_the_brands_typeface(union, draft):
    strange = next(chr(c) for c in sorted(glyphs.drawable("Noto Serif") - glyphs.drawable("Lato")) if c > 0x370)
    draft = saved(draft, values={TITLE: f"Vi ses {strange}"})
    before = {problem.code for problem in composing.check(draft, now=timezone.now())}
    Brand.objects.create(unit=union.root, name="Förbundet", typeface="Noto Serif")
    after = {problem.code for problem in composing.check(draft, now=timezone.now())}
    assert before - after == {"character"}
