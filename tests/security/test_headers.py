"""What every answer says to the browser: no script of others, no frame elsewhere, no referrer, cookies for this host
alone. And that the settings of docs/running.md are those of a safe installation.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client

from comms.people.tokens import seal
from tests import test_every_door as doors
from tests.servers import copy_tables
from tests.test_every_door import Things

pytestmark = [pytest.mark.once, pytest.mark.timeout(300)]  # says nothing about the database

kept_things, things = doors.kept_things, doors.things  # fixtures
OURS = {**doors.OF_BRANCH_A, **doors.OF_MY_MANDATES, **doors.OF_MYSELF, **doors.OF_MY_ACCOUNT}
OPEN = [
    "/accounts/login/",
    "/accounts/logout/",
    "/accounts/signup/",
    "/offline/",
    "/worker.js",
    "/healthz",
    "/nowhere/",
]
BY_ITSELF = {"'self'", "'none'", "data:"}
NAMED = ("'nonce-", "'sha256-")  # one script, one style sheet


def policy(reply: Any) -> dict[str, list[str]]:
    parts = (part.split() for part in reply.headers.get("Content-Security-Policy", "").split(";"))
    return {part[0]: part[1:] for part in parts if part}


def wrong(reply: Any) -> list[str]:
    """What an answer lets a browser do that it should not."""
    said, headers = policy(reply), reply.headers
    boxed = "sandbox" in said and "allow-scripts" not in said["sandbox"]  # a file or a mail: nothing in it acts at all
    words = [word for name in said if name != "sandbox" for word in said[name] if not word.startswith(NAMED)]
    found = {
        "policy": bool(said.get("default-src")),
        "elsewhere or unsafe": set(words) <= BY_ITSELF,
        "objects": said.get("object-src", said.get("default-src")) == ["'none'"],
        "base": said.get("base-uri") == ["'none'"] or boxed,
        "forms": said.get("form-action") in (["'self'"], ["'none'"]) or boxed,
        "frames": said.get("frame-ancestors") in (["'self'"], ["'none'"]) or boxed,
        "old frames": headers.get("X-Frame-Options") in {"SAMEORIGIN", "DENY"},
        "sniffing": headers.get("X-Content-Type-Options") == "nosniff",
        "referrer": headers.get("Referrer-Policy") in {"same-origin", "no-referrer"},
        "windows": headers.get("Cross-Origin-Opener-Policy") == "same-origin",
    }
    return [name for name, good in found.items() if not good]


def addresses(table: dict[str, doors.Build], things: Things) -> list[str]:
    return [address for build in table.values() for address in build(things)]


@pytest.mark.parametrize("who", ["alice", "charlie", "sara", ""])
def test_every_page_has_a_policy_without_unsafe_words(who, union, things, sign_in):
    """Pages, files, redirects and refusals alike."""
    client = sign_in(getattr(union, who)) if who else Client()
    for address in [*addresses({**OURS, **doors.OF_STAFF}, things), *OPEN]:
        ways = (client.get, client.post) if who in {"charlie", ""} else (client.get,)
        for reply in (way(address) for way in ways):
            assert wrong(reply) == [], (who, address, reply.status_code)


def test_pages_behind_a_mailed_link_have_one_too_and_say_nothing_of_where_one_came_from(things, client):
    for address, purpose in doors.BY_TOKEN.values():
        reply = client.get(address.format(token=seal(purpose, things.recipient.public_id.bytes)))
        assert wrong(reply) == [], address
        assert reply.headers["Referrer-Policy"] == "no-referrer" or reply.status_code != 200, address


def test_the_staff_admin_loads_nothing_from_elsewhere(union, sign_in):
    """Wagtail's screens have scripts and styles in the page: the one place where the policy allows it."""
    union.sara.user_permissions.add(Permission.objects.get(codename="access_admin"))
    reply = sign_in(union.sara).get("/admin/")
    assert reply.status_code == 200
    said = policy(reply)
    assert set(said) >= {"default-src", "script-src", "frame-ancestors", "form-action", "base-uri", "object-src"}
    words = {word for name in said for word in said[name]}
    assert words <= BY_ITSELF | {"'unsafe-inline'", "'unsafe-eval'", "blob:"}
    assert reply.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(union, sign_in):
    client = sign_in(union.alice)
    session = client.session
    session["seen"] = time.time() - 600  # so that the answer gives the cookie anew, as it gives it to a browser
    session.save()
    client.get("/accounts/logout/")
    client.post("/language/", {"language": "nb"})
    assert set(client.cookies) == {"sessionid", "csrftoken", "django_language"}
    for name, cookie in client.cookies.items():
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", ""), (
            name
        )


# --- a real installation --------------------------------------------------------------------------------------------
def advised() -> dict[str, str]:
    """The settings that docs/running.md names for one."""
    text = Path(settings.BASE_DIR, "docs/running.md").read_text()
    block = re.search(r"^```\n(BASE_URL=.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert block
    return dict(line.split("=", 1) for line in block[1].splitlines())


def in_production(folder: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(folder), **advised(), **more}
    return subprocess.run(
        [sys.executable, *command], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )


def test_check_deploy_has_nothing_to_say(tmp_path):
    run = in_production(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "DEBUG")
    assert run.returncode == 0, run.stderr
    assert "no issues (1 silenced)" in run.stdout  # X_FRAME_OPTIONS: our own pages frame previews


@pytest.mark.parametrize(
    ("name", "value"), [("SECRET_KEY", "short"), ("DEBUG", "true"), ("BASE_URL", "http://x.example.org")]
)
def test_it_would_have_something_to_say(name, value, tmp_path):
    """Otherwise the test above would prove nothing."""
    run = in_production(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **{name: value})
    assert run.returncode == 1


LOOK = """
import json
import time
import django
from django.conf import settings

settings.STORAGES = {**settings.STORAGES, "staticfiles": {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
django.setup()
from django.test import Client

client = Client(SERVER_NAME="portal.example.org")
plain = client.get("/accounts/login/")
through = {"HTTP_X_FORWARDED_PROTO": "https"}
page = client.get("/accounts/login/", **through)
from comms.people.models import User

client.force_login(User.objects.create_user("alice@example.org"))
session = client.session
session["seen"] = time.time() - 600  # so that the answer gives the cookie anew
session.save()
client.get("/account/", **through)
client.post("/language/", {"language": "nb"}, **through)
print(json.dumps({
    "plain": [plain.status_code, plain.headers.get("Location")],
    "page": [page.status_code, dict(page.headers)],
    "cookies": {name: {key: str(value) for key, value in cookie.items()} for name, cookie in client.cookies.items()},
}))
"""


def test_a_real_installation_keeps_to_tls_and_its_cookies_to_its_host(tmp_path):
    copy_tables(tmp_path)
    more = {"DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}", "DJANGO_SETTINGS_MODULE": "comms.settings"}
    if not (tmp_path / "db.sqlite3").exists():
        assert in_production(tmp_path, "manage.py", "migrate", "--verbosity", "0", **more).returncode == 0
    run = in_production(tmp_path, "-c", LOOK, **more)
    assert run.returncode == 0, run.stderr[-3000:]
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["plain"] == [301, "https://portal.example.org/accounts/login/"]
    status, headers = found["page"]
    assert status == 200
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert set(found["cookies"]) == {"__Host-csrftoken", "__Host-sessionid", "__Host-django_language"}
    for name, cookie in found["cookies"].items():
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == ("True", "True", "Lax"), name
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name
