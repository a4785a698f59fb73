"""What a member decides holds: at once in a running mailing, after the next file of the registry, after a restore."""

from __future__ import annotations

import datetime
import io
import time

import pytest
from django.core.management import call_command
from django.utils import timezone

from comms.people.models import Member
from comms.people.scope import Scope
from comms.privacy import erasing, ledger, permission, restoring, wishes
from comms.privacy.models import Suppression
from mailings import dispatch
from templates_lib import bell
from tests.factories import make_member, make_topic
from tests.mailings.post import make_mailing, reasons, send_everything

WHY = "Ringde 27 november."


@pytest.fixture
def asa(union) -> Member:
    return make_member("Åsa", "Lind", placed=[union.branch_a], email="asa@example.com", number="M-4711")


@pytest.fixture
def act(union):
    def do(member: Member, kind: str, **said: str) -> None:
        wishes.act(member, kind, said=said, by=union.sara, why=WHY, now=timezone.now())

    return do


@pytest.fixture
def imported(union, tmp_path):
    """The registry's file is read again: so many (number, address) of branch A."""

    def read(*rows: tuple[str, str]) -> None:
        path = tmp_path / "members.csv"
        lines = [f"{number};Åsa;Lind;{address};{union.branch_a.code}" for number, address in rows]
        path.write_text("\n".join(["Medlemsnummer;Förnamn;Efternamn;E-post;Avdelning", *lines]))
        options = {"apply": True, "covers": union.branch_a.code, "allow_leaving": True}
        call_command("import_members", str(path), stdout=io.StringIO(), **options)

    return read


def reason(union, member: Member, category: str = "information") -> str:
    scope = Scope.of(union.alice, on=timezone.localdate())
    facts = permission.facts_for([member.pk], topic=make_topic(category, category=category), scope=scope)
    return permission.may_receive(facts[member.pk], on=timezone.localdate()).reason


def test_a_pause_stops_what_is_queued_already(union, act, settings, tmp_path, monkeypatch):
    settings.MAIL_TRANSPORT, settings.MAIL_DIR, settings.JOURNAL_DIR = "file", tmp_path / "mail", tmp_path / "journal"
    settings.BOUNCE_DOMAIN = "union.example.org"
    monkeypatch.setattr(bell, "_publish", lambda *_: True)
    dispatch._counter.cache_clear()
    mailing = make_mailing(union.mandate(union.alice), to=["a@example.com", "b@example.com", "c@example.com"])
    act(Member.unscoped.get(email="b@example.com"), "restrict")
    send_everything()
    dispatch._counter.cache_clear()
    assert reasons(mailing) == {"a@example.com": "sent", "b@example.com": "skipped restricted", "c@example.com": "sent"}


@pytest.mark.parametrize("kind", ["bounced", "complained", "refused"])
def test_what_is_lifted_stays_lifted_and_what_stands_stays_when_the_file_comes_again(union, asa, act, imported, kind):
    Suppression.objects.suppress(asa.email, kind, now=timezone.now())
    row = (asa.number, asa.email)
    imported(row)
    assert reason(union, asa) == {"refused": "refused_all"}.get(kind, kind)
    act(asa, "release", channel="mail", reason=kind)
    imported(row)
    assert reason(union, asa) == ""


def test_whoever_was_taken_out_is_neither_brought_back_nor_written_to_under_another_number(union, asa, imported):
    erasing.erase(asa, now=timezone.now())
    imported(("M-4711", "asa@example.com"), ("M-4712", "asa@example.com"))
    asa.refresh_from_db()
    assert (asa.email, reason(union, asa)) == ("", "erased")
    assert reason(union, Member.unscoped.get(number="M-4712")) == "refused_all"


def test_a_correction_stays_when_the_file_comes_again(union, asa, act, imported):
    act(asa, "correct", last_name="Berg", mobile="")
    imported((asa.number, asa.email))
    asa.refresh_from_db()
    assert asa.last_name == "Berg"


# --- after a restore: the database is older than the ledger ----------------------------------------------------------
@pytest.fixture
def since(settings, tmp_path, django_capture_on_commit_callbacks):
    """What happens inside is in a ledger of its own; its entries."""

    def noted(do) -> list[ledger.Entry]:
        settings.LEDGER_DIR = tmp_path / f"ledger{time.monotonic_ns()}"
        with django_capture_on_commit_callbacks(execute=True):
            do()
        return ledger.read([settings.LEDGER_DIR])

    return noted


def test_what_was_lifted_since_the_backup_is_lifted_again_and_what_came_after_stands(asa, act, since):
    Suppression.objects.suppress(asa.email, "complained", now=timezone.now())
    lifted = since(lambda: act(asa, "release", channel="mail", reason="complained"))
    assert [entry[1] for entry in lifted] == ["released"]
    backup = timezone.now() - datetime.timedelta(days=1)
    Suppression.objects.suppress(asa.email, "complained", now=backup)
    assert restoring.replay(lifted) == {"released": 1}
    assert not Suppression.objects.exists()
    assert not any(restoring.replay(lifted).values())
    Suppression.objects.suppress(asa.email, "complained", now=timezone.now() + datetime.timedelta(seconds=5))
    assert not any(restoring.replay(lifted).values())
    assert Suppression.objects.exists()


def test_what_the_member_lifted_and_took_back_is_as_it_was_last(asa, since):
    said = {"channel": "mail", "reason": "refused"}

    def twice() -> None:
        wishes.write_again(asa, **said, now=timezone.now())
        Suppression.objects.suppress(asa.email, "refused", now=timezone.now())

    Suppression.objects.suppress(asa.email, "refused", now=timezone.now())
    entries = since(twice)
    assert [entry[1] for entry in entries] == ["released", "suppressed"]
    restoring.replay(entries)
    assert Suppression.objects.get().reason == "refused"


def test_a_pause_since_the_backup_holds_again_and_one_that_was_ended_does_not(asa, act, since):
    begun = since(lambda: act(asa, "restrict"))
    ended = since(lambda: act(asa, "lift"))
    assert restoring.replay(begun) == {"restricted": 1}
    assert Member.unscoped.get(pk=asa.pk).restricted
    assert restoring.replay([*begun, *ended])["restricted"] == 1
    assert not Member.unscoped.get(pk=asa.pk).restricted
