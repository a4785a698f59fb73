"""A list taken out as a file: where staff let the role, for a reason, by one person, for a day, and noted."""

from __future__ import annotations

import csv
import datetime
import io
import stat
import tracemalloc
import zipfile
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.storage import storages
from django.test import Client
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from comms.members import export_files, exports, lists, powers, sheets
from comms.members.about import duties, left_out
from comms.members.lists import Wanted
from comms.members.models import ListExport, RolePower
from comms.people.models import Mandate, Member, User
from comms.people.scope import Scope
from comms.privacy import access, erasing, retention, subject_access
from comms.privacy.models import AccessDay, AccessLog
from tests.factories import day, make_mandate, make_member
from tests.portal.test_shell import check

WHY = "Närvarolista till årsmötet"
ASKED = {"columns": ["position", "workplace"], "format": "csv", "reason": WHY}


@pytest.fixture
def allowed(union) -> None:
    RolePower.objects.create(role="representative", power="export", allowed=True)


@pytest.fixture
def alice(union, allowed, sign_in) -> Client:
    return sign_in(union.alice)


def ordered(client: Client, query: str = "", **data: Any) -> ListExport:
    reply = client.post(f"/members/export/order/{query}", {**ASKED, **data})
    assert reply.status_code == 302, reply.content.decode()
    return ListExport.objects.get(public_id=reply["Location"].split("/")[-2])


def made(client: Client, query: str = "", **data: Any) -> ListExport:
    export = ordered(client, query, **data)
    assert exports.make(export.pk, now=timezone.now())
    return ListExport.objects.get(pk=export.pk)


def at(export: ListExport, path: str = "") -> str:
    return f"/members/export/{export.public_id}/{path}"


def fetched(client: Client, export: ListExport) -> bytes:
    reply = client.get(at(export, "file/"))
    assert reply.status_code == 200
    assert reply["Cache-Control"] == "private, no-store"
    return b"".join(reply.streaming_content)


def table(content: bytes) -> list[list[str]]:
    """The lines of a CSV below what it says about itself, with the head."""
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    return lines[lines.index([]) + 1 :]


def about(content: bytes) -> dict[str, str]:
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    return dict(lines[: lines.index([])])


def stale(client: Client) -> None:
    session = client.session
    session["since"] = timezone.now().timestamp() - 16 * 60
    session.save()


# --- whether -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["alice", "bob", "charlie", "sara"])
def test_by_itself_no_role_takes_out_anything(union, sign_in, who):
    make_member(placed=[union.branch_a])
    make_member(placed=[union.branch_b])
    client = sign_in(getattr(union, who))
    assert "/members/export/" not in client.get("/members/").content.decode()
    assert client.get("/members/export/").status_code == 404
    assert client.post("/members/export/order/", ASKED).status_code == 404
    assert not ListExport.objects.exists()


def test_it_is_let_for_one_role_and_not_for_the_others(union, alice, sign_in):
    Mandate.objects.filter(user=union.bob).update(role="board")
    assert alice.get("/members/export/").status_code == 200
    assert sign_in(union.bob).get("/members/export/").status_code == 404


def test_the_mandate_that_is_looked_at_decides(union, alice):
    second = make_mandate(union.alice, union.employer, role="safety")
    assert alice.get(f"/members/export/?mandate={second.public_id}").status_code == 404
    assert alice.get(f"/members/export/?mandate={union.mandate(union.charlie).public_id}").status_code == 404


def test_staff_switch_it_on_and_off_and_both_are_noted(union, sign_in):
    sara = sign_in(union.sara)
    mandate = union.mandate(union.alice)
    page = sara.get("/members/powers/")
    check(page.content.decode())
    assert {held for role, held in page.context["roles"]} == {False}
    sara.post("/members/powers/representative/give/")
    assert exports.may(mandate)
    assert not exports.may(union.mandate(union.sara))
    sara.post("/members/powers/representative/give/")  # a second click
    sara.post("/members/powers/representative/end/")
    assert not exports.may(mandate)
    log = ModelLogEntry.objects.filter(action__startswith="people.power").order_by("pk")
    assert [(row.action, row.user, row.data["role"]) for row in log] == [
        ("people.power.give", union.sara, "representative"), ("people.power.end", union.sara, "representative"),
    ]  # fmt: skip
    assert len(sara.get("/members/powers/").context["changes"]) == 2


def test_only_staff_switch_it_and_only_for_roles_there_are(union, sign_in):
    for who in (union.alice, union.bob, union.dora):
        client = sign_in(who)
        assert client.get("/members/powers/").status_code == 404
        assert client.post("/members/powers/representative/give/").status_code == 404
    assert sign_in(union.sara).post("/members/powers/king/give/").status_code == 404
    assert sign_in(union.sara).get("/members/powers/board/give/").status_code == 405
    assert not RolePower.objects.filter(allowed=True).exists()


def test_switching_it_on_wants_a_fresh_sign_in_and_switching_off_does_not(union, allowed, sign_in):
    sara = sign_in(union.sara)
    stale(sara)
    assert sara.post("/members/powers/board/give/").templates[0].name == "accounts/sign_in_again.html"
    sara.post("/members/powers/representative/end/")
    assert powers.roles_with("export") == set()


# --- ordering -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("reason", ["", "   ", "möte", "  möte       "])
def test_without_a_reason_nothing_is_made(union, alice, reason):
    make_member(placed=[union.branch_a])
    page = alice.post("/members/export/order/", {**ASKED, "reason": reason})
    assert page.status_code == 422
    assert 'class="errorlist"' in page.content.decode()
    check(page.content.decode())
    assert not ListExport.objects.exists()


def test_a_sign_in_older_than_a_quarter_is_asked_for_anew(union, alice):
    make_member(placed=[union.branch_a])
    export = made(alice)
    stale(alice)
    pages = [
        alice.get("/members/export/?employment=permanent&position=a"),
        alice.post("/members/export/order/?employment=permanent&position=a", ASKED),
        alice.get(at(export, "file/")),
    ]
    assert {page.templates[0].name for page in pages} == {"members/export_sign_in.html"}
    assert "?next=/members/export/%3Femployment%3Dpermanent%26position%3Da" in pages[0].content.decode()
    assert ListExport.objects.count() == 1
    assert not AccessLog.objects.filter(kind="export").exists()


def test_a_form_from_elsewhere_orders_nothing(union, allowed):
    client = Client(enforce_csrf_checks=True)
    client.force_login(union.alice)
    assert client.post("/members/export/order/", ASKED).status_code == 403


def test_pressing_twice_orders_once_and_something_else_is_another(union, alice):
    make_member(placed=[union.branch_a])
    first = ordered(alice)
    assert ordered(alice) == first
    assert ordered(alice, contact=["email"]) != first
    assert ListExport.objects.count() == 2


def test_an_empty_list_and_one_that_is_too_long_are_refused_in_words(union, alice, monkeypatch):
    assert 'id="order"' not in alice.get("/members/export/").content.decode()
    assert alice.post("/members/export/order/", ASKED).status_code == 422
    for _n in range(3):
        make_member(placed=[union.branch_a])
    monkeypatch.setattr(exports, "MOST", 2)
    assert 'id="order"' not in alice.get("/members/export/").content.decode()
    page = alice.post("/members/export/order/", ASKED)
    assert str(ListExport.Problem.TOO_MANY.label) in page.context["form"].non_field_errors()
    assert not ListExport.objects.exists()


def test_a_list_that_grew_too_long_meanwhile_is_not_made(union, alice, monkeypatch):
    make_member(placed=[union.branch_a])
    export = ordered(alice)
    make_member(placed=[union.branch_a])
    monkeypatch.setattr(exports, "MOST", 1)
    assert not exports.make(export.pk, now=timezone.now())
    export.refresh_from_db()
    assert (export.state, export.problem, export.members, export.wanted) == ("failed", "too_many", [], {})
    page = alice.get(at(export)).content.decode()
    check(page)
    assert 'data-state="failed"' in page


def test_what_was_searched_for_is_on_no_address_and_never_forgotten_in_silence(union, alice):
    make_member("Anna", "Alm", placed=[union.branch_a])
    make_member("Bo", "Björk", placed=[union.branch_a])
    query = alice.post("/members/search/", {"q": "björk"})["Location"].partition("?")[2]
    export = made(alice, f"?{query}")
    assert [line[0] for line in table(fetched(alice, export))[1:]] == ["Bo Björk"]
    session = alice.session
    del session["searches"]  # as after signing in anew
    session.save()
    for reply in (alice.get(f"/members/export/?{query}"), alice.post(f"/members/export/order/?{query}", ASKED)):
        assert reply.status_code == 302
        assert reply["Location"].startswith("/members/?")
        assert "search" not in reply["Location"]
    assert ListExport.objects.count() == 1


# --- what is in it --------------------------------------------------------------------------------------------------
@pytest.fixture
def staffed(union, employed, home):
    employed("Anna", "Ek", branch=union.branch_a, at=union.workplace, job={"position": "Lärare", "main_employer": True},
             number="7001", email="anna.ek@example.com", mobile="+46701740605")  # fmt: skip
    bo = employed("Bo", "Ask", branch=union.branch_a, at=home, job={"position": "Kock", "employment": "temporary"})
    bo.placements.create(unit=union.workplace, start=day(-9), position="Vaktmästare")
    make_member("Cia", "Öd", placed=[union.branch_a])
    make_member("Dan", "Al", placed=[union.branch_b])


def test_it_holds_the_list_in_its_order_with_the_columns_chosen(union, alice, staffed):
    content = fetched(alice, made(alice, columns=["number", "position"]))
    assert [line[0] for line in table(content)] == ["Namn", "Bo Ask", "Anna Ek", "Cia Öd"]
    assert [line[2] for line in table(content)] == ["Befattning", "Kock; Vaktmästare", "Lärare", ""]
    assert {len(line) for line in table(content)} == {3}
    assert "example.com" not in content.decode()
    assert "+4670" not in content.decode()
    shown = [row.member.full_name for row in alice.get("/members/").context["rows"]]
    assert [line[0] for line in table(content)[1:]] == shown


def test_contact_details_only_where_ticked_and_noted_as_such(union, alice, staffed):
    content = fetched(alice, made(alice, columns=[], contact=["email", "mobile"], query="?position=Lärare"))
    assert table(content)[1] == ["Anna Ek", "anna.ek@example.com", "'+46701740605"]
    assert set(AccessLog.objects.exclude(kind="list").values_list("kind", flat=True)) == {"export", "contact"}


def test_filters_narrow_it_as_they_narrow_the_list(union, alice, staffed):
    content = fetched(alice, made(alice, f"?workplace={union.workplace.pk}&position=vakt"))
    assert [line[0] for line in table(content)[1:]] == ["Bo Ask"]
    content = fetched(alice, made(alice, "?employment=temporary"))
    assert [line[0] for line in table(content)[1:]] == ["Bo Ask"]


def test_it_says_whose_it_is_when_why_and_what_to_do(union, alice, staffed):
    said = about(fetched(alice, made(alice)))
    with translation.override(union.alice.language):
        expected = {
            _("Taken out by"): "Alice",
            _("Under the mandate"): str(union.mandate(union.alice)),
            _("Ordered"): date_format(timezone.localtime(ListExport.objects.get().created_at), "j F Y H.i"),
            _("Why"): WHY,
            _("Members on the list"): "3",
            _("Narrowed to"): _("everybody in the mandate"),
            _("What you must do"): duties()[-1],
        }
    assert said == expected


def test_the_workbook_says_the_same_on_a_sheet_of_its_own(union, alice, staffed):
    book = openpyxl.load_workbook(io.BytesIO(fetched(alice, made(alice, format="xlsx"))))
    members, said = book.worksheets
    assert [row[0].value for row in members.iter_rows()] == ["Namn", "Bo Ask", "Anna Ek", "Cia Öd"]
    assert [row[1].value for row in said.iter_rows() if row[1].value in {"Alice", WHY}] == ["Alice", WHY]
    assert "Alice" in members.oddFooter.center.text


def test_whoever_must_be_left_alone_is_left_out_and_counted(union, alice, staffed):
    Member.unscoped.filter(first_name="Anna").update(restricted=True)
    export = made(alice)
    assert (export.count, export.left_out) == (2, 1)
    assert "Anna" not in (content := fetched(alice, export)).decode()
    with translation.override(union.alice.language):
        assert left_out(1) in about(content).values()
    assert alice.get(at(export)).context["export"].left_out == 1


def test_only_the_one_mandate_is_in_it(union, alice, staffed):
    make_mandate(union.alice, union.branch_b)
    mandate = union.alice.mandates.get(unit=union.branch_b)
    content = fetched(alice, made(alice, f"?mandate={mandate.public_id}"))
    assert [line[0] for line in table(content)[1:]] == ["Dan Al"]


@pytest.mark.parametrize("rows", [1, 3])
def test_making_costs_the_same_for_one_and_three(union, alice, django_assert_num_queries, rows):
    for _n in range(rows):
        make_member(placed=[union.branch_a])
    export = ordered(alice)
    with django_assert_num_queries(QUERIES_MAKE):
        assert exports.make(export.pk, now=timezone.now())


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_cost_the_same_for_one_and_three(union, alice, django_assert_num_queries, rows):
    for n in range(rows):
        make_member(placed=[union.branch_a])
        export = made(alice, reason=f"{WHY} {n}")
    for path, queries in (
        ("/members/export/", QUERIES_OFFER),
        (at(export), QUERIES_PAGE),
        (at(export, "file/"), QUERIES_FILE),
    ):
        alice.get(path)
        with django_assert_num_queries(queries):
            assert alice.get(path).status_code == 200


def test_a_long_list_is_read_in_parts(union, alice, monkeypatch):
    for n in range(7):
        make_member("Eva", f"E{n}", placed=[union.branch_a])
    monkeypatch.setattr(exports, "STEP", 3)
    export = made(alice)
    assert (export.count, export.done) == (7, 7)
    assert [line[0] for line in table(fetched(alice, export))[1:]] == [f"Eva E{n}" for n in range(7)]


@pytest.mark.parametrize("write", [sheets.write_csv, sheets.write_xlsx])
def test_a_file_is_written_line_by_line_and_never_held(tmp_path, write):
    lines = ([f"Åsa Öberg {n}", "Undersköterska", "Hälsans hus"] for n in range(20_000))
    table = sheets.Table(head=["Namn", "Befattning", "Arbetsplats"], lines=lines, about=[], names=("A", "B"))
    tracemalloc.start()
    with (tmp_path / "list").open("wb") as target:
        write(target, table)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000  # bytes; the lines alone would be five times that


# --- who fetches it, and how long -----------------------------------------------------------------------------------
def test_each_fetch_is_noted_with_whom_and_why_before_the_file_is_handed_over(union, alice, staffed):
    export = made(alice)
    assert not AccessLog.objects.filter(kind="export").exists()  # nobody has it yet
    fetched(alice, export)
    row = AccessLog.objects.get(kind="export")
    assert (row.user, row.mandate, row.members, row.words) == (union.alice, export.mandate, export.members, WHY)
    assert sorted(row.members) == sorted(Member.objects.within(scope(export.mandate)).values_list("pk", flat=True))
    assert access.first_broken(AccessDay.objects.get()) is None
    fetched(alice, export)
    assert AccessLog.objects.filter(kind="export").count() == 2


def scope(mandate: Mandate) -> Scope:
    return Scope.of_mandate(mandate, on=timezone.localdate())


def test_the_reason_is_sealed_and_the_member_reads_it(union, alice, staffed):
    fetched(alice, made(alice))
    anna = Member.unscoped.get(first_name="Anna")
    parts = subject_access.export(anna, now=timezone.now())["parts"]
    assert [look["why"] for look in parts["looks"] if look["who"] == "Alice"] == [WHY]
    assert [(row["who"], row["why"]) for row in parts["lists"]] == [("Alice", WHY)]
    changed = AccessLog.objects.get(kind="export")
    changed.words = "Något annat"
    day_of = AccessDay.objects.get()
    assert access._seal(changed, before="") != access._seal(AccessLog.objects.get(pk=changed.pk), before="")
    assert access.first_broken(day_of) is None


@pytest.mark.parametrize("path", ["", "file/"])
def test_for_everybody_else_it_does_not_exist(union, alice, sign_in, client, path):
    make_member(placed=[union.branch_a])
    export = made(alice)
    colleague = make_mandate(union.charlie, union.branch_a).user
    for other in (colleague, union.bob, union.dora, union.sara):
        assert sign_in(other).get(at(export, path)).status_code == 404
    assert client.get(at(export, path)).status_code == 302
    assert not AccessLog.objects.filter(kind="export").exists()


@pytest.mark.parametrize("path", ["", "file/"])
def test_with_the_mandate_or_the_power_it_is_gone(union, alice, path):
    make_member(placed=[union.branch_a])
    export = made(alice)
    powers.switch("representative", "export", allowed=False, by=union.sara)
    assert alice.get(at(export, path)).status_code == 404
    powers.switch("representative", "export", allowed=True, by=union.sara)
    Mandate.objects.filter(user=union.alice).update(end=day(-1))
    assert alice.get(at(export, path)).status_code == 404
    make_mandate(union.alice, union.branch_a)  # the same again is another mandate
    assert alice.get(at(export, path)).status_code == 404


@pytest.mark.parametrize("lost", ["power", "mandate", "account"])
def test_a_file_nobody_can_fetch_any_longer_is_deleted_before_its_time(union, alice, lost):
    make_member(placed=[union.branch_a])
    path = export_files.path(made(alice))
    exports.close(now=timezone.now())
    assert path.exists()
    if lost == "power":
        powers.switch("representative", "export", allowed=False, by=union.sara)
    elif lost == "mandate":
        Mandate.objects.filter(user=union.alice).update(end=day(-1))
    else:
        User.objects.filter(pk=union.alice.pk).update(is_active=False)
    exports.close(now=timezone.now())
    assert not path.exists()


def test_what_was_ordered_is_not_made_once_the_power_or_the_mandate_has_ended(union, alice):
    make_member(placed=[union.branch_a])
    first, second = ordered(alice), ordered(alice, contact=["email"])
    powers.switch("representative", "export", allowed=False, by=union.sara)
    assert not exports.make(first.pk, now=timezone.now())
    powers.switch("representative", "export", allowed=True, by=union.sara)
    Mandate.objects.filter(user=union.alice).update(end=day(-1))
    assert not exports.make(second.pk, now=timezone.now())
    assert set(ListExport.objects.values_list("state", "problem")) == {("failed", "ended")}


def test_after_a_day_it_cannot_be_fetched_and_the_sweep_deletes_it(union, alice, sign_in):
    make_member(placed=[union.branch_a])
    export = made(alice)
    path = export_files.path(export)
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=24, seconds=1), tick=False):
        later = sign_in(union.alice)
        assert later.get(at(export, "file/")).status_code == 302
        page = later.get(at(export)).content.decode()
        check(page)
        assert "file/" not in page
        assert path.exists()
        exports.recover(now=timezone.now())
    assert not path.parent.exists()
    export.refresh_from_db()
    assert (export.state, export.members, export.wanted) == ("gone", [], {})
    assert not AccessLog.objects.filter(kind="export").exists()


def test_a_month_later_the_night_forgets_that_there_was_one(union, alice):
    make_member(placed=[union.branch_a])
    export = made(alice)
    month = timezone.now() + datetime.timedelta(days=31, minutes=1)
    retention.purge(now=month - datetime.timedelta(days=1))
    assert ListExport.objects.filter(pk=export.pk).exists()
    exports.recover(now=month)
    assert retention.purge(now=month)[0]["exports"] == 1


@pytest.mark.parametrize("state", ["queued", "making", "ready"])
def test_erasing_a_member_takes_the_file_along(union, alice, state, monkeypatch):
    member = make_member("Hemlig", "Hemligsson", placed=[union.branch_a])
    make_member("Anna", "A", placed=[union.branch_a])
    export = ordered(alice)
    if state == "making":
        monkeypatch.setattr(exports.sheets, "write_csv", lambda target, table: erase(member))
    if state != "queued":
        exports.make(export.pk, now=timezone.now())
    erase(member)
    export.refresh_from_db()
    if state == "queued":
        assert exports.make(export.pk, now=timezone.now())
        assert b"Hemlig" not in fetched(alice, ListExport.objects.get())
    else:
        assert export.state == "gone"
        assert not export_files.path(export).exists()
        assert alice.get(at(export, "file/")).status_code == 302
        assert not AccessLog.objects.filter(kind="export").exists()


def erase(member: Member) -> None:
    erasing.erase(Member.unscoped.get(pk=member.pk), now=timezone.now())


def test_a_file_without_the_erased_member_stays(union, alice):
    make_member(placed=[union.branch_a])
    export = made(alice)
    erase(make_member(placed=[union.branch_a]))
    fetched(alice, export)


@pytest.mark.parametrize("change", [{"restricted": True}, {"left_on": day(-1)}, {"erased_at": "2026-01-01T00:00Z"}])
def test_when_somebody_on_it_no_longer_belongs_there_the_whole_file_goes(union, alice, change):
    make_member(placed=[union.branch_a])
    member = make_member(placed=[union.branch_a])
    export = made(alice)
    Member.unscoped.filter(pk=member.pk).update(**change)
    assert alice.get(at(export, "file/")).status_code == 302
    assert "file/" not in alice.get(at(export)).content.decode()
    assert ListExport.objects.get().state == "ready"  # looking changes nothing
    exports.close(now=timezone.now())
    assert ListExport.objects.get().state == "gone"
    assert not export_files.path(export).exists()
    assert not AccessLog.objects.filter(kind="export").exists()


# --- the file on the disk -------------------------------------------------------------------------------------------
def test_the_file_is_for_us_alone_to_read_and_outside_media(union, alice, settings):
    make_member(placed=[union.branch_a])
    path = export_files.path(made(alice))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.is_relative_to(settings.MEDIA_ROOT)
    assert path.is_relative_to(storages["exports"].location)


def test_of_two_workers_one_makes_it_and_a_dead_ones_work_is_taken_over(union, alice):
    make_member(placed=[union.branch_a])
    export, now = ordered(alice), timezone.now()
    assert exports.make(export.pk, now=now)
    assert not exports.make(export.pk, now=now)
    ListExport.objects.update(state="making", claimed_at=now)
    assert not exports.make(export.pk, now=now + exports.CLAIM - datetime.timedelta(seconds=1))
    assert exports.make(export.pk, now=now + exports.CLAIM)
    assert ListExport.objects.get().state == "ready"


def test_a_worker_that_was_believed_dead_leaves_nothing(union, alice, monkeypatch):
    make_member(placed=[union.branch_a])
    export, now = ordered(alice), timezone.now()
    write = exports.sheets.write_csv

    def slowly(target: Any, table: Any) -> None:
        monkeypatch.setattr(exports.sheets, "write_csv", write)
        assert exports.make(export.pk, now=now + exports.CLAIM)
        write(target, table)

    monkeypatch.setattr(exports.sheets, "write_csv", slowly)
    assert not exports.make(export.pk, now=now)
    export.refresh_from_db()
    assert export.state == "ready"
    assert [export_files.path(export)] == list(export_files.path(export).parent.iterdir())


def test_the_sweep_rings_for_what_waits_and_removes_what_nobody_knows(union, alice, monkeypatch):
    make_member(placed=[union.branch_a])
    lost, waiting = made(alice), ordered(alice, contact=["email"])
    path = export_files.path(lost)
    ListExport.objects.filter(pk=lost.pk).delete()
    rung: list[tuple[Any, ...]] = []
    monkeypatch.setattr(exports.bell, "ring", lambda *what: rung.append(what))
    exports.recover(now=timezone.now())
    assert rung == [(exports.TASK, waiting.pk)]
    assert not path.parent.exists()


def test_a_file_that_is_lost_is_not_promised(union, alice):
    make_member(placed=[union.branch_a])
    export = made(alice)
    export_files.path(export).unlink()
    assert alice.get(at(export, "file/")).status_code == 302
    assert "file/" not in alice.get(at(export)).content.decode()


# --- the whole way --------------------------------------------------------------------------------------------------
def test_from_the_switch_to_the_file(union, sign_in, staffed, django_capture_on_commit_callbacks, monkeypatch):
    monkeypatch.setattr(exports.bell, "ring", lambda task, pk: rung.append(pk))
    rung: list[int] = []
    sign_in(union.sara).post("/members/powers/representative/give/")
    alice = sign_in(union.alice)
    page = alice.get("/members/?employment=temporary").content.decode()
    assert 'href="/members/export/?employment=temporary"' in page
    page = alice.get("/members/export/?employment=temporary")
    check(page.content.decode())
    assert page.context["matching"] == 1
    with django_capture_on_commit_callbacks(execute=True):
        reply = alice.post("/members/export/order/?employment=temporary", {**ASKED, "format": "xlsx"})
    export = ListExport.objects.get(pk=rung[0])
    waiting = alice.get(reply["Location"]).content.decode()
    check(waiting)
    assert 'hx-trigger="every 2s"' in waiting
    exports.make(rung[0], now=timezone.now())
    part = alice.get(reply["Location"], headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<section id="export"')
    assert f'href="{at(export, "file/")}"' in part
    reply = alice.get(at(export, "file/"))
    assert reply["Content-Disposition"].startswith('attachment; filename="')
    assert "Alice" not in reply["Content-Disposition"]
    assert zipfile.is_zipfile(io.BytesIO(b"".join(reply.streaming_content)))
    check(alice.get("/members/export/").content.decode())


def test_everybody_on_the_list_is_what_its_pages_show(union, staffed):
    mine = scope(union.mandate(union.alice))
    for wanted in (Wanted(), Wanted(position="lärare"), Wanted(employment="temporary"), Wanted(words="bo")):
        shown = lists.find(mine, wanted).page.ids
        assert list(lists.everybody(mine, wanted).values_list("pk", flat=True)) == shown


QUERIES_MAKE, QUERIES_OFFER, QUERIES_PAGE, QUERIES_FILE = 13, 14, 7, 13
