"""What staff do in the portal: invite, give mandates, build units, hand out roles."""

from __future__ import annotations

import datetime

import pytest
from django.core import mail
from django.utils import timezone
from wagtail.models import ModelLogEntry

from comms.people.models import Mandate, RosterImport, Unit, User
from comms.people.scope import Scope
from tests.factories import TODAY, day, make_mandate, make_member, make_unit, make_user

NEW = {"first_name": "Niillas", "last_name": "Ŋuŋŋá", "email": "niillas@example.org", "phone": "", "language": "nb"}


@pytest.fixture
def sara(union, sign_in):
    return sign_in(union.sara)


def text(page) -> str:
    return page.content.decode()


# --- users --------------------------------------------------------------------------------------------------------
def test_inviting_a_person_mails_them_and_leads_to_the_mandate(union, sara):
    answer = sara.post("/staff/users/new/", NEW)
    person = User.objects.get(email="niillas@example.org")
    assert answer["Location"] == f"/staff/users/{person.pk}/mandate/"
    (letter,) = mail.outbox
    assert letter.to == ["niillas@example.org"]
    assert "http://127.0.0.1:8000/accounts/login/" in letter.body
    assert not person.has_usable_password()
    assert ModelLogEntry.objects.filter(action="people.user.invite", object_id=str(person.pk), user=union.sara).exists()


def test_the_history_holds_no_names_or_addresses(union, sara):
    sara.post("/staff/users/new/", NEW)
    (entry,) = ModelLogEntry.objects.all()
    assert entry.label == f"#{entry.object_id}"
    assert entry.data == {}


@pytest.mark.parametrize("email", ["ALICE@example.org", "niillas@exam ple.org", "niillas", "<b>@example.org"])
def test_an_address_in_use_or_unusable_is_explained(union, sara, email):
    page = sara.post("/staff/users/new/", {**NEW, "email": email})
    assert page.status_code == 200
    assert 'id="id_email_error"' in text(page)
    assert mail.outbox == []


def test_an_account_is_kept_when_the_mail_server_is_down(union, sara, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = sara.post("/staff/users/new/", NEW, follow=True)
    assert 'class="notice warning"' in text(page)
    assert User.objects.filter(email="niillas@example.org").exists()


def test_details_are_changed_and_the_invitation_mailed_again(union, sara):
    url = f"/staff/users/{union.alice.pk}/"
    sara.post(f"{url}edit/", {**NEW, "email": "alice.new@example.org"})
    sara.post(f"{url}invite/")
    union.alice.refresh_from_db()
    assert union.alice.email == "alice.new@example.org"
    told = ["alice@example.org", "alice.new@example.org"]  # about the change, then the invitation
    assert [letter.to for letter in mail.outbox] == [*([one] for one in told), ["alice.new@example.org"]]
    assert all("alice.new@example.org" in letter.body for letter in mail.outbox[:2])


def test_another_mobile_number_is_told_and_another_name_is_not(union, sara):
    url = f"/staff/users/{union.alice.pk}/edit/"
    mine = {"first_name": "Alice", "last_name": "Ny", "email": union.alice.email, "language": "sv"}
    sara.post(url, mine)
    assert not mail.outbox
    sara.post(url, {**mine, "phone": "+46701740605"})
    assert [letter.to for letter in mail.outbox] == [[union.alice.email]]
    assert "70174" not in mail.outbox[0].body


def test_what_staff_changed_is_saved_also_while_the_mail_server_is_down(union, sara, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = sara.post(f"/staff/users/{union.alice.pk}/edit/", {**NEW, "email": "other@example.org"}, follow=True)
    assert 'class="notice warning"' in text(page)
    assert User.objects.filter(pk=union.alice.pk, email="other@example.org").exists()


def test_ending_an_account_signs_the_person_out_everywhere_for_good(union, sara, sign_in):
    alice = sign_in(union.alice)
    assert sara.get(f"/staff/users/{union.alice.pk}/end/").status_code == 200
    sara.post(f"/staff/users/{union.alice.pk}/end/")
    assert alice.get("/account/").status_code == 302
    sara.post(f"/staff/users/{union.alice.pk}/reopen/")
    assert alice.get("/account/").status_code == 302
    assert sign_in(union.alice).get("/account/").status_code == 302
    union.alice.refresh_from_db()
    assert union.alice.is_active
    assert sign_in(union.alice).get("/account/").status_code == 200


def test_staff_cannot_end_their_own_account(union, sara):
    page = sara.post(f"/staff/users/{union.sara.pk}/end/", follow=True)
    assert 'class="notice error"' in text(page)
    union.sara.refresh_from_db()
    assert union.sara.is_active


def test_the_user_list_is_searched_and_filtered(union, sara):
    make_user("Åsa", last_name="Dahl", is_active=False)
    assert names(search(sara, "users/", "charlie")) == ["Charlie"]
    assert names(sara.get("/staff/users/?state=ended")) == ["Åsa Dahl"]
    assert names(sara.get("/staff/users/?state=none")) == ["Dora"]
    assert names(search(sara, "users/", "dahl åsa", state="all")) == ["Åsa Dahl"]
    assert 'class="empty"' in text(search(sara, "users/", "nobody"))


def search(client, path: str, words: str, **more: str):
    return client.post(f"/staff/{path}", {"q": words, **more}, follow=True)


@pytest.mark.parametrize("path", ["users/", "mandates/", "roles/"])
def test_whoever_is_searched_for_stands_in_no_url(union, sara, path):
    page = search(sara, path, "charlie")
    ((url, status),) = page.redirect_chain
    assert status == 302
    assert "charlie" not in url.lower()
    assert 'value="charlie"' in text(page)
    assert "Charlie" in text(page)
    assert 'value="bob"' in text(search(sara, path, "bob"))
    assert 'value="charlie"' in text(sara.get(url))  # another tab keeps its own words


def names(page) -> list[str]:
    return [str(row) for row in page.context["page"]]


# --- mandates -----------------------------------------------------------------------------------------------------
def test_giving_a_mandate_opens_exactly_that_unit(union, sara):
    found = sara.get(f"/staff/users/{union.dora.pk}/mandate/?q=nordkom")
    assert names(found) == ["Nordkommun"]
    url = f"/staff/users/{union.dora.pk}/mandate/{union.employer.pk}/"
    sara.post(url, {"role": "deputy", "start": TODAY().isoformat(), "end": day(30).isoformat(), "mailbox": ""})
    scope = Scope.of(union.dora, on=TODAY())
    assert scope.covers(union.workplace)
    assert not scope.covers(union.branch_a)
    assert not Scope.of(union.dora, on=day(31))


@pytest.mark.parametrize(
    "wrong", [{"role": "staff"}, {"end": "2001-01-01"}, {"start": ""}, {"start": "soon"}, {"mailbox": "not an address"}]
)
def test_a_mandate_that_makes_no_sense_is_refused(union, sara, wrong):
    url = f"/staff/users/{union.dora.pk}/mandate/{union.employer.pk}/"
    page = sara.post(url, {"role": "deputy", "start": TODAY().isoformat(), "end": "", "mailbox": "", **wrong})
    assert page.status_code == 200
    assert 'class="errorlist"' in text(page)
    assert union.dora.mandates.count() == 1


def test_the_same_mandate_is_not_given_twice(union, sara):
    url = f"/staff/users/{union.alice.pk}/mandate/{union.branch_a.pk}/"
    page = sara.post(url, {"role": "representative", "start": TODAY().isoformat(), "end": "", "mailbox": ""})
    assert "nonfield" in text(page)
    assert union.alice.mandates.count() == 1


def test_ending_a_mandate_at_once_takes_the_reach_away_today(union, sara, sign_in):
    mandate = union.mandate(union.alice)
    sara.post(f"/staff/mandates/{mandate.pk}/end/", {"when": "now"})
    assert not Scope.of(union.alice, on=TODAY())
    mandate.refresh_from_db()
    assert mandate.end == day(-1)


def test_ending_a_mandate_on_a_day_keeps_it_through_that_day(union, sara):
    mandate = union.mandate(union.alice)
    sara.post(f"/staff/mandates/{mandate.pk}/end/", {"when": "day", "last_day": day(5).isoformat()})
    assert Scope.of(union.alice, on=day(5))
    assert not Scope.of(union.alice, on=day(6))


@pytest.mark.parametrize("form", [{"when": "day"}, {"when": "day", "last_day": "2001-01-01"}, {"when": ""}])
def test_an_end_needs_a_day_that_has_not_passed(union, sara, form):
    mandate = union.mandate(union.alice)
    assert 'class="errorlist"' in text(sara.post(f"/staff/mandates/{mandate.pk}/end/", form))
    mandate.refresh_from_db()
    assert mandate.end is None


def test_a_mandate_of_which_no_day_is_left_is_withdrawn(union, sara):
    later = make_mandate(union.bob, union.branch_b, start_in=10)
    sara.post(f"/staff/mandates/{later.pk}/end/", {"when": "now"})
    assert not Mandate.objects.filter(pk=later.pk).exists()


def test_mandates_are_listed_by_state_with_the_first_to_end_on_top(union, sara):
    make_mandate(union.charlie, union.branch_a, end_in=20)
    assert [row.user.first_name for row in sara.get("/staff/mandates/?state=soon").context["page"]] == ["Charlie"]
    assert [row.user.first_name for row in sara.get("/staff/mandates/?state=ended").context["page"]] == ["Dora"]
    assert [row.user.first_name for row in search(sara, "mandates/", "region").context["page"]] == ["Bob"]


# --- units --------------------------------------------------------------------------------------------------------
UNIT = {"name": "Klubben", "code": "K1", "mailbox": "", "address": ""}


def test_a_unit_is_added_below_another_and_falls_into_its_scope(union, sara):
    sara.post(f"/staff/units/{union.branch_a.pk}/new/", {**UNIT, "kind": "club"})
    club = Unit.objects.get(code="K1")
    assert Scope.of(union.alice, on=TODAY()).covers(club)
    assert not Scope.of(union.charlie, on=TODAY()).covers(club)


def test_a_new_employer_belongs_to_a_branch(union, sara):
    page = sara.post("/staff/units/employer/", {**UNIT, "kind": "employer"})
    assert 'id="id_branch_error"' in text(page)
    sara.post("/staff/units/employer/", {**UNIT, "kind": "employer", "branch": union.branch_b.pk})
    assert Unit.objects.get(code="K1").branch == union.branch_b


@pytest.mark.parametrize("wrong", [{"kind": "workplace"}, {"name": ""}, {"code": "taken"}])
def test_a_unit_that_makes_no_sense_is_refused(union, sara, wrong):
    make_unit("Other", code="taken", under=union.root)
    count = Unit.objects.count()
    page = sara.post(f"/staff/units/{union.branch_a.pk}/new/", {**UNIT, "kind": "club", **wrong})
    assert 'class="errorlist"' in text(page)
    assert Unit.objects.count() == count


def test_a_unit_is_renamed_and_keeps_its_place(union, sara):
    sara.post(f"/staff/units/{union.branch_a.pk}/edit/", {**UNIT, "name": "Avdelning Ánná", "code": "A"})
    unit = Unit.objects.get(pk=union.branch_a.pk)
    assert (unit.name, unit.path, unit.kind) == ("Avdelning Ánná", union.branch_a.path, "branch")


def test_a_unit_with_members_or_mandates_is_not_closed_and_the_page_says_who_is_left(union, sara):
    make_member(placed=[union.branch_a])
    page = sara.get(f"/staff/units/{union.branch_a.pk}/close/")
    assert "Alice" in text(page)
    sara.post(f"/staff/units/{union.branch_a.pk}/close/", {"when": "now"})
    assert Unit.objects.get(pk=union.branch_a.pk).ended_on is None


def test_an_empty_unit_closes_with_everything_below_it(union, sara):
    sara.post(f"/staff/units/{union.employer.pk}/close/", {"when": "now"})
    assert list(Unit.objects.filter(ended_on=day(-1))) == [union.employer, union.workplace]
    assert "Fjällskolan" in names(sara.get("/staff/units/?state=closed"))


def test_the_union_itself_cannot_be_closed(union, sara):
    page = sara.post(f"/staff/units/{union.root.pk}/close/", {"when": "now"})
    assert "nonfield" in text(page)


# --- roles --------------------------------------------------------------------------------------------------------
def test_making_somebody_staff_and_taking_it_back(union, sara, sign_in):
    sara.post(f"/staff/roles/{union.bob.pk}/give/")
    assert sign_in(union.bob).get("/staff/").status_code == 200
    sara.post(f"/staff/roles/{union.bob.pk}/edit/")
    assert sign_in(union.bob).get("/admin/").status_code == 200
    sara.post(f"/staff/roles/{union.bob.pk}/end/")
    bob = sign_in(union.bob)
    assert (bob.get("/staff/").status_code, bob.get("/admin/").status_code) == (404, 404)
    assert not union.bob.groups.exists()


def test_representatives_cannot_be_let_into_wagtail(union, sara):
    sara.post(f"/staff/roles/{union.alice.pk}/edit/")
    assert not union.alice.groups.exists()


@pytest.mark.parametrize("way", ["roles/{pk}/end/", "mandates/{mandate}/end/"])
def test_nobody_removes_themselves_from_staff(union, sara, way):
    mandate = union.mandate(union.sara)
    page = sara.post("/staff/" + way.format(pk=union.sara.pk, mandate=mandate.pk), {"when": "now"}, follow=True)
    assert sara.get("/staff/").status_code == 200
    assert 'class="notice error"' in text(page) or "nonfield" in text(page)


def test_the_last_staff_person_stays(union, sara):
    make_mandate(union.bob, union.root, role="staff", end_in=0)
    mandate = union.mandate(union.sara)
    User.objects.filter(pk=union.bob.pk).update(is_active=True)
    from comms.portal.staff import Refused, mandates

    with pytest.raises(Refused):
        mandates.end(mandate, last_day=day(3), by=union.bob, on=TODAY())


# --- the front page -------------------------------------------------------------------------------------------------
def test_staff_see_how_old_the_membership_data_is(union, sara):
    old, new = (timezone.now() - datetime.timedelta(days=days) for days in (15, 2))
    RosterImport.objects.create(covers=union.root, as_of=old - datetime.timedelta(days=9), sha256="0")
    RosterImport.objects.create(covers=union.root, as_of=old, sha256="a")
    RosterImport.objects.create(covers=union.region, as_of=new, sha256="b")
    page = sara.get("/staff/")
    assert [(row.sha256, stale) for row, stale in page.context["imports"]] == [("a", True), ("b", False)]
    assert text(page).count('class="notice warning"') == 1


def test_without_any_import_the_front_page_says_so(union, sara):
    assert 'class="empty"' in text(sara.get("/staff/"))


# --- cost -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [("users/", 6), ("mandates/", 5), ("units/?q=Kim", 5), ("roles/", 6)],
)
def test_lists_cost_the_same_for_one_row_and_for_three(union, sara, django_assert_num_queries, rows, path, queries):
    for n in range(rows):
        person = make_user("Kim", email=f"kim{n}@example.org")
        make_mandate(person, make_unit(f"Kim {n}", under=union.root))
    address = f"/staff/{path}"
    if "?" not in path:
        address = sara.post(address, {"q": "Kim"})["Location"]
    with django_assert_num_queries(queries):
        sara.get(address)
