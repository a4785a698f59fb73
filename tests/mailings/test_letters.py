"""Letters: whom they reach and whom never, drawn in chunks that survive a dead worker, joined once, read by few."""

from __future__ import annotations

import datetime
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
from django.core.files.storage import storages
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from comms.people.models import Member, Placement
from comms.people.scope import Scope
from comms.privacy.models import AccessLog, Suppression
from mailings import audience, composing, letter_files, letters, lifecycle, tasks
from mailings.models import (
    LetterChunk,
    LetterRun,
    Mailing,
    MailingState,
    Recipient,
    RecipientState,
    Rendition,
    RunState,
)
from templates_lib import bell, outputs, pdf_worker
from tests.factories import day, make_consent, make_mandate, make_member, make_topic, make_user
from tests.mailings.design import make_draft, make_template

ADDRESS = {"street": "Storgatan 1", "postcode": "981 31", "city": "Kiruna", "country": "SE"}
NOW = timezone.now


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path, monkeypatch):
    """Its own storage; a test says itself who works when."""
    rung: list[tuple[str, int]] = []
    monkeypatch.setattr(bell, "ring", lambda task, pk: rung.append((task, pk)))
    letters_at = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "letters"},
    }
    with override_settings(STORAGES={**settings.STORAGES, "letters": letters_at}):
        yield rung


def posted(branch, first_name="Åsa", *, placed=True, **fields) -> Member:
    """A member without mail, with a postal address."""
    return make_member(first_name, "Lind", placed=[branch] if placed else [], **{"email": "", **ADDRESS, **fields})


def confirmed(union, *, topic=None, state=MailingState.DONE) -> Mailing:
    """Alice's mailing as it is after the confirmation, its letter frozen without the PDFs nobody asks for here."""
    mandate = union.mandate(union.alice)
    mailing = make_draft(mandate, template=make_template(topic=topic))
    page = composing.document(mailing, language="sv")
    frozen = {"letter": outputs.prints(page)["letter"]}
    Rendition.objects.create(
        mailing=mailing, language="sv", subject="x", html="", text="", pdf=b"", pdf_name="", prints=frozen
    )
    audience.snapshot(mailing=mailing, scope=composing.scope_of(mailing, now=NOW()), now=NOW())
    Mailing.unscoped.filter(pk=mailing.pk).update(state=state, confirmed_at=NOW(), confirmed_by=union.alice)
    return Mailing.unscoped.select_related("topic", "unit", "mandate").get(pk=mailing.pk)


def scope_of(user) -> Scope:
    return Scope.of(user, on=timezone.localdate())


def found(mailing, user) -> letters.Unreached:
    return letters.unreached(mailing, scope=scope_of(user), now=NOW())


def ordered(mailing, user) -> LetterRun:
    return letters.order(mailing=mailing, by=user, scope=scope_of(user), now=NOW())


def worked(run: LetterRun) -> LetterRun:
    """As one worker after the other would."""
    while letters.press(run.pk, now=NOW()):
        pass
    run.refresh_from_db()
    return run


def pages(run: LetterRun) -> list[str]:
    with pypdfium2.PdfDocument(letter_files.whole(run)) as pdf:
        return [page.get_textpage().get_text_range() for page in pdf]


def addressees(run: LetterRun) -> list[str]:
    """The first name on every page that has an address, in order."""
    return [match[1] for page in pages(run) if (match := re.search(r"(M\d+|\w+) Lind\r?\nStorgatan", page))]


# --- who ------------------------------------------------------------------------------------------------------------
def test_letters_lie_in_the_order_of_the_post(union):
    places = [
        ("Eva", "SE", "981 31"),
        ("Bo", "SE", "11122"),
        ("Dag", "NO", "0150"),
        ("Ask", "SE", "981 31"),
        ("Pia", "", "113 30"),
    ]
    ids = {name: posted(union.branch_a, name, country=country, postcode=code).pk for name, country, code in places}
    names = {pk: name for name, pk in ids.items()}
    assert [names[pk] for pk in found(confirmed(union), union.alice).letters] == ["Bo", "Pia", "Ask", "Eva", "Dag"]


def test_who_has_mail_gets_no_letter_and_who_has_no_address_is_called(union):
    make_member("Mejl", placed=[union.branch_a], **ADDRESS)
    homeless = make_member("Ring", placed=[union.branch_a], email="", street="  ", city="Kiruna")
    letter = posted(union.branch_a)
    assert found(confirmed(union), union.alice) == letters.Unreached([letter.pk], [homeless.pk], 0)


def test_a_mail_that_came_back_becomes_a_letter(union):
    member = make_member(placed=[union.branch_a], **ADDRESS)
    mailing = confirmed(union)
    assert found(mailing, union.alice).letters == []
    for state in (RecipientState.FAILED, RecipientState.BOUNCED):
        Recipient.unscoped.update(state=state, reason="mailbox_unknown")
        assert found(mailing, union.alice).letters == [member.pk]


def test_who_said_no_or_is_no_longer_ours_gets_no_letter(union):
    topic = make_topic()
    said_no, by_letter, refused, restricted, left, erased, moved = (posted(union.branch_a) for _ in range(7))
    kept = posted(union.branch_a)
    mailing = confirmed(union, topic=topic)
    make_consent(said_no, topic, granted=False)
    make_consent(by_letter, topic, granted=False, channel="letter")
    Member.unscoped.filter(pk=refused.pk).update(email_key="k" * 64)
    Suppression.objects.create(key="k" * 64, channel="mail", reason="refused")
    Member.unscoped.filter(pk=restricted.pk).update(restricted=True)
    Member.unscoped.filter(pk=left.pk).update(left_on=day(-1))
    Member.unscoped.filter(pk=erased.pk).update(erased_at=NOW())
    Placement.objects.filter(member=moved).update(unit=union.branch_b)
    assert found(mailing, union.alice).letters == [kept.pk]
    assert found(mailing, union.alice).refused == 4  # the other three are not in the scope at all


def test_a_statutory_notice_goes_to_those_who_complained_about_mail_too(union):
    for slug, category, reached in (("notice", "statutory", True), ("news", "information", False)):
        member = make_member(placed=[union.branch_a], **ADDRESS)
        Suppression.objects.create(key=member.email_key, channel="mail", reason="complained")
        mailing = confirmed(union, topic=make_topic(slug, category=category))
        assert (member.pk in found(mailing, union.alice).letters) is reached


def test_who_asked_for_a_letter_instead_of_the_summons_gets_one(union):
    notice = make_topic("notice", category="statutory")
    member = make_member(placed=[union.branch_a], **ADDRESS)
    make_consent(member, notice, granted=True, channel="letter")
    mailing = confirmed(union, topic=notice)
    assert Recipient.unscoped.get(mailing=mailing).reason == "prefers_letter"
    assert found(mailing, union.alice) == letters.Unreached([member.pk], [], 0)


def test_a_scope_further_down_narrows_the_letters(union):
    here, there = posted(union.branch_a), posted(union.branch_b)
    mailing = confirmed(union)
    Recipient.unscoped.create(mailing=mailing, member=there, language="sv", state="skipped", reason="no_address")
    assert found(mailing, union.alice).letters == [here.pk]
    assert found(mailing, union.bob).letters == [here.pk]
    assert set(found(mailing, union.sara).letters) == {here.pk, there.pk}


def test_a_draft_says_beforehand_who_would_get_a_letter(union):
    letter, call = posted(union.branch_a), posted(union.branch_a, city="")
    draft = make_draft(union.mandate(union.alice))
    assert found(draft, union.alice) == letters.Unreached([letter.pk], [call.pk], 0)


# --- ordering -------------------------------------------------------------------------------------------------------
def test_rows_hold_ids_in_chunks_of_a_hundred_and_two_workers_are_rung_for(
    union, django_assert_num_queries, own_folder, django_capture_on_commit_callbacks
):
    ids = [posted(union.branch_a, f"M{n}").pk for n in range(230)]
    mailing, scope = confirmed(union), scope_of(union.alice)
    with django_capture_on_commit_callbacks(execute=True), django_assert_num_queries(17):
        run = letters.order(mailing=mailing, by=union.alice, scope=scope, now=NOW())
    chunks = list(run.chunks.order_by("n").values_list("members", flat=True))
    assert [len(chunk) for chunk in chunks] == [100, 100, 30]
    assert sorted(pk for chunk in chunks for pk in chunk) == sorted(ids)
    assert own_folder == [(letters.TASK, run.pk)] * 2


def test_pressing_twice_orders_once(union):
    posted(union.branch_a)
    mailing = confirmed(union)
    assert ordered(mailing, union.alice) == ordered(mailing, union.alice)


@pytest.mark.parametrize("state", [MailingState.DRAFT, MailingState.HOLD, MailingState.CANCELLED])
def test_nothing_is_printed_before_the_confirmation_or_after_the_end(union, state):
    posted(union.branch_a)
    mailing = confirmed(union)
    Mailing.unscoped.filter(pk=mailing.pk).update(state=state, due_at=NOW())
    with pytest.raises(letters.NotNow):
        ordered(mailing, union.alice)


def test_without_anybody_nothing_is_ordered(union):
    with pytest.raises(letters.Nobody):
        ordered(confirmed(union), union.alice)


# --- drawing and joining --------------------------------------------------------------------------------------------
def test_everybody_has_a_letter_in_the_order_of_the_post(union, monkeypatch):
    monkeypatch.setattr(letters, "CHUNK", 2)
    for n in (3, 1, 4, 2, 5):
        posted(union.branch_a, f"M{n}", postcode=f"1000{n}")
    run = worked(ordered(confirmed(union), union.alice))
    assert (run.state, run.letters, run.pages) == (RunState.READY, 5, 5)
    assert addressees(run) == ["M1", "M2", "M3", "M4", "M5"]
    assert [path.name for path in letter_files.whole(run).parent.iterdir() if path.suffix == ".pdf"] == ["letters.pdf"]


def test_a_chunk_costs_the_same_however_many_letters_it_has(union, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(pdf_worker, "make_pdf", lambda *_args, **_kwargs: b"%PDF")
    monkeypatch.setattr(letter_files, "count_pages", lambda _pdf: 1)
    for count in (1, 3):
        while Member.unscoped.count() < count:
            posted(union.branch_a)
        run = ordered(confirmed(union), union.alice)
        with django_assert_num_queries(17):
            letters.draw(run, 0, now=NOW())


def test_one_chunk_stays_as_it_was_drawn_tagged_for_screen_readers(union):
    posted(union.branch_a)
    run = worked(ordered(confirmed(union), union.alice))
    with pypdfium2.PdfDocument(letter_files.whole(run)) as pdf:
        assert pdf.is_tagged()


def test_a_joined_file_claims_no_tags_it_does_not_have(union, monkeypatch):
    monkeypatch.setattr(letters, "CHUNK", 1)
    posted(union.branch_a), posted(union.branch_a)
    run = worked(ordered(confirmed(union), union.alice))
    with pypdfium2.PdfDocument(letter_files.whole(run)) as pdf:
        assert len(pdf) == 2
        assert not pdf.is_tagged()
        assert pdf.get_metadata_value("Title") == run.mailing.subject
    assert b"pdfuaid" not in letter_files.whole(run).read_bytes()


def test_bundles_keep_the_order(union, monkeypatch):
    monkeypatch.setattr(letters, "CHUNK", 1)
    monkeypatch.setattr(letter_files, "AT_ONCE", 2)
    for n in range(1, 6):
        posted(union.branch_a, f"M{n}", postcode=f"1000{n}")
    assert addressees(worked(ordered(confirmed(union), union.alice))) == ["M1", "M2", "M3", "M4", "M5"]


def test_letters_too_many_for_one_job_are_drawn_by_the_half(union, monkeypatch):
    real, sizes = pdf_worker.make_pdf, []

    def small(html, shown, **options):
        sizes.append(html.count('class="letter"'))
        if sizes[-1] > 2:
            raise pdf_worker.PdfFailed("pages", kind="letters")
        return real(html, shown, **options)

    monkeypatch.setattr(pdf_worker, "make_pdf", small)
    for n in range(1, 4):
        posted(union.branch_a, f"M{n}", postcode=f"1000{n}")
    assert addressees(worked(ordered(confirmed(union), union.alice))) == ["M1", "M2", "M3"]
    assert sizes == [1, 3, 1, 2]  # the first alone says how many pages a letter has


def test_letters_of_two_pages_are_never_tried_by_the_hundred(union, monkeypatch):
    sizes = []

    def counted(html, _shown, **_options):
        sizes.append(html.count('class="letter"'))
        return b"%PDF"

    monkeypatch.setattr(pdf_worker, "make_pdf", counted)
    monkeypatch.setattr(letter_files, "count_pages", lambda _pdf: 2)
    for _n in range(100):
        posted(union.branch_a)
    letters.draw(ordered(confirmed(union), union.alice), 0, now=NOW())
    assert sizes == [1, 60, 40]


def test_names_and_addresses_say_what_they_are_and_do_nothing(union):
    posted(union.branch_a, "<b>Eve</b>", street="{{7*7}} <img src=file:///etc/passwd>", city="[[unit]]")
    (page,) = pages(worked(ordered(confirmed(union), union.alice)))
    flat = re.sub(r"\s", "", page)
    assert "<b>Eve</b>Lind" in flat
    assert "{{7*7}}<imgsrc=file:///etc/passwd>" in flat
    assert "[[unit]]" in flat


def test_permission_and_scope_are_asked_again_when_a_chunk_is_drawn(union):
    topic = make_topic()
    kept, no, left = posted(union.branch_a, "Kvar"), posted(union.branch_a, "Nej"), posted(union.branch_a, "Borta")
    run = ordered(confirmed(union, topic=topic), union.alice)
    make_consent(no, topic, granted=False)
    Member.unscoped.filter(pk=left.pk).update(left_on=day(0))
    worked(run)
    assert addressees(run) == ["Kvar"]
    assert (run.letters, run.chunks.get().members) == (1, [kept.pk])


def test_when_the_mandate_ends_nothing_is_drawn(union):
    posted(union.branch_a)
    run = ordered(confirmed(union), union.alice)
    union.alice.mandates.update(end=day(-1))
    worked(run)
    assert (run.state, run.problem) == (RunState.FAILED, "nobody")
    assert not letter_files.whole(run).exists()


def test_a_letter_that_cannot_be_drawn_ends_the_run_with_the_reason(union, monkeypatch, sign_in):
    def fail(*_args, **_kwargs):
        raise pdf_worker.PdfFailed("picture")

    posted(union.branch_a)
    mailing = confirmed(union)
    run = ordered(mailing, union.alice)
    monkeypatch.setattr(pdf_worker, "make_pdf", fail)
    worked(run)
    assert (run.state, run.problem) == (RunState.FAILED, "picture")
    page = sign_in(union.alice).get(f"/invitations/{mailing.public_id}/letters/").content.decode()
    assert 'data-state="failed"' in page
    assert 'id="order"' in page  # one may try again


# --- dead workers ---------------------------------------------------------------------------------------------------
def test_a_chunk_is_drawn_by_one_worker_and_taken_again_when_that_one_is_gone(union):
    posted(union.branch_a)
    run = ordered(confirmed(union), union.alice)
    dead = NOW()
    run.chunks.update(claimed_at=dead)
    assert letters.press(run.pk, now=dead + letters.CLAIM / 2) is False
    assert run.chunks.get().done_at is None
    assert letters.press(run.pk, now=dead + letters.CLAIM) is True
    assert run.chunks.get().done_at is not None


def test_a_worker_believed_dead_that_wakes_up_adds_nothing(union, monkeypatch):
    posted(union.branch_a, "M1")
    run, slept = ordered(confirmed(union), union.alice), NOW()
    real = letters._drawn

    def sleepy(run_, ids, *, now):
        if now == slept:
            assert letters.draw(run, 0, now=slept + letters.CLAIM)  # meanwhile
        return real(run_, ids, now=now)

    monkeypatch.setattr(letters, "_drawn", sleepy)
    assert letters.draw(run, 0, now=slept) is False
    assert addressees(worked(run)) == ["M1"]


def test_the_sweep_rings_for_what_nobody_works_on_and_deletes_what_is_too_old(union, own_folder):
    posted(union.branch_a)
    run = ordered(confirmed(union), union.alice)
    own_folder.clear()
    letters.recover(now=NOW())
    assert own_folder == [(letters.TASK, run.pk)]
    run.chunks.update(claimed_at=NOW())
    letters.recover(now=NOW())
    assert len(own_folder) == 1  # a worker has it
    run.chunks.update(claimed_at=None)
    worked(run)
    letters.recover(now=NOW() + letters.KEPT - datetime.timedelta(hours=1))
    assert letter_files.whole(run).exists()
    letters.recover(now=NOW() + letters.KEPT)
    assert not letter_files.whole(run).parent.exists()
    assert not LetterRun.objects.exists()
    assert not LetterChunk.objects.exists()


def test_the_task_rings_again_while_work_remains(union, own_folder):
    posted(union.branch_a)
    run = ordered(confirmed(union), union.alice)
    tasks.print_letters(run.pk)
    assert own_folder == [(letters.TASK, run.pk)]
    tasks.print_letters(run.pk)
    assert own_folder == [(letters.TASK, run.pk)]
    run.refresh_from_db()
    assert run.state == RunState.READY


def test_only_one_process_joins(union):
    posted(union.branch_a)
    run = ordered(confirmed(union), union.alice)
    assert letters.draw(run, 0, now=NOW())
    with letter_files.alone(run) as ours:
        assert ours
        assert letters.join(run, now=NOW()) is False
    assert letters.join(run, now=NOW()) is True


KILLED = """
import os, django
django.setup()
from django.utils import timezone
from mailings import letter_files, letters
keep = letter_files.keep
def dies(run, n, **rest):
    keep(run, n, **rest)
    if n == 2:
        os.kill(os.getpid(), 9)  # drawn and stored, and nobody knows
letter_files.keep = dies
while letters.press(int(os.environ["RUN"]), now=timezone.now()):
    pass
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_worker_killed_in_the_middle_leaves_every_member_exactly_once(union, monkeypatch, tmp_path):
    if connection.vendor != "postgresql":
        pytest.skip("another process cannot see a database in memory")
    monkeypatch.setattr(letters, "CHUNK", 4)
    for n in range(20):
        posted(union.branch_a, f"M{n:02}", postcode=f"100{n:02}")
    run = ordered(confirmed(union), union.alice)
    to = connection.settings_dict
    database = f"postgres://{to['USER']}:{to['PASSWORD']}@{to['HOST']}:{to['PORT'] or 5432}/{to['NAME']}"
    named = {
        "DATABASE_URL": database,
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "comms.settings",
        "RUN": str(run.pk),
    }
    died = subprocess.run([sys.executable, "-c", KILLED], env={**os.environ, **named}, cwd=pdf_worker.ROOT, check=False)
    assert died.returncode == -signal.SIGKILL
    assert run.chunks.filter(done_at=None).count() == 3
    assert letters.press(run.pk, now=NOW() + letters.CLAIM) is True
    worked(run)
    assert addressees(run) == [f"M{n:02}" for n in range(20)]


# --- doors ----------------------------------------------------------------------------------------------------------
def test_the_file_is_for_the_person_who_ordered_it(union, sign_in):
    posted(union.branch_a)
    mailing = confirmed(union)
    run = worked(ordered(mailing, union.alice))
    address = f"/invitations/{mailing.public_id}/letters/{run.public_id}/"
    response = sign_in(union.alice).get(address)
    assert response.status_code == 200
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Content-Disposition"].startswith("attachment")
    for stranger in (union.charlie, union.dora, union.bob, union.sara):
        assert sign_in(stranger).get(address).status_code == 404
    LetterRun.objects.update(expires_at=NOW())
    assert sign_in(union.alice).get(address).status_code == 404


def test_a_file_that_is_fetched_and_a_list_to_call_are_looks(union, sign_in):
    letter = posted(union.branch_a)
    call = make_member("Ring", "Upp", placed=[union.branch_a], email="", mobile="+46701740605")
    mailing, client = confirmed(union), sign_in(union.alice)
    run = worked(ordered(mailing, union.alice))
    client.get(f"/invitations/{mailing.public_id}/letters/{run.public_id}/")
    client.get(f"/invitations/{mailing.public_id}/call/")
    looks = AccessLog.objects.order_by("pk").values_list("kind", "reason", "members")
    assert list(looks) == [("export", "meeting", [letter.pk]), ("contact", "meeting", [call.pk])]


def test_the_page_tells_numbers_and_progress_and_orders_once(union, sign_in):
    letter, call = (
        posted(union.branch_a),
        make_member("Ring", "Upp", placed=[union.branch_a], email="", mobile="+46701740605"),
    )
    mailing, client = confirmed(union), sign_in(union.alice)
    address = f"/invitations/{mailing.public_id}/letters/"
    assert 'id="order"' in client.get(address).content.decode()
    for _press in range(2):
        assert client.post(f"{address}order/").status_code == 302
    run = LetterRun.objects.get()
    assert run.chunks.get().members == [letter.pk]
    page = client.get(address).content.decode()
    assert 'http-equiv="refresh"' in page  # without JavaScript
    assert 'data-state="queued"' in page
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="runs"')
    worked(run)
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert str(run.public_id) in part
    assert "hx-get" not in part
    assert call.full_name in client.get(f"/invitations/{mailing.public_id}/call/").content.decode()


def test_the_list_to_call_costs_the_same_for_one_and_three(union, sign_in, django_assert_num_queries):
    mailing, client = confirmed(union), sign_in(union.alice)
    client.get(f"/invitations/{mailing.public_id}/call/")  # today's chain of the access log has begun
    for count in (1, 3):
        while Member.unscoped.count() < count:
            member = make_member("Ring", placed=[union.branch_a], email="", mobile="+46701740605")
            Recipient.unscoped.create(
                mailing=mailing, member=member, language="sv", state="skipped", reason="no_address"
            )
        with django_assert_num_queries(21):
            page = client.get(f"/invitations/{mailing.public_id}/call/").content.decode()
        assert page.count("tel:+46701740605") == count


def test_a_safety_representative_reads_the_list_and_orders_nothing(union, sign_in):
    safe = make_user("Siv")
    make_mandate(safe, union.branch_a, role="safety")
    posted(union.branch_a)
    mailing, client = confirmed(union), sign_in(safe)
    assert 'id="order"' not in client.get(f"/invitations/{mailing.public_id}/letters/").content.decode()
    assert client.post(f"/invitations/{mailing.public_id}/letters/order/").status_code == 404


def test_the_files_lie_outside_everything_that_is_served(settings):
    with override_settings(STORAGES=settings.STORAGES):
        location = Path(settings.STORAGES["letters"]["OPTIONS"]["location"])
        assert Path(settings.MEDIA_ROOT) not in location.parents
    assert storages["letters"]


def test_logs_name_nobody(union, sign_in, caplog):
    posted(union.branch_a, "Kanarie")
    mailing = confirmed(union)
    with caplog.at_level("INFO"):
        run = worked(ordered(mailing, union.alice))
        sign_in(union.alice).get(f"/invitations/{mailing.public_id}/letters/{run.public_id}/")
    assert f"letters {run.public_id}" in caplog.text
    assert "Kanarie" not in caplog.text
    assert "Storgatan" not in caplog.text


def test_the_confirmation_freezes_the_letter(union):
    posted(union.branch_a)
    make_member(placed=[union.branch_a])
    mailing = make_draft(union.mandate(union.alice))
    lifecycle.confirm(mailing=mailing, by=union.alice, scope=scope_of(union.alice), now=NOW())
    Mailing.unscoped.filter(pk=mailing.pk).update(state=MailingState.SENDING)
    mailing.refresh_from_db()
    assert letters.can_order(mailing)
    assert addressees(worked(ordered(mailing, union.alice))) == ["Åsa"]


@pytest.mark.slow
def test_a_thousand_letters_stay_in_bounded_memory(union):
    everybody = [
        Member(number=f"T{n}", first_name=f"M{n:04}", last_name="Lind", **{**ADDRESS, "postcode": f"{10000 + n}"})
        for n in range(1000)
    ]
    Member.unscoped.bulk_create(everybody)
    Placement.objects.bulk_create(Placement(member=one, unit=union.branch_a, start=day(-9)) for one in everybody)
    run = ordered(confirmed(union), union.alice)
    peak, before = 0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while letters.press(run.pk, now=NOW()):
        peak = max(peak, _peak(pdf_worker._worker.child.pid))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes, joining included
    run.refresh_from_db()
    assert addressees(run) == [f"M{n:04}" for n in range(1000)]
    assert 0 < peak < 250_000
    assert after - before < 60_000


def _peak(pid: int) -> int:
    """Kilobytes a process has had at most; 0 when it has just ended."""
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found[1]) if found else 0
