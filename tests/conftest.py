"""The same few people in every test.

Alice: mandate in branch A. Bob: the region above it. Charlie: branch B. Dora: Alice's mandate, expired yesterday.
Sara: staff, mandate at the root.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client, override_settings
from pytest_django.plugin import blocking_manager_key

from comms.accounts import sessions
from comms.people.models import Mandate, Unit, User
from tests import kept
from tests.factories import make_mandate, make_unit, make_user
from tests.servers import TABLES_POSTGRES, TABLES_SQLITE, tables_in_memory

# A browser driven from a test leaves an event loop running in this thread. Beside one, Django would open a second
# connection, which nobody closes and which keeps the test database from being dropped.
connections._connections = threading.local()
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

IN_MEMORY = "file:memorydb_default?mode=memory&cache=shared"  # as Django calls it
QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a real one takes half a second for each password
LONG = ("tests/journeys/", "tests/faults/", "tests/test_every_page.py", "tests/ground/test_serve.py")

# What these ask of the database, others ask there too: on SQLite they run only with --all.
ON_POSTGRESQL = (
    "tests/demo/test_seed.py",
    "tests/library/test_editors.py",
    "tests/library/test_extracting.py",
    "tests/library/test_import_articles.py",
    "tests/library/test_shelving.py",
    "tests/mailings/test_again.py",
    "tests/mailings/test_as_member.py",
    "tests/mailings/test_discretion.py",
    "tests/mailings/test_enclosures.py",
    "tests/mailings/test_gallery.py",
    "tests/mailings/test_insertions.py",
    "tests/mailings/test_letters.py",
    "tests/mailings/test_prints.py",
    "tests/mailings/test_providers.py",
    "tests/security/test_s14_files.py",
    "tests/security/test_s15_uploads.py",
    "tests/security/test_s17_guessing.py",
    "tests/templates_lib/",
)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """The test database begins as a copy of the tables, where they have been made."""
    with contextlib.ExitStack() as held:
        if TABLES_POSTGRES and connection.vendor == "postgresql":
            connection.settings_dict["TEST"]["TEMPLATE"] = TABLES_POSTGRES
        if TABLES_SQLITE and connection.vendor == "sqlite" and connection.creation.is_in_memory_db(IN_MEMORY):
            held.enter_context(tables_in_memory(IN_MEMORY))
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> None:
    """Numbers begin past a thousand, as they soon do in use: a number written for a person ("1 001") is not one that a
    form can send back."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(oid, 1000 + nextval(oid)) FROM pg_class WHERE relkind = 'S'")
            for table in ("privacy_accesslog", "privacy_accessday"):  # between tests every table is emptied
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER privacy_access_not_emptied")
        else:
            cursor.execute("UPDATE sqlite_sequence SET seq = seq + 1000")
            tables = "SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"
            cursor.execute(
                f"INSERT INTO sqlite_sequence (name, seq) SELECT name, 1000 FROM ({tables})"
                " WHERE name NOT IN (SELECT name FROM sqlite_sequence)"
            )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """What asks for no database runs on one of the two only. The longest files first: the other process works through
    the rest meanwhile.
    """
    for item in items:
        if not kept.asks_for_a_database(item):
            item.add_marker("once")
        if item.nodeid.startswith(ON_POSTGRESQL):
            item.add_marker("everyday_on_postgresql")
    yield
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
    kept.arrange(items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    kept.nothing_else(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """A test with transactions of its own empties every table; what the migrations made is put back for the next.
    After the last one the database itself is gone.
    """
    yield
    marker = item.get_closest_marker("django_db")
    if nextitem is not None and marker and marker.kwargs.get("serialized_rollback"):
        with item.config.stash[blocking_manager_key].unblock():
            connection.creation.deserialize_db_from_string(connection._test_serialized_contents)


@pytest.fixture(scope="session", autouse=True)
def static_files_where_they_lie(tmp_path_factory):
    """Pages are tested without collecting static files first; what tests refuse is in no ledger of this machine, and
    what they upload or take out in no folder of it.
    """
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    ledger, media, taken = (tmp_path_factory.mktemp(name) for name in ("ledger", "media", "exports"))
    private = settings.STORAGES["exports"]
    private = {**private, "OPTIONS": {**private["OPTIONS"], "location": taken}}
    storages = {**settings.STORAGES, "staticfiles": plain, "exports": private}
    with override_settings(STORAGES=storages, LEDGER_DIR=ledger, MEDIA_ROOT=media, PASSWORD_HASHERS=QUICK):
        yield


@dataclass
class Union:
    root: Unit
    region: Unit
    branch_a: Unit
    branch_b: Unit
    employer: Unit
    workplace: Unit
    alice: User
    bob: User
    charlie: User
    dora: User
    sara: User

    def mandate(self, user: User) -> Mandate:
        return user.mandates.get()


def make_union() -> Union:
    root = make_unit("Förbundet", kind="union")
    region = make_unit("Region Norr", kind="region", under=root)
    branch_a = make_unit("Avdelning A", under=region)
    branch_b = make_unit("Avdelning B", under=root)
    employer = make_unit("Nordkommun", kind="employer", branch=branch_a)
    workplace = make_unit("Fjällskolan", kind="workplace", under=employer)
    people = {name: make_user(name.title(), language="sv") for name in ("alice", "bob", "charlie", "dora", "sara")}
    make_mandate(people["alice"], branch_a)
    make_mandate(people["bob"], region)
    make_mandate(people["charlie"], branch_b)
    make_mandate(people["dora"], branch_a, end_in=-1)
    make_mandate(people["sara"], root, role="staff")
    fresh = Unit.objects.get
    return Union(
        root=fresh(pk=root.pk),
        region=fresh(pk=region.pk),
        branch_a=branch_a,
        branch_b=branch_b,
        employer=fresh(pk=employer.pk),
        workplace=workplace,
        **people,
    )


kept_union, union = kept.kept("union", make_union)


@pytest.fixture
def sign_in():
    """A browser of that person, signed in a moment ago with everything that was asked for."""

    def as_(user: User) -> Client:
        client = Client()
        client.force_login(user)
        session = client.session
        sessions.note_second_step(session)
        session.save()
        return client

    return as_
