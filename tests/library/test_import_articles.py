"""`manage.py import_articles`: pages from a folder, the second time none, and nothing half-done."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone, translation

from cms import importing
from cms.access import Reader
from cms.importing import writing
from cms.importing.reading import KINDS
from cms.models import ArticlePage, Entry, HomePage, ImportedPage, LibraryPage, MinutesPage, ShelfPage, Subject
from comms.demo import shelves
from comms.people.models import User
from comms.people.scope import Scope
from tests.library.sites import lay, text, whole

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(union, tmp_path, settings) -> Iterator[Path]:
    """One of each, and what they name is there; the command speaks English."""
    settings.MEDIA_ROOT = tmp_path / "media"
    Subject.objects.create(kind="agreement", name="Kommunavtalet")
    User.objects.filter(pk=union.sara.pk).update(is_staff=True)
    files = whole()
    files["moten/protokoll.yaml"] = files["moten/protokoll.yaml"].replace("audience: A", f"audience: {code(union)}")
    with translation.override("en"):
        yield lay(tmp_path / "site", files)


def code(union) -> str:
    return union.branch_a.code


@pytest.fixture
def run(site, capsys, tmp_path):
    def call(*arguments: str, refused: bool = False) -> str:
        capsys.readouterr()
        if refused:
            with pytest.raises(SystemExit):
                call_command("import_articles", str(site), *arguments)
        else:
            call_command("import_articles", str(site), *arguments)
        return capsys.readouterr().out

    return call


def page(key: str):
    return LibraryPage.objects.get(imported__key=key).specific


def change(site: Path, path: str, old: str, new: str) -> None:
    said = (site / path).read_text()
    assert old in said
    (site / path).write_text(said.replace(old, new))


def test_a_dry_run_tells_and_changes_nothing(site, run):
    before = LibraryPage.objects.count()
    out = run("--dry-run")
    assert "5 new, 0 changed, 0 unchanged, 0 refused" in out
    assert LibraryPage.objects.count() == before


def test_everything_becomes_a_page_and_the_index_follows(union, site, run):
    run("--publish", "--by", "sara@example.org")
    travel, rules = page("resor"), page("moten/regler.html")
    assert (travel.owner, travel.responsible, travel.short_answer) == (union.sara, union.sara, "Ja, ibland.")
    assert [str(subject) for subject in travel.subjects.all()] == ["Kommunavtalet"]
    assert [row.document.title for row in travel.attachments.all()] == ["plan", "blankett"]
    assert f'<a linktype="page" id="{rules.pk}">reglerna</a>' in travel.body[0].value.source
    assert f'<a linktype="page" id="{travel.pk}">resor</a>' in rules.body[2].value.source
    figure = travel.body[1].value
    assert (figure["image"].contextual_alt_text, figure["image"].width) == ("Karta", 40)
    assert [str(shelf) for shelf in ShelfPage.objects.order_by("path")] == ["Möten", "Protokoll"]
    entries = Entry.unscoped.all()
    assert set(entries.values_list("kind", flat=True)) == {"shelf", *KINDS}
    assert str(entries.get(kind="news").dated) == "2026-05-01"
    alice, charlie = (Reader.of(Scope.of(user, on=timezone.localdate())) for user in (union.alice, union.charlie))
    assert Entry.objects.within(alice).of_kind("minutes").count() == 1
    assert Entry.objects.within(charlie).of_kind("minutes").count() == 0


def test_a_second_run_changes_nothing_and_says_so(site, run):
    run("--publish")
    before = list(LibraryPage.objects.order_by("pk").values("pk", "latest_revision", "live_revision", "path"))
    out = run("--publish")
    assert "0 new, 0 changed, 5 unchanged, 0 refused" in out
    assert list(LibraryPage.objects.order_by("pk").values("pk", "latest_revision", "live_revision", "path")) == before


def test_the_same_key_brings_the_page_up_to_date_wherever_the_file_lies(site, run):
    run("--publish")
    first = page("resor")
    passage = first.body[4].id
    addresses = {row.document.title: row.public_id for row in first.attachments.all()}
    change(site, "resor.md", "shelf: Möten", "shelf: Resor")
    change(site, "resor.md", "Ja, ibland.", "Ja, alltid.")
    change(site, "resor.md", "## Belopp", "Mer text.\n\n## Belopp")
    (site / "pengar").mkdir()
    (site / "resor.md").rename(site / "pengar" / "resor.md")
    change(site, "pengar/resor.md", "filer/plan.pdf", "../filer/plan.pdf")
    change(site, "moten/regler.html", "../resor.md", "../pengar/resor.md")
    out = run("--publish")
    assert "0 new, 2 changed, 3 unchanged" in out
    again = page("resor")
    assert (again.pk, again.short_answer, str(again.get_parent())) == (first.pk, "Ja, alltid.", "Resor")
    assert [block.id for block in again.body if block.block_type == "passage"] == [passage]
    assert Entry.unscoped.get(pk=again.pk).shelf.title == "Resor"
    assert {row.document.title: row.public_id for row in again.attachments.all()}["plan"] == addresses["plan"]


def test_without_publish_they_are_drafts_until_a_later_run_publishes_them(site, run):
    out = run()
    assert not Entry.unscoped.exists()
    assert LibraryPage.objects.filter(live=True).count() == 1
    out = run("--publish")
    assert "0 new, 0 changed, 5 to publish, 0 unchanged" in out
    assert Entry.unscoped.count() == 7


def test_a_change_without_publish_waits_beside_what_readers_see(site, run):
    run("--publish")
    change(site, "resor.md", "Ja, ibland.", "Nej.")
    run()
    assert page("resor").short_answer == "Ja, ibland."
    assert page("resor").get_latest_revision_as_object().short_answer == "Nej."


def test_what_staff_have_written_since_is_not_overwritten_unasked(site, run):
    run("--publish")
    ours = page("resor")
    ours.short_answer = "Skrivet av oss."
    ours.save_revision().publish()
    assert "5 unchanged" in run("--publish")
    change(site, "resor.md", "Ja, ibland.", "Nej.")
    out = run("--publish", refused=True)
    assert "resor.md: " in out
    assert page("resor").short_answer == "Skrivet av oss."
    run("--publish", "--overwrite")
    assert page("resor").short_answer == "Nej."


def test_what_staff_have_withdrawn_stays_withdrawn(site, run):
    run("--publish")
    page("resor").unpublish()
    run("--publish")
    assert not page("resor").live


def test_refused_files_are_listed_and_leave_the_rest(union, site, run, tmp_path):
    lay(site, {
        "fel.md": text(audience="INGEN"), "fel2.md": text(subjects="Okänt"), "fel3.md": text(responsible="a@b.example"),
        "en.md": text(key="samma"), "två.md": text(key="samma"), "fel4.md": "---\ntitle: [\n---\n",
    })  # fmt: skip
    out = run("--publish", "--json", str(tmp_path / "ut.json"), refused=True)
    assert "5 new, 0 changed, 0 unchanged, 6 refused" in out
    told = json.loads((tmp_path / "ut.json").read_text())
    assert [(path, line) for path, line in ((one["path"], one["line"]) for one in told["refused"])] == [
        ("en.md", 4), ("fel.md", 4), ("fel2.md", 4), ("fel3.md", 4), ("fel4.md", 3), ("två.md", 4)]  # fmt: skip
    assert (told["written"], ImportedPage.objects.count()) == (5, 5)


def test_a_page_that_fails_half_way_leaves_nothing_of_itself(site, run, monkeypatch):
    real = writing._attachments

    def fail(page, article, run):
        real(page, article, run)
        if article.key == "resor":
            raise writing.Refused("Skivan är full.")

    monkeypatch.setattr(writing, "_attachments", fail)
    assert "Skivan är full." in run("--publish", refused=True)
    assert ImportedPage.objects.count() == 4
    assert not ArticlePage.objects.filter(title="En fråga?").exists()
    assert "linktype" not in str(page("moten/regler.html").body[2].value.source)
    monkeypatch.setattr(writing, "_attachments", real)
    assert "1 new, 1 changed, 3 unchanged" in run("--publish")
    assert "linktype" in str(page("moten/regler.html").body[2].value.source)


def test_a_page_keeps_its_kind(site, run):
    run()
    change(site, "resor.md", "title:", "kind: news\ntitle:")
    assert "resor.md, line 2" in run(refused=True)


def test_the_same_file_on_two_pages_is_stored_once(site, run):
    lay(site, {"till.md": text("![](bilder/karta.png)\n\nText.", files="filer/plan.pdf")})
    run()
    one, other = page("resor").attachments.all()[0], page("till.md").attachments.all()[0]
    assert one.document_id == other.document_id
    assert one.public_id != other.public_id
    assert page("till.md").body[0].value["image"].pk == page("resor").body[1].value["image"].pk


def test_wrong_words_on_the_command_line_are_answered_in_words(site, tmp_path):
    with pytest.raises(CommandError):
        call_command("import_articles", str(tmp_path / "ingen"))
    with pytest.raises(CommandError):
        call_command("import_articles", str(site), by="alice@example.org")


def test_a_plan_is_made_in_few_queries(union, site, django_assert_num_queries):
    reading = importing.read(
        lay(site, {f"{n}.md": text(audience=code(union)) for n in range(9)}), importing.Terms("sv")
    )
    with django_assert_num_queries(4):
        importing.make_plan(reading, publish=True)


def test_minutes_belong_to_the_unit_that_met(union, site, run):
    run("--publish")
    minutes = MinutesPage.objects.get()
    assert [row.unit.code for row in minutes.audience_units.all()] == [code(union)]
    assert HomePage.objects.count() == 1


# --- the demo's own library -----------------------------------------------------------------------------------------


def demo() -> importing.Reading:
    return importing.read(shelves.FOLDER, importing.Terms(language="sv"))


def test_everything_of_the_demo_is_read_without_refusal_and_loses_nothing():
    reading = demo()
    assert reading.refusals == []
    assert not reading.unused
    assert [one.path for one in reading.articles if one.without] == []
    assert len(reading.articles) >= 60
    assert {one.language for one in reading.articles} == {"sv", "nb", "da", "en"}
    known = {path for path, _language, _introduction in shelves.SHELVES}
    assert {" / ".join(one.shelf) for one in reading.articles} <= known
    names = {name for names in shelves.SUBJECTS.values() for name in names}
    assert {name for one in reading.articles for name in one.subjects} <= names


def test_every_text_of_the_demo_says_that_it_is_invented():
    said = {
        "sv": "Påhittat exempel",
        "nb": "Oppdiktet eksempel",
        "da": "Opdigtet eksempel",
        "en": "An invented example",
    }
    silent = [one.path for one in demo().articles if said[one.language] not in one.summary + str(one.blocks[-1:])]
    assert silent == []


def test_the_judged_queries_are_whole_and_name_articles_of_the_demo():
    queries = tomllib.loads((Path(__file__).parent / "relevance.toml").read_text())["query"]
    keys = {one.key for one in demo().articles}
    sorts = [one["sort"] for one in queries]
    assert len(queries) >= 70
    assert len({(one["q"], one["language"]) for one in queries}) == len(queries)
    assert all(sorts.count(sort) >= 10 for sort in ("inflection", "compound", "typo", "diacritics", "synonym", "plain"))
    assert {key for one in queries for key in one["want"]} <= keys
    assert {key for wanted in shelves.BEST_BETS.values() for key in wanted} <= keys
    assert all(set(one) == {"q", "language", "want", "sort"} and one["q"].strip() and one["want"] for one in queries)
