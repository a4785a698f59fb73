"""Can this process do its work: one cheap question each, asked again at most every few seconds."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable
from functools import cache

from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

log = logging.getLogger(__name__)

ASKED_EVERY_SECONDS = 5.0  # the address is public
FREE_BYTES = 200 * 1024 * 1024
BROKER_SECONDS = 2.0


def database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def migrations() -> bool:
    """Whether this code's tables are there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return _newest() <= set(cursor.fetchall())


@cache
def _newest() -> frozenset[tuple[str, str]]:
    """The last migration of each app in the code; reading them takes a while."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.graph.leaf_nodes())


def broker() -> bool:
    options = {"max_retries": 1, "timeout": BROKER_SECONDS}
    with current_app.connection_for_write(connect_timeout=BROKER_SECONDS) as bell:
        bell.ensure_connection(**options)
    return bool(settings.REDIS_URL) or os.access(settings.VAR_DIR / "broker", os.W_OK)


def disk() -> bool:
    return os.access(settings.VAR_DIR, os.W_OK) and shutil.disk_usage(settings.VAR_DIR).free > FREE_BYTES


CHECKS: dict[str, Callable[[], bool]] = {
    "database": database, "migrations": migrations, "broker": broker, "disk": disk
}  # fmt: skip


def _ask(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:  # whatever a driver raises: not well
        log.warning("not ready: %s: %s", check.__name__, error)
        return False


def readiness() -> dict[str, bool]:
    """Check -> well or not."""
    if time.monotonic() - _last.at >= ASKED_EVERY_SECONDS:
        _last.answers = {name: _ask(check) for name, check in CHECKS.items()}
        _last.at = time.monotonic()
    return _last.answers


class _Last:
    at = -ASKED_EVERY_SECONDS
    answers: dict[str, bool] = {}


_last = _Last()
