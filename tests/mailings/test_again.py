"""From a sent invitation to the next: a correction to those who got it, and the same with its dates moved on."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from mailings import again, audience, composing, enclosures
from mailings.audience import Filter
from mailings.models import Mailing, MailingState, Recipient
from tests.factories import make_mandate, make_member, make_user
from tests.mailings.design import FACTS, HEADING, TEXT, filled, make_draft, translate
from tests.mailings.test_compose_pages import approve, text, url

DAY = datetime.date


@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


@pytest.fixture
def mandate(union):
    return union.mandate(union.alice)


@pytest.fixture
def people(union):
    return [make_member(name, placed=[union.branch_a]) for name in ("Anna", "Bo", "Cia")]


@pytest.fixture
def sent(alice, mandate, people) -> Mailing:
    """An invitation that got to Anna and Bo; Cia's bounced."""
    return deliver(alice, translate(make_draft(mandate), "nb"))


def deliver(client, draft: Mailing) -> Mailing:
    approve(client, draft)
    now = timezone.now()
    Mailing.unscoped.filter(pk=draft.pk).update(state=MailingState.DONE, finished_at=now)
    rows = Recipient.unscoped.for_mailing(draft)
    rows.update(state="sent")
    rows.filter(first_name="Cia").update(state="bounced")
    return Mailing.unscoped.get(pk=draft.pk)


def newest() -> Mailing:
    return Mailing.unscoped.order_by("-id").first()


def reached(draft: Mailing) -> set[str]:
    scope = composing.scope_of(draft, now=timezone.now())
    found = audience.members(scope=scope, topic=draft.topic, filter=Filter.from_json(draft.audience))
    return {member.first_name for member in found}


# --- a correction ---------------------------------------------------------------------------------------------------
def test_a_correction_is_the_same_text_to_exactly_those_who_got_it(union, alice, sent):
    make_member("Ny", placed=[union.branch_a])
    begun = alice.post(url("correct", sent))
    draft = newest()
    assert begun.url == url("text", draft)
    assert draft.is_draft
    assert reached(draft) == {"Anna", "Bo"}
    same = ("values", "preheader", "language", "template_id", "revision_id", "topic_id", "attach_pdf", "unit_id")
    assert [getattr(draft, name) for name in same] == [getattr(sent, name) for name in same]
    assert draft.subject == "Rättelse: Kallelse till årsmöte"
    assert draft.translations["nb"]["subject"] == f"Rettelse: {sent.translations['nb']['subject']}"
    assert draft.translations["nb"]["values"] == sent.translations["nb"]["values"]
    assert (draft.confirmed_at, draft.locked_count, draft.version) == (None, 0, 1)


def test_a_correction_has_the_documents_and_the_next_years_invitation_has_not(alice, mandate, people):
    draft, pdf = make_draft(mandate), b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
    for name in ("Budget.pdf", "Stadgar.pdf", "Fel.pdf"):
        enclosures.add(mailing=draft, name=name, content=pdf, by=draft.author, now=timezone.now())
    enclosures.remove(mailing=draft, n=3, now=timezone.now())
    draft.refresh_from_db()
    sent = deliver(alice, draft)
    alice.post(url("correct", sent))
    assert [(one.n, one.name, bytes(one.content)) for one in newest().enclosures.order_by("n")] == [
        (1, "Budget.pdf", pdf),
        (2, "Stadgar.pdf", pdf),
    ]
    assert sent.enclosures.count() == 2
    alice.post(url("again_create", sent), {"how": "keep"})
    assert newest().enclosures.count() == 0


def test_a_correction_of_a_correction_says_so_once_and_keeps_to_the_second_list(alice, sent):
    alice.post(url("correct", sent))
    second = deliver(alice, newest())
    Recipient.unscoped.for_mailing(second).filter(first_name="Bo").update(state="failed")
    alice.post(url("correct", second))
    draft = newest()
    assert draft.subject == "Rättelse: Kallelse till årsmöte"
    assert reached(draft) == {"Anna"}


def test_somebody_who_has_left_the_mandate_gets_no_correction_and_the_page_says_so(alice, sent, people):
    people[0].placements.update(end=timezone.localdate() - datetime.timedelta(days=1))
    alice.post(url("correct", sent))
    page = alice.get(url("recipients", newest()))
    assert reached(newest()) == {"Bo"}
    assert (page.context["ledger"].total, page.context["gone"]) == (1, 1)


def test_a_successor_corrects_and_a_deputy_elsewhere_does_not(union, sign_in, sent):
    erik = make_mandate(make_user("Erik"), union.branch_a)
    sign_in(erik.user).post(url("correct", sent))
    assert (newest().mandate, newest().author) == (erik, erik.user)
    count = Mailing.unscoped.count()
    for stranger in (union.bob, union.charlie, union.dora, union.sara):  # Bob reads it, but it is not his unit's
        assert sign_in(stranger).post(url("correct", sent)).status_code == 404, stranger
    assert Mailing.unscoped.count() == count


@pytest.mark.parametrize("verb", ["correct", "again_create"])
def test_a_draft_and_what_is_still_held_are_not_repeated(verb, alice, mandate, people):
    draft = make_draft(mandate)
    assert alice.post(url(verb, draft), {"how": "keep"}).status_code == 404
    approve(alice, draft)
    assert alice.post(url(verb, draft), {"how": "keep"}).status_code == 404
    assert Mailing.unscoped.count() == 1


# --- moving the dates -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "today", "expected"),
    [
        (DAY(2027, 3, 12), DAY(2027, 4, 1), DAY(2028, 3, 10)),  # Friday; 12 March 2028 is a Sunday
        (DAY(2027, 3, 9), DAY(2027, 4, 1), DAY(2028, 3, 7)),
        (DAY(2026, 6, 1), DAY(2026, 7, 1), DAY(2027, 5, 31)),
        (DAY(2028, 2, 29), DAY(2028, 3, 1), DAY(2029, 2, 27)),  # a Tuesday
        (DAY(2026, 12, 31), DAY(2027, 1, 5), DAY(2027, 12, 30)),
        (DAY(2024, 3, 12), DAY(2027, 4, 1), DAY(2028, 3, 14)),  # two years left out: the first that is to come
    ],
)
def test_next_year_is_the_same_weekday_nearest_to_the_date(day, today, expected):
    moved = day + again.a_year_on(day, today=today)
    assert moved == expected
    assert moved.weekday() == day.weekday()
    assert moved > today


def test_every_date_field_moves_by_the_same_time(alice, mandate, people):
    sent = deliver(alice, make_draft(mandate))
    sent.values |= {f"{FACTS}.when": "2027-03-02T18:00", f"{FACTS}.answer_by": "2027-02-20T23:59"}
    Mailing.unscoped.filter(pk=sent.pk).update(values=sent.values)
    alice.post(url("again_create", sent), {"how": "days", "days": "28"})
    draft = newest()
    assert (draft.values[f"{FACTS}.when"], draft.values[f"{FACTS}.answer_by"]) == (
        "2027-03-30T18:00",
        "2027-03-20T23:59",
    )
    others = {key: value for key, value in draft.values.items() if not key.startswith(f"{FACTS}.")}
    assert others == {key: value for key, value in sent.values.items() if not key.startswith(f"{FACTS}.")}


def test_the_same_as_last_year_keeps_text_choice_and_weekday(alice, mandate, people):
    draft = make_draft(mandate, audience={"languages": ["sv"], "new_since": "2020-01-06"})
    sent = deliver(alice, draft)
    page = alice.get(url("again", sent))
    [(_label, before, after)] = page.context["moves"]
    made = alice.post(url("again_create", sent), {"how": "year"})
    draft = newest()
    assert made.url == url("days", draft)
    assert draft.values[f"{FACTS}.when"] == after.strftime("%Y-%m-%dT%H:%M")
    assert (after.weekday(), after.time()) == (before.weekday(), before.time())
    assert (draft.subject, draft.audience["languages"]) == (sent.subject, ["sv"])
    assert DAY.fromisoformat(draft.audience["new_since"]) - DAY(2020, 1, 6) == after - before


def test_the_dates_may_stay(alice, sent):
    alice.post(url("again_create", sent), {"how": "keep"})
    assert newest().values == sent.values


@pytest.mark.parametrize("asked", [{}, {"how": "days"}, {"how": "days", "days": "0"}, {"how": "days", "days": "99999"}])
def test_a_distance_that_is_none_is_asked_for_again(asked, alice, sent):
    page = alice.post(url("again_create", sent), asked)
    assert page.status_code == 422
    assert page.context["form"].errors
    assert newest() == sent


def test_the_report_and_the_list_lead_here(union, alice, sign_in, sent):
    report = alice.get(url("sent", sent)).content.decode()
    assert url("again", sent) in report
    assert url("correct", sent) in report
    assert url("again", sent) in alice.get("/invitations/").content.decode()
    for page in (url("sent", sent), "/invitations/"):  # Bob may read it
        assert url("again", sent) not in sign_in(union.bob).get(page).content.decode()


def test_who_only_reads_here_and_writes_elsewhere_is_not_led_to_a_closed_door(union, sign_in, sent):
    reader = make_user("Rut")
    make_mandate(reader, union.branch_a, role="safety")
    make_mandate(reader, union.branch_b)
    client = sign_in(reader)
    for page in ("/", "/invitations/"):
        found = client.get(page).content.decode()
        assert sent.subject in found
        assert url("again", sent) not in found
    assert client.get(url("again", sent)).status_code == 404


# --- words that speak of days ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Välkommen tisdag 12 mars kl. 18.00!", ["tisdag 12 mars"]),
        ("Vi ses på tisdagen den 12:e mars", ["tisdagen den 12:e mars"]),
        ("Anmäl dig senast 5/3, i god tid", ["5/3"]),
        ("Mötet er mandag den 3. maj 2027", ["mandag den 3. maj", "2027"]),
        ("Lørdager i februar", ["Lørdager", "februar"]),
        ("On March 12th, or Monday", ["March 12th", "Monday"]),
        ("You may march with us", []),
        ("Årsmötet 2027, den 2027-03-12", ["2027", "2027-03-12"]),
        ("Ring 08-123 45 67 eller kom till rum 12", []),
        ("Vi bjuder på 20 semlor klockan 18.00", []),
    ],
)
def test_days_are_found_in_four_languages(words, found):
    assert again.days_in(words) == found


def test_the_texts_with_days_are_listed_with_the_way_to_each(alice, mandate, people):
    values = {**filled(), f"{HEADING}.text": "Årsmöte 2027", f"{TEXT}.text": "<p>Kom på <b>tisdag</b>!</p>"}
    sent = deliver(alice, translate(make_draft(mandate, values=values), "nb"))
    alice.post(url("again_create", sent), {"how": "year"})
    draft = newest()
    page = alice.get(url("days", draft))
    looks = {(look.key, look.language): look.found for look, _label, _language in page.context["looks"]}
    assert looks == {
        (f"{HEADING}.text", ""): ["2027"],
        (f"{TEXT}.text", ""): ["tisdag"],
        (f"{HEADING}.text", "nb"): ["2027"],
        (f"{TEXT}.text", "nb"): ["tisdag"],
    }
    assert f"{url('text', draft)}#slot-{TEXT}.text" in page.content.decode()
    assert f"{url('text', draft)}?language=nb#slot-{TEXT}.text" in page.content.decode()
    assert "Rubrik" in text(page)


def test_without_days_in_the_text_there_is_nothing_to_look_at(alice, sent):
    alice.post(url("again_create", sent), {"how": "keep"})
    assert alice.get(url("days", newest())).context["looks"] == []
