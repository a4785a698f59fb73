"""Where the tests' own PostgreSQL and Redis are; `script/test` starts both and says so in the environment.

It also makes the tables once in each kind of database, from which every later one is copied: migrating costs ten
seconds each time. Without it (plain `pytest`), each is migrated on the spot.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgres://root@127.0.0.1/postgres")
TABLES_POSTGRES = os.environ.get("TEST_TABLES_POSTGRES", "")  # a database beside it, to which nobody connects
TABLES_SQLITE = os.environ.get("TEST_TABLES_SQLITE", "")  # a file


def own_redis() -> str:
    """The Redis database of this process' running product: two of them on one would take each other's tasks."""
    return redis(6 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")))


def redis(database: int) -> str:
    """A Redis database for one group of tests: workers on a shared one would take each other's rings."""
    server = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0").rpartition("/")[0]
    return f"{server}/{database}"


def create_database(name: str) -> str:
    """A new PostgreSQL database, with tables where there is one to copy; its address."""
    _on_server(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{TABLES_POSTGRES}"' if TABLES_POSTGRES else ""))
    return urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()


def drop_database(name: str) -> None:
    _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextlib.contextmanager
def database_away(name: str) -> Iterator[None]:
    """Nobody gets in, and whoever was in is thrown out."""
    _on_server(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    try:
        _on_server(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        yield
    finally:
        _on_server(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def copy_tables(folder: Path) -> None:
    """The default database of `folder` as VAR_DIR, with tables where there is a file to copy."""
    folder.mkdir(parents=True, exist_ok=True)
    if TABLES_SQLITE:
        shutil.copyfile(TABLES_SQLITE, folder / "db.sqlite3")


@contextlib.contextmanager
def tables_in_memory(name: str) -> Iterator[None]:
    """The SQLite database of that name in this process' memory, with tables; it lasts while somebody is connected."""
    with contextlib.closing(sqlite3.connect(name, uri=True)) as memory:
        with contextlib.closing(sqlite3.connect(TABLES_SQLITE)) as tables:
            tables.backup(memory)
        yield


def _on_server(command: str) -> None:
    import psycopg

    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(command)
