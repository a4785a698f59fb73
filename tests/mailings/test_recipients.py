"""The recipients step: what narrows the mandate, the live count, my lists, and the ways to put an address right."""

from __future__ import annotations

import datetime
import re

import pytest
from django.core.cache import caches
from django.utils import timezone

from comms.people.models import UnitSize
from comms.people.scope import Scope
from comms.privacy.models import AccessLog
from mailings import audience, composing
from mailings.audience import Filter
from mailings.choosing import AudienceForm
from mailings.models import Mailing, Recipient, SavedList
from mailings.operations import purging
from tests.factories import make_mandate, make_member, make_topic, make_unit, make_user
from tests.mailings.design import make_draft, make_template
from tests.mailings.post import make_mailing
from tests.mailings.test_compose_pages import text, url

LONG_AGO = datetime.date(2020, 1, 1)


@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


@pytest.fixture
def mandate(union):
    return union.mandate(union.alice)


@pytest.fixture
def scope(union) -> Scope:
    return Scope.of(union.alice, on=timezone.localdate())


def names(scope, **narrowed) -> set[str]:
    found = audience.members(scope=scope, topic=make_topic(), filter=Filter(**narrowed))
    return {member.first_name for member in found}


def chosen(draft: Mailing) -> dict:
    return Mailing.unscoped.get(pk=draft.pk).audience


def narrow(client, draft: Mailing, **ticked):
    fresh = Mailing.unscoped.get(pk=draft.pk)
    return client.post(url("narrow", draft), {"version": fresh.version, **ticked})


def job(member, unit, **fields) -> None:
    member.placements.create(unit=unit, start=LONG_AGO, **fields)


# --- the rows -------------------------------------------------------------------------------------------------------
def test_employer_and_workplace_narrow_together(union, scope):
    anna, bo, cia = (make_member(name, placed=[union.branch_a]) for name in ("Anna", "Bo", "Cia"))
    other = make_unit("Dalskolan", kind="workplace", under=union.employer)
    job(anna, union.workplace)
    job(bo, other)
    assert names(scope, employers=(union.employer.pk,)) == {"Anna", "Bo"}
    assert names(scope, employers=(union.employer.pk,), workplaces=(other.pk,)) == {"Bo"}
    assert names(scope, workplaces=()) == set()
    assert cia.first_name in names(scope)


def test_whole_titles_are_told_from_parts_of_one(union, scope):
    for name, position in (("Anna", "Lärare"), ("Bo", "Lärare i fritidshem")):
        job(make_member(name, placed=[union.branch_a]), union.workplace, position=position)
    assert names(scope, positions=("Lärare",)) == {"Anna"}
    assert names(scope, position="lärare") == {"Anna", "Bo"}


def test_new_are_those_whose_first_placement_in_the_mandate_began_then(union, scope):
    make_member("Ny", placed=[union.branch_a], start_in=-3)
    make_member("Gammal", placed=[union.branch_a], start_in=-400)
    moved = make_member("Flyttad", placed=[union.branch_b], start_in=-400)  # new here, not in the union
    moved.placements.create(unit=union.branch_a, start=timezone.localdate())
    back = make_member("Åter", placed=[union.branch_a], start_in=-400, end_in=-200)
    back.placements.create(unit=union.branch_a, start=timezone.localdate())
    since = timezone.localdate() - datetime.timedelta(days=3)
    assert names(scope, new_since=since) == {"Ny", "Flyttad"}
    assert names(scope, new_since=since + datetime.timedelta(days=1)) == {"Flyttad"}


def test_those_who_got_an_earlier_mailing_are_in_or_out(union, mandate, scope):
    mailing = make_mailing(mandate, to=["a@example.com", "b@example.com", "c@example.com"])
    for row, (name, state) in zip(
        mailing.recipients.order_by("id"), [("Fick", "sent"), ("Studs", "bounced"), ("Väntar", "queued")], strict=True
    ):
        Recipient.unscoped.filter(pk=row.pk).update(state=state)
        row.member.first_name = name
        row.member.save()
    make_member("Ny", placed=[union.branch_a])
    assert names(scope, mailed=(mailing.pk,)) == {"Fick", "Väntar"}
    assert names(scope, not_mailed=(mailing.pk,)) == {"Studs", "Ny"}
    assert names(scope, mailed=()) == set()


def test_a_mailing_of_another_unit_says_nothing_about_who_got_it(union, scope):
    """Bob's region lies above Alice's branch; neither finds out by a filter whom the other wrote to."""
    here = make_member("Anna", placed=[union.branch_a])
    of_bob, of_alice = (make_mailing(union.mandate(user), to=0) for user in (union.bob, union.alice))
    for mailing in (of_bob, of_alice):
        Recipient.unscoped.create(mailing=mailing, member=here, language="sv", state="sent")
    bob = Scope.of(union.bob, on=timezone.localdate())
    assert (names(scope, mailed=(of_bob.pk,)), names(scope, not_mailed=(of_bob.pk,))) == (set(), {"Anna"})
    assert (names(bob, mailed=(of_alice.pk,)), names(bob, not_mailed=(of_alice.pk,))) == (set(), {"Anna"})
    assert (names(bob, mailed=(of_bob.pk,)), names(scope, mailed=(of_alice.pk,))) == ({"Anna"}, {"Anna"})


@pytest.mark.parametrize("stored", [{"new_since": "i går"}, {"new_since": 3}, {"mailed": "7"}, {"positions": [1]}])
def test_a_row_that_cannot_be_read_is_refused_rather_than_widened(stored):
    with pytest.raises(audience.BadFilter):
        Filter.from_json(stored)


def test_every_row_survives_storage():
    whole = Filter(
        units=(1,), employers=(2,), workplaces=(3,), employment=("permanent",), positions=("Rektor",), position="lär",
        main_employer_only=True, languages=("nb",), new_since=LONG_AGO, mailed=(4,), not_mailed=(),
    )  # fmt: skip
    assert Filter.from_json(whole.to_json()) == whole
    assert len(whole.to_json()) == 11


# --- the page -------------------------------------------------------------------------------------------------------
def test_the_page_offers_what_is_in_the_mandate_and_nothing_else(union, alice, mandate):
    foreign = make_unit("Sydbolaget", kind="employer", branch=union.branch_b)
    make_unit("Sydskolan", kind="workplace", under=foreign)
    make_unit("Nedlagd", kind="workplace", under=union.employer, ended_on=LONG_AGO)
    club = make_unit("Klubb 1", kind="club", under=union.branch_a)
    job(make_member(placed=[union.branch_a]), union.workplace, position="Lärare")
    job(make_member(placed=[union.branch_b]), union.workplace, position="Hemlig titel")
    mine, _theirs = make_mailing(mandate), make_mailing(union.mandate(union.charlie))
    form = alice.get(url("recipients", make_draft(mandate))).context["form"]
    offered = {
        field.name: [label for _value, label in field.field.choices] for field in form.rows() if field.name[-1] == "s"
    }
    assert (offered["units"], offered["employers"]) == ([club.name], [union.employer.name])
    assert (offered["workplaces"], offered["positions"]) == ([union.workplace.name], ["Lärare"])
    [value] = form.fields["mailed"].choices
    assert value[0] == mine.public_id


def test_what_is_ticked_is_stored_and_said_in_words(union, alice, mandate):
    job(make_member("Anna", placed=[union.branch_a]), union.workplace, position="Lärare", employment="permanent")
    earlier, draft = make_mailing(mandate), make_draft(mandate)
    ticked = {
        "workplaces": [union.workplace.pk], "positions": ["Lärare"], "employment": ["permanent"],
        "new_since": "2019-01-01", "not_mailed": [str(earlier.public_id)], "main_employer_only": "",
    }  # fmt: skip
    assert narrow(alice, draft, **ticked).url == url("recipients", draft)
    assert chosen(draft) == {
        "workplaces": [union.workplace.pk], "positions": ["Lärare"], "employment": ["permanent"],
        "new_since": "2019-01-01", "not_mailed": [earlier.pk],
    }  # fmt: skip
    page = alice.get(url("recipients", draft))
    said = page.context["form"].said
    assert [len(said), sum(union.workplace.name in line for line in said)] == [5, 1]
    assert all(line in text(page).replace("&nbsp;", " ") for line in said)
    assert (page.context["ledger"].total, page.context["whole"]) == (1, 1)


def test_without_a_script_what_is_ticked_counts_when_one_goes_on(alice, mandate):
    """The main button sends the form; only what was stored leads to the check."""
    draft = make_draft(mandate)
    assert narrow(alice, draft, languages=["nb"], go="check").url == url("check", draft)
    assert chosen(draft) == {"languages": ["nb"]}
    stale = alice.post(url("narrow", draft), {"version": draft.version, "languages": ["sv"], "go": "check"})
    assert stale.url == url("recipients", draft)
    assert chosen(draft) == {"languages": ["nb"]}


@pytest.mark.parametrize("row", ["units", "employers", "workplaces", "mailed", "not_mailed"])
def test_what_is_not_on_offer_cannot_be_ticked(row, union, alice, mandate):
    foreign = make_unit("Sydbolaget", kind="employer", branch=union.branch_b)
    school = make_unit("Sydskolan", kind="workplace", under=foreign)
    theirs = str(make_mailing(union.mandate(union.charlie)).public_id)
    value = {"units": union.branch_b.pk, "employers": foreign.pk, "workplaces": school.pk}.get(row, theirs)
    draft = make_draft(mandate)
    assert narrow(alice, draft, **{row: [value]}).status_code == 404
    assert chosen(draft) == {}


def test_a_date_nobody_can_read_is_refused_in_words_and_changes_nothing(alice, mandate):
    draft = make_draft(mandate, audience={"languages": ["nb"]})
    said = alice.post(
        url("narrow", draft), {"version": draft.version, "languages": ["sv"], "new_since": "i går"}, follow=True
    )
    assert len(list(said.context["messages"])) == 1
    assert chosen(draft) == {"languages": ["nb"]}


def test_whoever_opens_the_list_behind_a_number_is_in_the_access_log(union, alice, mandate):
    anna = make_member("Anna", placed=[union.branch_a])
    make_member("Ida", placed=[union.branch_a], email="")
    alice.get(url("people", make_draft(mandate), "mail"))
    row = AccessLog.objects.get()
    assert (row.user, row.mandate, row.kind, row.members) == (union.alice, mandate, "list", [anna.pk])


def test_a_value_that_is_no_longer_on_offer_stays_and_so_never_widens(union, alice, mandate):
    make_member("Anna", placed=[union.branch_a])
    foreign = make_unit("Sydskolan", kind="workplace", under=make_unit("Syd", kind="employer", branch=union.branch_b))
    draft = make_draft(mandate, audience={"workplaces": [foreign.pk]})
    page = alice.get(url("recipients", draft))
    assert page.context["ledger"].total == 0
    assert foreign.name not in text(page)
    narrow(alice, draft, languages=["sv"])
    assert chosen(draft) == {"workplaces": [foreign.pk], "languages": ["sv"]}


def test_a_row_emptied_on_purpose_stays_nobody_until_everybody_is_chosen(union, alice, mandate):
    make_member("Anna", placed=[union.branch_a])
    draft = make_draft(mandate, audience={"languages": []})
    assert alice.get(url("recipients", draft)).context["ledger"].total == 0
    narrow(alice, draft)
    assert chosen(draft) == {"languages": []}
    alice.post(url("everybody", draft))
    assert chosen(draft) == {}
    assert alice.get(url("recipients", draft)).context["ledger"].total == 1


def test_htmx_gets_the_ledger_alone_from_the_same_view(union, alice, mandate):
    make_member("Anna", placed=[union.branch_a])
    draft = make_draft(mandate)
    sent = {"version": draft.version, "languages": ["nb"]}
    assert alice.post(url("narrow", draft), sent, HTTP_HX_REQUEST="true").url == url("recipients", draft)
    part = alice.get(url("recipients", draft), HTTP_HX_REQUEST="true")
    body = part.content.decode().lstrip()
    assert body.startswith('<div id="reach"')
    assert "<html" not in body
    assert re.search(r'data-announce="0 ', body)
    assert part.context["ledger"] == alice.get(url("recipients", draft)).context["ledger"]
    assert f'name="version" form="narrow" value="{draft.version + 1}"' in body


def test_a_workplace_is_found_by_name_where_there_are_many(union, alice, mandate):
    for n in range(45):
        make_unit(f"Skola {n:02}", kind="workplace", under=union.employer)
    wanted = make_unit("Östra ängen", kind="workplace", under=union.employer)
    draft = make_draft(mandate)
    page = alice.get(url("recipients", draft))
    assert len(page.context["form"].fields["workplaces"].choices) == 40
    found = alice.get(url("recipients", draft), {"find": "östra"}, HTTP_HX_REQUEST="true")
    assert found.content.decode().lstrip().startswith('<div id="workplaces"')
    assert wanted.name in text(found)
    assert "Skola 01" not in text(found)
    narrow(alice, draft, workplaces=[wanted.pk])
    assert wanted.name in text(
        alice.get(url("recipients", draft), {"find": "skola 0"})
    )  # what is ticked stays in sight


def test_workplaces_of_the_same_name_are_told_apart_by_their_employer(union, alice, mandate):
    second = make_unit("Södra vården", kind="employer", branch=union.branch_a)
    make_unit("Fjällskolan", kind="workplace", under=second)
    form = alice.get(url("recipients", make_draft(mandate))).context["form"]
    labels = [label for _value, label in form.fields["workplaces"].choices]
    assert labels == ["Fjällskolan, Nordkommun", "Fjällskolan, Södra vården"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_and_three_of_everything(
    rows, union, alice, mandate, django_assert_num_queries
):
    for n in range(rows):
        make_unit(f"Klubb {n}", kind="club", under=union.branch_a)
        make_unit(f"Skola {n}", kind="workplace", under=union.employer)
        make_mailing(mandate)
        job(make_member(placed=[union.branch_a]), union.workplace, position=f"Titel {n}")
        SavedList.objects.create(
            unit=union.branch_a, role="representative", name=f"Lista {n}", audience={}, by=union.alice
        )
    draft = make_draft(mandate)
    with django_assert_num_queries(16):
        alice.get(url("recipients", draft))


# --- a large mandate ------------------------------------------------------------------------------------------------
@pytest.fixture
def large(union):
    """A branch so large that its members were counted in the night."""
    return UnitSize.objects.create(unit=union.branch_a, on=timezone.localdate(), members=30_000)


@pytest.fixture
def remembering(monkeypatch):
    """Numbers are remembered from the first member on, and forgotten for the next test."""
    monkeypatch.setattr(audience, "EXACT", 0)
    yield
    caches["memory"].clear()


def html(page) -> str:
    return page.content.decode()


def test_the_numbers_of_a_large_mandate_follow_the_page(union, alice, mandate, large, remembering):
    make_member(placed=[union.branch_a])
    here = url("recipients", draft := make_draft(mandate))
    page = html(alice.get(here))
    assert f'hx-get="{here}" hx-trigger="load"' in page
    assert 'class="ledger"' not in page
    assert f'name="version" form="narrow" value="{draft.version}"' in page
    numbers = html(alice.get(here, headers={"HX-Request": "true"}))
    assert "<b>1</b>" in numbers
    assert "hx-get" not in numbers
    assert "<b>1</b>" in html(alice.get(here))  # somebody has just counted them


def test_without_a_script_they_are_one_link_away(union, alice, mandate, large):
    make_member(placed=[union.branch_a])
    here = url("recipients", make_draft(mandate))
    assert f'<noscript><p><a class="button" href="{here}?count">' in html(alice.get(here))
    assert 'class="ledger"' in html(alice.get(f"{here}?count"))


def test_of_a_small_one_they_are_in_the_page(union, alice, mandate):
    assert 'class="ledger"' in html(alice.get(url("recipients", make_draft(mandate))))


# --- addresses ------------------------------------------------------------------------------------------------------
def test_a_wrong_address_leads_to_those_who_can_put_it_right(union, alice, mandate):
    union.region.mailbox = "register@example.org"
    union.region.save()
    member = make_member("Fel", placed=[union.branch_a], email="", email_problem="two @", number="M-77")
    make_member("Pausad", placed=[union.branch_a], restricted=True)
    draft = make_draft(mandate)
    ledger = alice.get(url("recipients", draft)).content.decode()
    assert f"{url('people', draft, 'bad_address')}#mend" in ledger
    assert f"{url('people', draft, 'restricted')}#mend" not in ledger
    page = alice.get(url("people", draft, "bad_address"))
    assert 'href="mailto:register@example.org"' in page.content.decode()
    assert member.number in text(page)
    assert "mailto:" not in alice.get(url("people", draft, "restricted")).content.decode()


# --- my lists -------------------------------------------------------------------------------------------------------
@pytest.fixture
def kept(union, alice, mandate) -> SavedList:
    draft = make_draft(mandate, audience={"languages": ["nb"]})
    alice.post(url("list_keep", draft), {"name": "Norska talare"})
    return SavedList.objects.get()


def test_a_choice_is_kept_and_used_in_another_draft(union, alice, mandate, kept):
    assert (kept.unit, kept.role, kept.audience) == (mandate.unit, "representative", {"languages": ["nb"]})
    draft = make_draft(mandate)
    assert kept.name in text(alice.get(url("recipients", draft)))
    alice.post(url("list_use", draft, kept.public_id))
    assert chosen(draft) == {"languages": ["nb"]}


def test_a_list_is_renamed_and_names_are_unique(alice, mandate, kept):
    draft = make_draft(mandate)
    alice.post(url("list_rename", draft, kept.public_id), {"name": "Norsktalande"})
    kept.refresh_from_db()
    assert kept.name == "Norsktalande"
    refused = alice.post(url("list_keep", draft), {"name": "Norsktalande"}, follow=True)
    assert [str(message) for message in refused.context["messages"]] != []
    assert SavedList.objects.count() == 1
    alice.post(url("list_keep", draft), {"name": " \u200b "})
    assert SavedList.objects.count() == 1


def test_deleting_can_be_undone_and_is_final_after_30_days(alice, mandate, kept):
    draft = make_draft(mandate)
    gone = alice.post(url("list_delete", draft, kept.public_id), follow=True)
    assert gone.context["lists"] == []
    assert url("list_restore", draft, kept.public_id) in gone.content.decode()
    alice.post(url("list_restore", draft, kept.public_id))
    assert alice.get(url("recipients", draft)).context["lists"] == [kept]
    alice.post(url("list_delete", draft, kept.public_id))
    purging.purge(now=timezone.now() + datetime.timedelta(days=29))
    assert SavedList.objects.exists()
    purging.purge(now=timezone.now() + datetime.timedelta(days=31))
    assert not SavedList.objects.exists()


def test_a_name_taken_meanwhile_is_not_taken_back(alice, mandate, kept):
    draft = make_draft(mandate)
    alice.post(url("list_delete", draft, kept.public_id))
    alice.post(url("list_keep", draft), {"name": kept.name})
    alice.post(url("list_restore", draft, kept.public_id))
    assert SavedList.objects.kept().count() == 1


def test_a_successor_has_the_lists_other_units_and_roles_have_not(union, sign_in, mandate, kept):
    erik = make_mandate(make_user("Erik"), union.branch_a)
    deputy = make_mandate(make_user("Disa"), union.branch_a, role="deputy")
    draft = make_draft(mandate)
    assert sign_in(erik.user).get(url("recipients", draft)).context["lists"] == [kept]
    client = sign_in(deputy.user)
    assert client.get(url("recipients", draft)).context["lists"] == []
    assert client.post(url("list_use", draft, kept.public_id)).status_code == 404
    charlie, theirs = sign_in(union.charlie), make_draft(union.mandate(union.charlie))
    for verb in ("list_use", "list_rename", "list_delete", "list_restore"):
        assert charlie.post(url(verb, theirs, kept.public_id), {"name": "x"}).status_code == 404
    kept.refresh_from_db()
    assert (kept.name, kept.deleted_at) == ("Norska talare", None)


def test_a_list_that_reaches_outside_only_ever_narrows(union, alice, mandate):
    make_member("Anna", placed=[union.branch_a])
    make_member("Bea", placed=[union.branch_b])
    wide = SavedList.objects.create(
        unit=union.branch_a, role="representative", name="Allt", by=union.bob,
        audience={"units": [union.root.pk, union.branch_b.pk]},
    )  # fmt: skip
    foreign = SavedList.objects.create(
        unit=union.branch_a, role="representative", name="Bara B", by=union.bob, audience={"units": [union.branch_b.pk]}
    )
    draft = make_draft(mandate)
    for saved, expected in ((wide, {"Anna"}), (foreign, set())):
        alice.post(url("list_use", draft, saved.public_id))
        stored = Mailing.unscoped.get(pk=draft.pk)
        scope = composing.scope_of(stored, now=timezone.now())
        found = audience.members(scope=scope, topic=stored.topic, filter=Filter.from_json(stored.audience))
        assert {member.first_name for member in found} == expected


def test_the_form_of_a_draft_whose_mandate_has_ended_still_opens(union, mandate):
    draft = make_draft(mandate, template=make_template())
    nobody = Scope(on=timezone.localdate(), mandates=(), paths=())
    assert AudienceForm(mailing=draft, scope=nobody).said == []
