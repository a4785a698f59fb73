"""After somebody is taken out, nothing but a keyed hash is left: not in the database as it is dumped, not in a file."""

from __future__ import annotations

import base64
import datetime
import io
import logging
import pickle
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from cms import learning
from comms.people.models import Member
from comms.privacy import choices, erasing, wishes
from comms.privacy.models import Suppression, Wish
from mailings import dispatch, letter_files
from mailings.models import LetterChunk, LetterRun, Recipient
from templates_lib import bell
from tests.factories import make_consent, make_member, make_topic
from tests.mailings.facts.rows import fact, tell
from tests.mailings.post import make_mailing, send_everything

NEEDLES = ("kanarief", "kanarie.adress", "701740605", "kanariegatan")  # ASCII: the same in nearly every encoding
WHY = "Ringde om Kanariefågelsdotter."


def traces(data: bytes) -> set[str]:
    """The needles in it: as they are, as hexadecimal digits (bytes in a dump), or in base64 at any offset."""
    lower = data.lower()
    plain = {needle for needle in NEEDLES if needle.encode() in lower}
    return plain | {needle for needle in NEEDLES if any(form in data for form in _dressed(needle))}


def _dressed(needle: str) -> Iterator[bytes]:
    for word in (needle, needle.capitalize()):
        yield word.encode().hex().encode()
        for pad in range(3):
            coded = base64.b64encode(b"x" * pad + word.encode())
            whole = (pad + len(word)) // 3 * 4
            yield coded[4 if pad else 0 : whole]  # what does not depend on the neighbours


def dumped() -> bytes:
    """The whole database: `pg_dump` of PostgreSQL, the bytes of SQLite's file."""
    if connection.vendor == "sqlite":
        return connection.connection.serialize()
    named = connection.get_connection_params()
    where = {"-h": named.get("host"), "-p": named.get("port"), "-U": named.get("user"), "-d": named["dbname"]}
    words = [str(part) for pair in where.items() if pair[1] for part in pair]
    return subprocess.run(["pg_dump", "--no-password", *words], check=True, capture_output=True).stdout


def sessions() -> bytes:
    """What is in them: a dump shows them packed and signed."""
    return "\n".join(repr(session.get_decoded()) for session in Session.objects.all()).encode()


def remembered() -> bytes:
    return repr([pickle.loads(value) for value in caches["memory"]._cache.values()]).encode()


def in_files(folder: Path) -> dict[str, set[str]]:
    """File, by its place below the folder -> what of the canary it holds, its name included."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = {str(path.relative_to(folder)): path for path in files}
    return {name: held for name, path in found.items() if (held := traces(name.encode() + b"\n" + path.read_bytes()))}


@pytest.fixture
def ground(tmp_path, monkeypatch) -> Iterator[Path]:
    """Every folder the product writes to, in one; no bell, so that nobody works beside the test."""
    monkeypatch.setattr(bell, "_publish", lambda *_: True)
    dispatch._counter.cache_clear()
    names = ("MAIL_DIR", "JOURNAL_DIR", "LEDGER_DIR", "MEDIA_ROOT")
    folders = {name: tmp_path / "var" / name for name in names}
    letters = {**configured.STORAGES["letters"]}
    letters["OPTIONS"] = {**letters["OPTIONS"], "location": tmp_path / "var" / "letters"}
    storages = {**configured.STORAGES, "letters": letters}
    with override_settings(**folders, STORAGES=storages, MAIL_TRANSPORT="file", BOUNCE_DOMAIN="union.example.org"):
        yield tmp_path / "var"
    dispatch._counter.cache_clear()


@pytest.fixture
def canary(union) -> Member:
    return make_member(
        "Åsa", "Kanariefågelsdotter", placed=[union.branch_a], email="kanarie.adress@example.com", number="M-4711",
        mobile="+46701740605", street="Kanariegatan 3", postcode="98130", city="Kiruna",
    )  # fmt: skip


@pytest.fixture
def lived(union, canary, ground, sign_in, tmp_path) -> None:
    """She was imported, written to by mail and letter, looked for, looked at, told about, and has asked for things."""
    roster = tmp_path / "members.csv"
    roster.write_text(
        "Medlemsnummer;Förnamn;Efternamn;E-post;Avdelning\n"
        f"M-4711;Åsa;Kanariefågelsdotter;kanarie.adress@example.com;{union.branch_a.code}\n"
    )
    call_command("import_members", roster, apply=True, covers=union.branch_a.code, stdout=io.StringIO())
    roster.unlink()
    _written_to(union, canary)
    alice, sara = sign_in(union.alice), sign_in(union.sara)
    found = alice.post("/members/search/", {"q": "Kanariefågelsdotter"})
    alice.get(found.url)
    alice.post(f"/members/{canary.public_id}/contact/", {"reason": "case"})
    now, today = timezone.now(), timezone.localdate()
    for user in (union.alice, union.bob):
        learning.hear("kanariefågelsdotter", none_found=True, by=user, on=today)
    make_consent(canary, make_topic(), granted=True)
    choices.wish(canary, "address", said={"street": "Kanariegatan 4"}, now=now)
    wishes.refuse(choices.wish(canary, "copy", now=now), answer=WHY, by=union.sara, now=now)
    wishes.act(canary, "correct", said={"street": "Kanariegatan 5"}, by=union.sara, why=WHY, now=now)
    for path in ("", "correct/"):
        sara.get(f"/members/rights/{canary.public_id}/{path}")


def _written_to(union, canary: Member) -> None:
    mailing = make_mailing(union.mandate(union.alice), to=1)
    mine = Recipient.unscoped.for_mailing(mailing)
    mine.update(member=canary, first_name="Åsa", last_name=canary.last_name, address=canary.email)
    send_everything()
    now = timezone.now()
    reply = f"550 5.1.1 <{canary.email}> no such user"
    tell(fact(mine.get(), "bounced", status="5.1.1", address=canary.email, reply=reply))
    run = LetterRun.objects.create(mailing=mailing, by=union.alice, expires_at=now + datetime.timedelta(1))
    LetterChunk.objects.create(run=run, n=1, members=[canary.pk])
    folder = letter_files._folder(run)
    folder.mkdir(parents=True)
    (folder / letter_files.WHOLE).write_bytes(b"%PDF-1.7 Kanariegatan 3")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nothing_but_a_hash_is_left_anywhere(canary, lived, ground, caplog):
    caplog.set_level(logging.DEBUG, logger="comms")
    assert traces(dumped()) == set(NEEDLES)  # or the search would prove nothing
    assert traces(sessions()) == {"kanarief"}
    assert len(in_files(ground)) == 2  # the written mail and the letters
    assert Wish.objects.filter(why=WHY).exists()
    erasing.erase(canary, now=timezone.now())
    assert traces(dumped()) == set()
    assert traces(sessions()) == set()
    assert traces(remembered()) == set()
    assert in_files(ground) == {}
    assert traces(caplog.text.encode()) == set()
    assert set(Suppression.objects.values_list("channel", "reason")) == {("mail", "refused"), ("sms", "refused")}
    assert [wish.state for wish in Wish.objects.order_by("pk")] == ["taken_back", "refused", "done"]


@pytest.mark.once
@pytest.mark.parametrize("text", ["Kanariefågel", '"\\u00e5 Kanariegatan"', "a kanarie.adress@", "tel:+46701740605"])
def test_the_search_finds_it_in_every_dress(text):
    data = text.encode()
    assert traces(data)
    assert traces(data.hex().encode())
    for pad in range(3):
        assert traces(base64.b64encode(b"x" * pad + data)), pad
