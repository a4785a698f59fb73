"""What a member gets to know about themselves, and what is left of one who asked to be forgotten."""

from __future__ import annotations

import datetime
import io
import json
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from comms.people.models import Member
from comms.privacy import access, kept, retention, subject_access
from comms.privacy.models import Suppression
from comms.privacy.policy import policy
from mailings.models import LetterChunk, LetterRun, Recipient
from tests.factories import make_consent, make_member, make_topic
from tests.mailings.post import make_mailing, send_everything

CANARIES = ("Kanariefågelsdotter", "kanarie.adress", "+46701740605", "Kanariegatan")


@pytest.fixture
def canary(union) -> Member:
    """A member whose every column can be recognised; she was written to and looked at."""
    member = make_member(
        "Åsa", CANARIES[0], placed=[union.branch_a], email="kanarie.adress@example.com", mobile=CANARIES[2],
        street=f"{CANARIES[3]} 3", number="M-4711", language="sv",
    )  # fmt: skip
    make_consent(member, make_topic(), granted=True)
    member.corrections.create(field="street", value=f"{CANARIES[3]} 3", at=timezone.now())
    mandate = union.mandate(union.alice)
    access.note(
        user=union.alice, mandate=mandate, kind="contact", members=[member.pk], now=timezone.now(), reason="case"
    )
    return member


@pytest.fixture
def written(union, canary, settings):
    """A mailing to her, as files, and letters that hold her."""
    mailing = make_mailing(union.mandate(union.alice), to=1)
    Recipient.unscoped.for_mailing(mailing).update(
        member=canary, first_name="Åsa", last_name=CANARIES[0], address=canary.email
    )
    send_everything()
    run = LetterRun.objects.create(mailing=mailing, by=union.alice, expires_at=timezone.now() + datetime.timedelta(1))
    LetterChunk.objects.create(run=run, n=1, members=[canary.pk])
    return mailing


def export(number: str, folder: Path) -> tuple[dict, str]:
    out = io.StringIO()
    call_command("export_member", number, str(folder), stdout=out)
    files = [Path(line) for line in out.getvalue().splitlines()]
    assert [oct(path.stat().st_mode)[-3:] for path in files] == ["600", "600"]
    return json.loads(files[0].read_text("utf-8")), files[1].read_text("utf-8")


def dumped() -> str:
    """Every text in the database."""
    found: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [repr(row) for row in cursor.fetchall()]
    return "\n".join(found)


def held(text: str) -> set[str]:
    return {canary for canary in CANARIES if canary in text}


def test_the_member_gets_all_of_it(canary, written, tmp_path):
    found, page = export("M-4711", tmp_path)
    parts = found["parts"]
    assert parts["profile"][0]["last_name"] == CANARIES[0]
    assert [row["unit"] for row in parts["placements"]] == ["Avdelning A"]
    assert [(row["field"], row["value"]) for row in parts["corrections"]] == [("street", f"{CANARIES[3]} 3")]
    assert [row["yes"] for row in parts["answers"]] == [True]
    assert [(row["who"], row["mandate"]) for row in parts["looks"]] == [("Alice", "Förtroendevald, Avdelning A")]
    assert [(row["to"], row["unit"]) for row in parts["messages"]] == [(canary.email, "Avdelning A")]
    assert held(page) == set(CANARIES)
    assert "Nothing." not in page  # in the member's language


def test_how_long_it_is_kept_is_said_in_the_members_language(canary, tmp_path):
    found, page = export("M-4711", tmp_path)
    told = {row["what"]: row["how_long"] for row in found["kept"]}
    assert told["Ditt namn och din adress i ett utskick"] == "30 dagar efter att utskicket var över"
    assert told["Vem som har tittat på dina uppgifter"] == "24 månader efter dagen då det hände"
    assert "så länge medlemsregistret har dig" in page


def test_every_rule_about_a_member_has_words_for_the_member():
    about = {
        rule.name
        for rule in policy().rules
        for column in rule.data
        if any(field.related_model is Member for field in apps.get_model(*column.split(".")[:2])._meta.fields)
    }
    assert about
    assert about <= kept.WORDS.keys() <= {rule.name for rule in policy().rules}


def test_every_part_and_column_has_words(canary, written, tmp_path):
    parts = export("M-4711", tmp_path)[0]["parts"]
    assert parts.keys() == subject_access.PARTS.keys()
    columns = {column for rows in parts.values() for row in rows for column in row}
    assert {"purpose", "legal_basis"} <= columns
    assert columns <= subject_access.COLUMNS.keys()


def test_every_app_that_erases_also_exports():
    modules = [module for module in retention.modules() if hasattr(module, "erase")]
    assert modules
    assert [module.__name__ for module in modules if not hasattr(module, "export")] == []


def test_nothing_but_a_hash_is_left_of_one_who_is_erased(canary, written, settings):
    mails = list((settings.MAIL_DIR / written.public_id.hex).glob("*.eml"))
    assert mails
    assert held(dumped()) == set(CANARIES)
    with pytest.raises(CommandError, match="--yes"):
        call_command("erase_member", "M-4711")
    call_command("erase_member", "M-4711", "--yes", stdout=io.StringIO())
    assert held(dumped()) == set()
    assert not any(path.exists() for path in mails)
    assert not LetterRun.objects.exists()
    assert sorted(Suppression.objects.values_list("channel", "reason")) == [("mail", "refused"), ("sms", "refused")]
    assert Suppression.objects.suppress("Kanarie.Adress@example.com", "refused", now=timezone.now()) is not None
    assert Suppression.objects.count() == 2  # known already


def test_an_unknown_number_is_said_so(db, tmp_path):
    for command in (("export_member", "M-1", str(tmp_path)), ("erase_member", "M-1", "--yes")):
        with pytest.raises(CommandError, match="no member"):
            call_command(*command)
