"""One settings file: complete without any environment, and with the three addresses of a real installation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.once
ASKED = [
    "DATABASES",
    "CELERY_BROKER_URL",
    "MAIL_TRANSPORT",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "EMAIL_USE_TLS",
    "SESSION_COOKIE_SECURE",
    "DEBUG",
    "SECRET_KEY",
    "PASSWORD_HASHERS",
]
PRINT = f"""
import json
from django.conf import settings
print(json.dumps({{name: getattr(settings, name) for name in {ASKED!r}}}, default=str))
"""


def settings_with(tmp_path: Path, **environment: str) -> dict:
    """What the settings say in a process of its own with exactly this environment."""
    clean = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "comms.settings"}
    done = subprocess.run(
        [sys.executable, "-c", PRINT],
        env=clean | environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_no_environment_gives_the_embedded_defaults(tmp_path: Path) -> None:
    found = settings_with(tmp_path)
    database = found["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert database["NAME"] == str(tmp_path / "db.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in database["OPTIONS"]["init_command"]
    assert found["CELERY_BROKER_URL"].startswith("files://")
    assert found["MAIL_TRANSPORT"] == "file"
    assert found["DEBUG"] is False
    assert "PBKDF2" in found["PASSWORD_HASHERS"][0]  # the tests themselves use a quick one


def test_the_secret_made_at_the_first_start_is_kept_and_private(tmp_path: Path) -> None:
    first, second = settings_with(tmp_path)["SECRET_KEY"], settings_with(tmp_path)["SECRET_KEY"]
    assert first == second
    assert len(first) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_three_addresses_make_it_real(tmp_path: Path) -> None:
    found = settings_with(
        tmp_path,
        DATABASE_URL="postgres://comms:pw@db.example.org:5433/comms",
        REDIS_URL="redis://bell.example.org:6379/2",
        EMAIL_URL="smtp+tls://user:pw@mail.example.org:587",
        BASE_URL="https://portal.example.org",
    )
    database = found["DATABASES"]["default"]
    assert (database["ENGINE"], database["HOST"], database["PORT"]) == (
        "django.db.backends.postgresql", "db.example.org", 5433
    )  # fmt: skip
    assert found["CELERY_BROKER_URL"] == "redis://bell.example.org:6379/2"
    assert (found["MAIL_TRANSPORT"], found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_TLS"]) == (
        "smtp", "mail.example.org", 587, True
    )  # fmt: skip
    assert found["SESSION_COOKIE_SECURE"] is True
