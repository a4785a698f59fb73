"""Staff in Wagtail: what editors may do, what they see of a page, and when a change reaches readers."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone
from wagtail.models import Collection, GroupPagePermission, WorkflowPage

from cms import editors, schedule
from cms.access import Reader
from cms.models import Entry, HomePage, LibraryPage
from comms.people.models import Mandate
from comms.people.scope import Scope
from comms.portal.staff import roles
from tests.factories import make_mandate, make_unit, make_user
from tests.library.editing import edit, make_editor
from tests.library.shelves import article

pytestmark = pytest.mark.django_db
AN_HOUR = datetime.timedelta(hours=1)


def may_read(user, page) -> bool:
    reader = Reader.of(Scope.of(user, on=timezone.localdate()))
    return Entry.objects.within(reader).filter(pk=page.pk).exists()


# --- permissions ------------------------------------------------------------------------------------------------------
def test_after_migrating_editors_may_keep_pages_files_and_words(union):
    sara = make_editor(union.sara)
    may = HomePage.objects.get().permissions_for_user(sara)
    assert all([may.can_add_subpage(), may.can_publish(), may.can_edit(), may.can_lock(), may.can_unlock()])
    for model in ("subject", "synonyms", "bestbet"):
        assert all(sara.has_perm(f"cms.{verb}_{model}") for verb in ("add", "change", "delete"))
    root = Collection.objects.get(depth=1)
    granted = root.group_permissions.filter(group__name=roles.EDITORS).values_list("permission__codename", flat=True)
    assert {
        f"{verb}_{kind}" for verb in ("add", "change", "choose", "delete") for kind in ("image", "document")
    } == set(granted)


def test_an_editor_may_delete_a_page(editor, library):
    page = article("Bort", under=library.shelf)
    assert editor.post(f"/admin/pages/{page.pk}/delete/").status_code == 302
    assert not Entry.unscoped.filter(pk=page.pk).exists()


def test_nobody_takes_the_whole_library_away(library, editor):
    home = HomePage.objects.get()
    many = f"/admin/bulk/wagtailcore/page/delete/?id={home.pk}"
    for address in (f"/admin/pages/{home.pk}/delete/", f"/admin/pages/{home.pk}/unpublish/", many):
        editor.post(address)
    assert HomePage.objects.filter(pk=home.pk, live=True).exists()
    assert Entry.unscoped.count() == 7


def test_ensuring_twice_changes_nothing(library):
    before = GroupPagePermission.objects.count(), WorkflowPage.objects.count()
    editors.ensure_library_editors()
    assert (GroupPagePermission.objects.count(), WorkflowPage.objects.count()) == before


SCREENS = ("pages/", "unfound/", "answers/", "expired/", "unfound/1/synonyms/", "unfound/1/best-bet/")


@pytest.mark.parametrize("address", [*(f"library/{one}" for one in SCREENS), "unit_chooser/", "snippets/cms/subject/"])
def test_a_representative_and_staff_without_the_key_find_no_such_screen(union, library, sign_in, address):
    for person in (union.alice, union.bob, union.charlie, union.dora, union.sara):
        client = sign_in(person)
        assert client.get(f"/admin/{address}").status_code == 404, person
        assert client.post(f"/admin/{address}").status_code == 404, person


def test_every_screen_of_the_menu_opens_for_an_editor(editor, library):
    menu = editor.get("/admin/").content.decode()
    for address in ("library/pages/", "library/unfound/", "library/answers/", "library/expired/",
                    "snippets/cms/synonyms/", "snippets/cms/bestbet/", "snippets/cms/subject/", "pages/",
                    "images/", "documents/", "library/pages/choose_parent/"):  # fmt: skip
        reply = editor.get(f"/admin/{address}", follow=True)
        assert reply.status_code == 200, address
    assert "/admin/library/unfound/" in menu


# --- the draft --------------------------------------------------------------------------------------------------------
def test_who_may_read_it_changes_with_the_draft_only_when_it_is_published(union, library, editor):
    assert may_read(union.alice, library.travel)
    edit(editor, library.travel, audience="units", units=(union.branch_b,))
    assert LibraryPage.objects.get(pk=library.travel.pk).has_unpublished_changes
    assert may_read(union.alice, library.travel)
    edit(editor, library.travel, audience="units", units=(union.branch_b,), action="action-publish")
    assert not may_read(union.alice, library.travel)
    assert may_read(union.charlie, library.travel)


def test_a_draft_may_wait_for_its_units_but_is_not_published_without(union, library, editor):
    assert edit(editor, library.travel, audience="units").status_code == 302
    refused = edit(editor, library.travel, audience="units", action="action-publish")
    assert refused.status_code == 200
    assert "audience" in refused.context["form"].errors
    assert may_read(union.alice, library.travel)


def test_the_responsible_is_chosen_among_staff(union, library, editor):
    Mandate.objects.filter(user=make_user("Förre")).delete()
    form = editor.get(f"/admin/pages/{library.travel.pk}/edit/").context["form"]
    assert list(form.fields["responsible"].queryset) == [union.sara]
    assert edit(editor, library.travel, responsible=union.alice.pk, action="action-publish").status_code == 200
    assert edit(editor, library.travel, responsible=union.sara.pk, action="action-publish").status_code == 302
    assert LibraryPage.objects.get(pk=library.travel.pk).responsible == union.sara


# --- a second person --------------------------------------------------------------------------------------------------
def test_a_draft_may_be_sent_for_approval_and_reaches_readers_when_somebody_else_approves(
    union, library, editor, sign_in
):
    tove = make_user("Tove")
    make_mandate(tove, union.root, role="staff")
    make_editor(tove)
    edit(editor, library.travel, audience="units", units=(union.branch_b,), action="action-submit")
    page = LibraryPage.objects.get(pk=library.travel.pk)
    state = page.current_workflow_task_state
    assert page.workflow_in_progress
    assert may_read(union.alice, page)
    approve = f"/admin/pages/workflow/action/{page.pk}/approve/{state.pk}/"
    editor.post(approve)
    assert may_read(union.alice, page), "nobody approves their own"
    sign_in(tove).post(approve)
    assert not may_read(union.alice, page)
    assert may_read(union.charlie, page)


def test_nobody_has_to_ask_a_second_person(library, editor):
    page = editor.get(f"/admin/pages/{library.travel.pk}/edit/").content.decode()
    assert "action-publish" in page
    assert "action-submit" in page


# --- the clock --------------------------------------------------------------------------------------------------------
def test_a_page_is_published_and_taken_down_when_it_was_said(union, library):
    now = timezone.now()
    page = article("Snart", under=library.shelf, live=False)
    page.go_live_at, page.expire_at = now - AN_HOUR, now + AN_HOUR
    revision = page.save_revision()
    revision.approved_go_live_at = page.go_live_at
    revision.save()
    assert schedule.keep(now=now - 2 * AN_HOUR) == 0
    assert not may_read(union.alice, page)
    assert schedule.keep(now=now) == 1
    assert may_read(union.alice, page)
    assert schedule.keep(now=now) == 0
    assert schedule.keep(now=now + 2 * AN_HOUR) == 1
    assert not may_read(union.alice, page)


def test_the_beat_keeps_the_clock(settings):
    tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"cms.tasks.sweep", "cms.tasks.tell"} <= tasks


# --- choosing a unit --------------------------------------------------------------------------------------------------
def test_a_unit_is_found_by_name_or_number_with_its_place(union, library, editor):
    found = editor.get("/admin/unit_chooser/results/?q=fjäll").content.decode()
    assert "Fjällskolan" in found
    assert "Avdelning A › Nordkommun" in found
    assert "Avdelning B" not in found
    number = editor.get(f"/admin/unit_chooser/results/?q={union.branch_b.code}").content.decode()
    assert "Avdelning B" in number


def test_choosing_a_unit_changes_none(union, editor):
    chosen = editor.get(f"/admin/unit_chooser/chosen/{union.branch_a.pk}/").json()["result"]
    assert (chosen["title"], chosen["edit_url"]) == ("Avdelning A (Förbundet › Region Norr)", None)
    assert editor.post("/admin/unit_chooser/create/", {"name": "X"}).status_code == 404


def test_the_editor_holds_no_list_of_all_units(union, library, editor):
    for n in range(30):
        make_unit(f"Avdelning nummer {n}", under=union.root)
    page = editor.get(f"/admin/pages/{library.minutes_a.pk}/edit/").content.decode()
    assert "Avdelning nummer" not in page
    assert "Avdelning A" in page


@pytest.mark.parametrize("units", [1, 3])
def test_the_chooser_asks_as_often_for_many_units(union, editor, units, django_assert_num_queries):
    for n in range(units):
        make_unit(f"Klubb {n}", kind="club", under=union.branch_a)
    editor.get("/admin/unit_chooser/results/?q=klubb")
    with django_assert_num_queries(9):
        assert editor.get("/admin/unit_chooser/results/?q=klubb").content.decode().count("Klubb") >= units


# --- the list ---------------------------------------------------------------------------------------------------------
def test_the_list_says_kind_readers_and_until_when(union, library, editor):
    article("Gammal", under=library.shelf, valid_until=datetime.date(2020, 1, 2))
    page = editor.get("/admin/library/pages/").content.decode()
    for words in ("Gammal", "Avdelning A", "Avdelning B", "2020-01-02"):
        assert words in page
    only = editor.get("/admin/library/pages/?expired=true")
    assert [row.title for row in only.context["object_list"]] == ["Gammal"]


@pytest.mark.parametrize("pages", [1, 3])
def test_the_list_of_pages_asks_as_often_for_many(union, library, editor, pages, django_assert_num_queries):
    for n in range(pages):
        article(f"Sida {n}", under=library.shelf, units=(union.branch_a,))
    editor.get("/admin/library/pages/")
    with django_assert_num_queries(26):
        editor.get("/admin/library/pages/")
