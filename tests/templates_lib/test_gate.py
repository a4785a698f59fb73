"""A run of the gate: claimed once, reused, joined, recovered; what was asked is done when it passed, or not at all."""

import datetime

import pytest
from django.utils import timezone, translation

from comms.people.models import User
from templates_lib import bell, gate, gate_words, inspection, pdf_worker, tasks
from templates_lib.approval import ensure_workflow
from templates_lib.inspection import Step
from templates_lib.models import Brand, GateRun, InvitationTemplate
from templates_lib.render.gate import Finding, paper

NOW = timezone.now()
BAD = Finding("P1", "glyph", "heading.text", 1, 7, "欢", "U+6B22", language="sv")


@pytest.fixture
def sara(db) -> User:
    return User.objects.create_superuser("sara@example.org", first_name="Sara")


@pytest.fixture
def rings(monkeypatch):
    heard: list[int] = []
    monkeypatch.setattr(bell, "ring", lambda task, pk: heard.append(pk))
    return heard


@pytest.fixture
def found(monkeypatch):
    """What the checks find; they are three drawings long."""
    findings: list[Finding] = []
    monkeypatch.setattr(
        inspection, "steps", lambda template: (Step(n, 3, findings if n == 2 else []) for n in range(4))
    )
    return findings


@pytest.fixture
def revision(template, unit):
    template.titles = {"sv": "Ny rubrik"}
    return template.save_revision()


@pytest.fixture
def begin(template, revision, sara, rings, found, django_capture_on_commit_callbacks):
    def start(**asked) -> GateRun:
        with django_capture_on_commit_callbacks(execute=True):
            return gate.start(
                **{"template": template, "revision": revision, "by": sara, "now": timezone.now(), **asked}
            )

    return start


def state(run: GateRun) -> str:
    run.refresh_from_db()
    return run.state


def test_a_run_is_rung_for_checked_once_and_published(begin, rings, template, revision):
    run = begin(then="publish")
    assert rings == [run.pk]
    tasks.run_gate(run.pk)
    assert (state(run), run.done, run.total) == ("passed", 3, 3)
    assert run.finished_at
    template.refresh_from_db()
    assert template.live_revision_id == revision.pk
    assert gate.passed(revision) == run


def test_what_is_refused_stays_a_draft_and_says_why(begin, found, template, revision):
    live = template.live_revision_id
    found.append(BAD)
    run = begin(then="publish")
    gate.run(run.pk, now=NOW)
    assert state(run) == "refused"
    with translation.override("en"):
        (one,) = gate_words.told(run.findings)
    assert one.message.startswith("The character ‘欢’ in “Heading” (Swedish, line 1, column 7)")
    template.refresh_from_db()
    assert template.live_revision_id == live
    assert gate.passed(revision) is None


def test_a_claimed_run_is_left_to_who_has_it(begin, found):
    run = begin()
    GateRun.objects.filter(pk=run.pk).update(state="running", beat_at=NOW)
    found.append(BAD)
    gate.run(run.pk, now=NOW)
    assert state(run) == "running"


def test_a_worker_whose_run_was_taken_over_stores_nothing(begin, monkeypatch):
    run = begin()

    def steps(template):
        GateRun.objects.filter(pk=run.pk).update(beat_at=NOW + datetime.timedelta(hours=1))
        yield Step(1, 1, [BAD])

    monkeypatch.setattr(inspection, "steps", steps)
    gate.run(run.pk, now=NOW)
    assert (state(run), run.findings) == ("running", [])


def test_a_version_that_passed_is_not_checked_again(begin, rings, found, template, revision):
    first = begin()
    gate.run(first.pk, now=NOW)
    assert begin() == first
    found.append(BAD)
    second = begin(then="publish")
    assert second.state == "passed"
    assert rings == [first.pk]
    template.refresh_from_db()
    assert template.live_revision_id == revision.pk


def test_asking_twice_joins_the_run_that_is_open(begin, rings):
    run = begin()
    assert begin() == run
    assert begin(then="publish", comment="nu").pk == run.pk
    assert GateRun.objects.get().then == "publish"
    assert rings == [run.pk]


def test_a_changed_version_is_checked_anew(begin, template):
    gate.run(begin().pk, now=NOW)
    template.subject = {"sv": "Annat"}
    assert gate.passed(template.save_revision()) is None


def test_who_may_not_publish_does_not(begin, found, template):
    nobody = User.objects.create_user("nobody@example.org")
    live = template.live_revision_id
    run = begin(then="publish", by=nobody)
    gate.run(run.pk, now=NOW)
    assert state(run) == "broken"
    assert run.findings[0]["code"] == "not_allowed"
    template.refresh_from_db()
    assert template.live_revision_id == live


def test_nothing_is_published_in_nobodys_name(begin, template):
    with pytest.raises(ValueError, match="Somebody"):
        begin(then="publish", by=None)
    run = begin(then="publish")
    GateRun.objects.update(by=None)
    gate.run(run.pk, now=NOW)
    assert state(run) == "broken"


def test_a_scheduled_version_is_published_in_its_time(begin, template):
    due = template.go_live_at = timezone.now().replace(microsecond=0) + datetime.timedelta(days=3)
    later = template.save_revision()
    live = template.live_revision_id
    gate.run(begin(then="publish", revision=later).pk, now=NOW)
    template.refresh_from_db()
    later.refresh_from_db()
    assert later.approved_go_live_at == due
    assert template.live_revision_id == live


def test_a_second_person_approves_with_a_word(begin, template, sara):
    ensure_workflow()
    writer = User.objects.create_superuser("writer@example.org")
    InvitationTemplate.objects.filter(pk=template.pk).update(approval_required=True)
    template.refresh_from_db()
    revision = template.save_revision(user=writer)
    template.get_workflow().start(template, writer)
    run = begin(then="approve", revision=revision, comment="Fint!")
    gate.run(run.pk, now=NOW)
    assert state(run) == "passed"
    template.refresh_from_db()
    assert template.live_revision_id == revision.pk
    assert revision.task_states.get().comment == "Fint!"


def test_what_was_written_on_meanwhile_is_not_approved(begin, template, sara):
    ensure_workflow()
    writer = User.objects.create_superuser("writer@example.org")
    InvitationTemplate.objects.filter(pk=template.pk).update(approval_required=True)
    template.refresh_from_db()
    revision = template.save_revision(user=writer)
    template.get_workflow().start(template, writer)
    live = template.live_revision_id
    run = begin(then="approve", revision=revision)
    template.subject = {"sv": "Annat"}
    template.save_revision(user=writer)
    gate.run(run.pk, now=NOW)
    assert (state(run), run.findings[0]["code"]) == ("broken", "not_allowed")
    template.refresh_from_db()
    assert template.live_revision_id == live


def test_a_fault_of_ours_is_told_and_nothing_is_published(begin, monkeypatch):
    monkeypatch.setattr(inspection, "steps", lambda template: 1 / 0)
    run = begin(then="publish")
    gate.run(run.pk, now=NOW)
    assert (state(run), run.findings[0]["code"]) == ("broken", "broken")


def test_the_sweep_rings_for_what_waits_and_takes_over_what_was_left(begin, rings):
    run = begin()
    rings.clear()
    assert gate.recover(now=run.created_at + datetime.timedelta(seconds=5)) == 0
    late = run.created_at + datetime.timedelta(minutes=5)
    assert gate.recover(now=late) == 1
    GateRun.objects.update(state="running", beat_at=late)
    assert gate.recover(now=late + datetime.timedelta(seconds=60)) == 0
    assert gate.recover(now=late + datetime.timedelta(seconds=121)) == 1
    assert state(run) == "queued"
    assert rings == [run.pk, run.pk]
    gate.run(run.pk, now=NOW)
    assert (state(run), run.findings) == ("passed", [])


def test_a_run_that_ends_its_worker_each_time_is_given_up(begin):
    run, now = begin(), NOW
    for _life in range(3):
        now += datetime.timedelta(minutes=10)
        GateRun.objects.update(state="running", beat_at=now - datetime.timedelta(minutes=9))
        gate.recover(now=now)
    assert (state(run), run.findings[0]["code"]) == ("broken", "broken")


def test_a_broken_bell_harms_nobody(monkeypatch, caplog):
    monkeypatch.setattr(bell.current_app, "send_task", lambda *_args, **_options: 1 / 0)
    bell.ring("templates_lib.tasks.run_gate", 1)
    assert caplog.messages == ["the bell is broken (ZeroDivisionError); the sweep will find the work"]


def test_every_finding_has_its_words():
    """Each (check, code) the checks can give is in the table, and its sentence can be filled."""
    with translation.override("en"):
        for check, code in gate_words.SENTENCES:
            told = gate_words.told([Finding(check, code, "heading.text", 2, 3, "a", "b", "sv")])
            assert "%(" not in told[0].message
        assert "does not pass" in gate_words.told([Finding("P9", "unheard of", detail="P9")])[0].message


@pytest.mark.slow
def test_a_shipped_template_passes_whole_and_is_published(
    template, unit, sara, rings, django_capture_on_commit_callbacks
):
    """Nothing is stubbed: every language, size, look and name is drawn."""
    Brand.objects.create(unit=unit, primary="#0b4f4a", paper="#f2f7f5", typeface="Noto Serif")
    Brand.objects.update(below_may=list(Brand.PARTS))
    revision = template.save_revision()
    with django_capture_on_commit_callbacks(execute=True):
        run = gate.start(template=template, revision=revision, by=sara, then="publish", now=timezone.now())
    gate.run(run.pk, now=timezone.now())
    assert (state(run), run.findings) == ("passed", [])
    assert run.done == run.total == 4 * 3 + 1 + 5
    template.refresh_from_db()
    assert template.live_revision_id == revision.pk


# --- the pure checks on pages nobody drew with our blocks -------------------------------------------------------------


def page(body: str, head: str = "") -> str:
    return f'<!DOCTYPE html><html lang="sv"><head><title>t</title>{head}</head><body><h1>t</h1>{body}</body></html>'


def codes(html: str, pdf: bytes | None = None, **options) -> set[tuple[str, str]]:
    read = paper.read(pdf or pdf_worker.make_pdf(html, {}))
    return {(one.check, one.code) for one in paper.check(read, html, typeface="Lato", **options)}


LATO = "<style>body{font-family:Lato}</style>"


@pytest.mark.once
def test_names_may_use_the_fallback_faces_and_nothing_else_may():
    html = page("<p>محمد</p>", LATO)
    assert codes(html) == {("P4", "font")}
    assert codes(html, names="محمد") == set()
    assert ("P1", "no_glyph") in codes(page("<p>欢</p>", LATO))


@pytest.mark.once
def test_what_runs_off_the_page_or_lies_on_top_of_something_is_seen():
    wide = page('<p style="white-space:nowrap">' + "ord " * 60 + "</p>", LATO)
    assert ("P11", "runs_off") in codes(wide)
    stacked = page(
        '<div style="position:absolute;top:0">Anna</div><div style="position:absolute;top:0">Anna</div>', LATO
    )
    assert ("P11", "overlap") in codes(stacked)


@pytest.mark.once
def test_text_that_a_reader_gets_otherwise_is_seen():
    html = page("<p>Hej</p>", LATO + "<style>p::after{content:'då'}</style>")
    assert codes(html) == {("P3", "text")}


@pytest.mark.once
def test_lists_and_page_numbers_and_hyphens_at_line_ends_are_no_difference():
    items = "".join(f"<li>Punkt {n}<ul><li>under</li></ul></li>" for n in range(60))
    numbers = '<style>@page{@bottom-right{content:counter(page) " (" counter(pages) ")"}} p{width:3cm}</style>'
    assert (
        codes(page(f"<ol>{items}</ol><ul>{items}</ul><p>Folkets-hus-och-medborgarhuset-här</p>", LATO + numbers))
        == set()
    )


@pytest.mark.once
def test_a_typeface_that_is_not_in_the_file_and_a_form_are_seen():
    bare = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    made = _with_objects([bare, b"<< /Type /Filespec /F (lon.xls) >>", b"<< /S /JavaScript /JS (x) >>"])
    found = codes(page(""), made)
    assert {("P5", "not_embedded"), ("P5", "no_text"), ("P6", "attachment"), ("P6", "form")} <= found


def _with_objects(objects: list[bytes]) -> bytes:
    """A small PDF by hand: a catalogue with a form, one empty page, and the given objects."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Resources << >> >>",
        *objects,
    ]
    out, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, table) + end
