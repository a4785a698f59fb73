"""Nothing is published unchecked, whatever the button; where staff ask for it, a second person looks first."""

from __future__ import annotations

import datetime

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import Revision, TaskState

from comms.people.models import User
from comms.portal.staff import roles
from templates_lib import approval, bell, gate, schedule
from templates_lib.models import GateRun, InvitationTemplate, SecondPersonTask
from templates_lib.models.template import GateState
from templates_lib.render.gate import Finding
from tests.factories import make_mandate, make_user
from tests.templates_lib.staffed import ADMIN, checks_quickly, edit_body, heading, posted, work

MISSING = Finding("P1", "glyph", where="heading.text", detail="欢", more="U+6B22", language="sv", line=1, column=6)
LATER = datetime.timedelta(hours=2)


@pytest.fixture(autouse=True)
def quiet_bell(monkeypatch):
    """The worker is this test: see `work`."""
    monkeypatch.setattr(bell, "ring", lambda task, pk: None)


@pytest.fixture
def good(monkeypatch):
    checks_quickly(monkeypatch)


def editor(unit, first_name: str) -> User:
    person = make_user(first_name, language="en")
    make_mandate(person, unit.get_root(), role="staff")
    roles.ensure_editors().user_set.add(person)
    return person


@pytest.fixture
def sara(unit):
    return editor(unit, "Sara")


@pytest.fixture
def sixten(unit):
    return editor(unit, "Sixten")


def edit_url(template: InvitationTemplate) -> str:
    return f"{ADMIN}/edit/{template.pk}/"


def newest(template: InvitationTemplate) -> InvitationTemplate:
    return InvitationTemplate.objects.get(pk=template.pk).get_latest_revision().as_object()


def text(page) -> str:
    return page.content.decode()


# --- the gate -------------------------------------------------------------------------------------------------------
def test_publish_starts_a_check_and_leads_to_its_page(good, template, sara, sign_in):
    live = template.live_revision_id
    client = sign_in(sara)
    answer = client.post(edit_url(template), posted(template, name="Vårmöte"))
    run = GateRun.objects.get()
    assert answer["Location"] == f"{ADMIN}/check/{run.pk}/"
    assert (run.then, run.by, run.state) == ("publish", sara, GateState.QUEUED)
    page = client.get(answer["Location"])
    assert page["Refresh"] == "2"
    template.refresh_from_db()
    assert template.live_revision_id == live
    work()
    page = client.get(answer["Location"])
    assert "Refresh" not in page
    assert "Published" in text(page)
    template.refresh_from_db()
    assert (template.name, template.live_revision_id) == ("Vårmöte", run.revision_id)
    assert not template.has_unpublished_changes


def test_the_page_says_how_far_the_check_is(template, sara, sign_in):
    run = gate.start(template=template, revision=template.save_revision(), by=sara, then="publish", now=timezone.now())
    GateRun.objects.filter(pk=run.pk).update(state=GateState.RUNNING, done=7, total=12)
    page = text(sign_in(sara).get(f"{ADMIN}/check/{run.pk}/"))
    assert "7 of 12" in page
    assert '<progress max="12" value="7">' in page


def test_a_refusal_is_told_in_plain_words_with_a_way_to_the_block(monkeypatch, template, sara, sign_in):
    block = next(str(child.id) for child in template.body if child.block_type == "heading")
    finding = Finding("P1", "glyph", where="heading.text", detail="欢", more="U+6B22", language="sv", anchor=block)
    checks_quickly(monkeypatch, finding)
    live, client = template.live_revision_id, sign_in(sara)
    address = client.post(edit_url(template), posted(template))["Location"]
    work()
    page = text(client.get(address))
    assert "The character ‘欢’ in “Heading” (Swedish) is not in the typeface." in page
    assert f"{edit_url(template)}#block-{block}-section" in page
    template.refresh_from_db()
    assert template.live_revision_id == live
    assert template.has_unpublished_changes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (heading("Fest 🎉"), "PARTY POPPER"),
        (lambda blocks: blocks["footer"].update(note={"text": {"en": "你"}}), "U+4F60"),
        (lambda blocks: blocks["button"]["link"].update(url="javascript:x"), "https://"),
    ],
)
def test_the_real_gate_keeps_a_fault_from_members(template, sara, sign_in, change, words):
    live, client = template.live_revision_id, sign_in(sara)
    edit_body(template, change)
    address = client.post(edit_url(template), posted(template.get_latest_revision().as_object()))["Location"]
    (run,) = work()
    assert run.state == GateState.REFUSED
    assert words in text(client.get(address))
    template.refresh_from_db()
    assert template.live_revision_id == live
    assert template.has_unpublished_changes


def test_a_check_that_broke_can_be_tried_again(monkeypatch, good, template, sara, sign_in):
    client = sign_in(sara)
    run = gate.start(template=template, revision=template.save_revision(), by=sara, then="publish", now=timezone.now())
    GateRun.objects.filter(pk=run.pk).update(state=GateState.BROKEN, findings=[])
    page = text(client.get(f"{ADMIN}/check/{run.pk}/"))
    assert f'action="{ADMIN}/check/{run.pk}/again/"' in page
    assert client.get(f"{ADMIN}/check/{run.pk}/again/").status_code == 405
    client.post(f"{ADMIN}/check/{run.pk}/again/")
    (second,) = work()
    template.refresh_from_db()
    assert template.live_revision_id == second.revision_id == run.revision_id


def test_nothing_is_published_in_a_persons_name_without_a_check_of_exactly_that_version(good, template, sara):
    checked = edit_body(template, heading("Vårmöte"), by=sara)
    gate.start(template=template, revision=checked, by=sara, now=timezone.now())
    work()
    later = edit_body(template, heading("Höstmöte"), by=sara)
    with pytest.raises(PermissionDenied):
        later.publish(user=sara)
    checked.publish(user=sara)
    template.refresh_from_db()
    assert template.live_revision_id == checked.pk


def test_a_version_written_over_after_its_check_has_to_be_checked_again(good, template, sara):
    revision = edit_body(template, heading("Vårmöte"), by=sara)
    gate.start(template=template, revision=revision, by=sara, now=timezone.now())
    work()
    Revision.objects.filter(pk=revision.pk).update(created_at=timezone.now())  # as writing over one does
    with pytest.raises(PermissionDenied):
        Revision.objects.get(pk=revision.pk).publish(user=sara)


def test_autosave_never_writes_over_what_was_checked_or_published(good, template, sara):
    """Mailings pin the published version: writing over it would change what was sent."""
    first = template.save_revision(user=sara)
    assert template.save_revision(user=sara, overwrite_revision=first).pk == first.pk
    gate.start(template=template, revision=first, by=sara, then="publish", now=timezone.now())
    assert template.save_revision(user=sara, overwrite_revision=first).pk != first.pk
    shipped = template.save_revision()
    shipped.publish()
    template.refresh_from_db()
    assert template.save_revision(overwrite_revision=shipped).pk != shipped.pk


def test_an_earlier_version_is_checked_before_it_is_published_again(good, template, sara, sign_in):
    first = template.live_revision
    edit_body(template, heading("Vårmöte"), by=sara)
    address = f"{ADMIN}/history/{template.pk}/revisions/{first.pk}/revert/"
    page = sign_in(sara).get(address)
    assert page.status_code == 200
    answer = sign_in(sara).post(address, posted(first.as_object()))
    template.refresh_from_db()
    assert template.live_revision_id == first.pk
    (run,) = work()
    assert answer["Location"] == f"{ADMIN}/check/{run.pk}/"
    template.refresh_from_db()
    assert template.live_revision_id == run.revision_id != first.pk


def test_a_new_template_is_checked_too(good, template, sara, sign_in):
    answer = sign_in(sara).post(f"{ADMIN}/add/", posted(template, name="Ny mall"))
    made = InvitationTemplate.objects.get(name="Ny mall")
    assert not made.live
    (run,) = work()
    assert answer["Location"] == f"{ADMIN}/check/{run.pk}/"
    made.refresh_from_db()
    assert made.live


def test_a_template_is_taken_down_at_once(template, sara, sign_in):
    client = sign_in(sara)
    client.post(f"{ADMIN}/unpublish/{template.pk}/")
    template.refresh_from_db()
    assert not template.live
    assert "action-unpublish" not in text(client.get(edit_url(template)))


def test_representatives_and_strangers_find_no_check(template, unit, sara, sign_in, client):
    rut, ellen = make_user("Rut"), make_user("Ellen")
    make_mandate(rut, unit)
    make_mandate(ellen, unit.get_root(), role="staff")  # staff, but no editor of templates
    run = gate.start(template=template, revision=template.save_revision(), by=sara, now=timezone.now())
    for path in (f"check/{run.pk}/", f"check/{run.pk}/again/", f"retire/{template.pk}/", f"take-back/{template.pk}/"):
        for person in (rut, ellen):
            assert sign_in(person).get(f"{ADMIN}/{path}").status_code == 404
            assert sign_in(person).post(f"{ADMIN}/{path}").status_code == 404
        assert client.get(f"{ADMIN}/{path}")["Location"].startswith("/accounts/login/")


# --- a second person ------------------------------------------------------------------------------------------------
@pytest.fixture
def guarded(template):
    """Published, and from now on nobody changes it alone."""
    InvitationTemplate.objects.filter(pk=template.pk).update(approval_required=True)
    template.refresh_from_db()
    return template


def test_the_workflow_is_made_once(db):
    workflow = approval.ensure_workflow()
    before = SecondPersonTask.objects.count()
    assert (approval.ensure_workflow(), SecondPersonTask.objects.count()) == (workflow, before)


def test_who_wrote_it_has_no_button_and_cannot_post_either(good, guarded, sara, sign_in):
    live, client = guarded.live_revision_id, sign_in(sara)
    page = text(client.get(edit_url(guarded)))
    assert "action-publish" not in page
    assert "action-submit" in page
    answer = client.post(edit_url(guarded), posted(guarded), follow=True)
    assert "Send it for approval" in text(answer)
    guarded.refresh_from_db()
    assert guarded.live_revision_id == live
    assert not GateRun.objects.exists()


def test_without_the_flag_there_is_nothing_to_send(template, sara, sign_in):
    page = text(sign_in(sara).get(edit_url(template)))
    assert "action-publish" in page
    assert "action-submit" not in page


def test_a_second_person_approves_and_the_check_publishes(good, guarded, sara, sixten, sign_in):
    sign_in(sara).post(edit_url(guarded), posted(guarded, action="action-submit", name="Vårmöte"))
    assert "data-workflow-action-name" not in text(sign_in(sara).get(edit_url(guarded)))
    client = sign_in(sixten)
    assert 'data-workflow-action-name="approve"' in text(client.get(edit_url(guarded)))
    answer = client.post(edit_url(guarded), approving(guarded))
    (run,) = work()
    assert answer["Location"] == f"{ADMIN}/check/{run.pk}/"
    assert "Approved and published" in text(client.get(answer["Location"]))
    guarded.refresh_from_db()
    assert (guarded.name, guarded.live_revision_id) == ("Vårmöte", run.revision_id)
    assert TaskState.objects.get().finished_by == sixten


def approving(template: InvitationTemplate) -> dict[str, object]:
    return posted(template, action="action-workflow-action", **{"workflow-action-name": "approve"})


def test_an_approver_decides_about_what_was_sent_not_about_the_form(good, guarded, sara, sixten, sign_in):
    sign_in(sara).post(edit_url(guarded), posted(guarded, action="action-submit", name="Vårmöte"))
    sign_in(sixten).post(edit_url(guarded), {**approving(guarded), "name": "Something of my own"})
    work()
    guarded.refresh_from_db()
    assert guarded.name == "Vårmöte"


def test_approving_from_the_list_leads_to_the_check_too(good, guarded, sara, sixten, sign_in):
    sign_in(sara).post(edit_url(guarded), posted(guarded, action="action-submit", name="Vårmöte"))
    state = TaskState.objects.get()
    address = f"{ADMIN}/workflow/action/{guarded.pk}/approve/{state.pk}/"
    assert sign_in(sara).post(address).status_code == 302  # to where she came from, with a message
    assert not GateRun.objects.exists()
    answer = sign_in(sixten).post(address, {"comment": "Fin!"})
    (run,) = work()
    assert answer["Location"] == f"{ADMIN}/check/{run.pk}/"
    state.refresh_from_db()
    assert (state.status, state.finished_by, state.comment) == ("approved", sixten, "Fin!")


def test_what_waits_for_approval_is_on_the_first_page_of_those_who_may(guarded, sara, sixten, sign_in):
    sign_in(sara).post(edit_url(guarded), posted(guarded, action="action-submit", name="Vårmöte"))
    assert list(TaskState.objects.reviewable_by(sixten)) == [TaskState.objects.get()]
    assert list(TaskState.objects.reviewable_by(sara)) == []
    waiting = "Awaiting your review"
    assert waiting in text(sign_in(sixten).get("/admin/"))
    assert waiting not in text(sign_in(sara).get("/admin/"))


def test_who_changed_it_last_is_not_the_second_person(good, guarded, sara, sixten, sign_in):
    sign_in(sara).post(edit_url(guarded), posted(guarded, action="action-submit"))
    sign_in(sixten).post(edit_url(guarded), posted(guarded, action="action-save", name="Omskriven"))
    state = TaskState.objects.get()
    assert state.revision.as_object().name == "Omskriven"
    for person in (sara, sixten):
        task = state.task.specific
        assert task.get_actions(guarded, person) == []
        with pytest.raises(PermissionDenied):
            task.on_action(state.specific, person, "approve")
    third = editor(guarded_unit(sara), "Tuva")
    assert [name for name, *_rest in task.get_actions(guarded, third)] == ["reject", "approve", "approve"]


def guarded_unit(person: User):
    return person.mandates.get().unit


def test_a_refused_check_leaves_the_approval_open(monkeypatch, guarded, sara, sixten, sign_in):
    checks_quickly(monkeypatch, MISSING)
    sign_in(sara).post(edit_url(guarded), posted(guarded, action="action-submit"))
    live = guarded.live_revision_id
    sign_in(sixten).post(edit_url(guarded), approving(guarded))
    (run,) = work()
    assert run.state == GateState.REFUSED
    guarded.refresh_from_db()
    assert guarded.live_revision_id == live
    assert TaskState.objects.get().status == TaskState.STATUS_IN_PROGRESS


def test_asking_for_changes_needs_no_check(guarded, sara, sixten, sign_in):
    sign_in(sara).post(edit_url(guarded), posted(guarded, action="action-submit"))
    data = posted(guarded, action="action-workflow-action", **{"workflow-action-name": "reject"})
    sign_in(sixten).post(edit_url(guarded), {**data, "workflow-action-extra-data": '{"comment": "Kortare!"}'})
    assert TaskState.objects.get().status == TaskState.STATUS_REJECTED
    assert not GateRun.objects.exists()


@pytest.mark.parametrize("live", [True, False])
def test_nobody_lifts_the_second_look_alone(good, guarded, sara, sign_in, live):
    """Unticking is a change like any other: it waits for approval, also where the template was taken down first."""
    client = sign_in(sara)
    if not live:
        client.post(f"{ADMIN}/unpublish/{guarded.pk}/")
    client.post(edit_url(guarded), posted(guarded, action="action-save", approval_required=None))
    assert not newest(guarded).approval_required
    assert "action-publish" not in text(client.get(edit_url(guarded)))
    client.post(edit_url(guarded), posted(guarded, approval_required=None))
    assert not GateRun.objects.exists()
    assert InvitationTemplate.objects.get(pk=guarded.pk).approval_required


# --- at a chosen time -----------------------------------------------------------------------------------------------
def test_a_date_is_set_after_the_check_and_kept_by_the_sweep(good, template, sara, sign_in):
    now = timezone.now()
    when = timezone.localtime(now + LATER).strftime("%Y-%m-%d %H:%M")
    live, client = template.live_revision_id, sign_in(sara)
    answer = client.post(edit_url(template), posted(template, name="Vårmöte", go_live_at=when))
    (run,) = work()
    assert "it will be published on" in text(client.get(answer["Location"]))
    assert schedule.keep(now=now) == 0
    template.refresh_from_db()
    assert (template.live_revision_id, template.scheduled_revision.pk) == (live, run.revision_id)
    with time_machine.travel(now + LATER + datetime.timedelta(minutes=1), tick=False):
        assert schedule.keep(now=timezone.now()) == 1
        assert schedule.keep(now=timezone.now()) == 0
    template = InvitationTemplate.objects.get(pk=template.pk)
    assert (template.live_revision_id, template.name) == (run.revision_id, "Vårmöte")


def test_a_date_for_something_unchecked_is_not_kept(template):
    now = timezone.now()
    template.go_live_at = now - datetime.timedelta(minutes=1)
    revision = template.save_revision(approved_go_live_at=template.go_live_at)
    live = template.live_revision_id
    assert schedule.keep(now=now) == 0
    revision.refresh_from_db()
    template.refresh_from_db()
    assert (revision.approved_go_live_at, template.live_revision_id) == (None, live)


def test_a_template_is_taken_down_when_its_time_is_over(template):
    now = timezone.now()
    InvitationTemplate.objects.filter(pk=template.pk).update(expire_at=now + LATER)
    assert schedule.keep(now=now) == 0
    assert schedule.keep(now=now + LATER) == 1
    template.refresh_from_db()
    assert (template.live, template.expired) == (False, True)


# --- lock and history -----------------------------------------------------------------------------------------------
def test_a_locked_template_is_for_whoever_locked_it(template, sara, sixten, sign_in):
    sign_in(sara).post(f"{ADMIN}/lock/{template.pk}/")
    sign_in(sixten).post(edit_url(template), posted(template, action="action-save", name="Annat"))
    assert newest(template).name == "Kallelse till medlemsmöte"
    sign_in(sara).post(edit_url(template), posted(template, action="action-save", name="Annat"))
    assert newest(template).name == "Annat"
    sign_in(sara).post(f"{ADMIN}/unlock/{template.pk}/")
    template.refresh_from_db()
    assert not template.locked


def test_the_history_shows_what_changed_deep_inside_a_block(template, sara, sign_in):
    before = template.get_latest_revision()
    after = edit_body(template, heading("Välkommen till vårmöte"), by=sara)
    client = sign_in(sara)
    assert client.get(f"{ADMIN}/history/{template.pk}/").status_code == 200
    page = text(client.get(f"{ADMIN}/history/{template.pk}/revisions/compare/{before.pk}...{after.pk}/"))
    assert '<span class="deletion">medlemsmöte</span>' in page
    assert '<span class="addition">vårmöte</span>' in page


def test_stock_scheduled_publishing_finds_nothing_it_could_let_slip(good, template, sara):
    """Wagtail's own command publishes what has a date; only a checked version ever gets one."""
    template.go_live_at = timezone.now() + LATER
    revision = template.save_revision(user=sara)
    with pytest.raises(PermissionDenied):
        revision.publish(user=sara)
    live = template.live_revision_id
    call_command("publish_scheduled")
    template.refresh_from_db()
    assert template.live_revision_id == live
