"""How quickly the portal answers while a mailing is on its way, and how much a page weighs.

    python -m tests.benchmarks.portal --json

Needs PostgreSQL, Redis and Debian's postfix package (smtp-sink). Everything `manage.py serve` starts is running, and a
mailing to about 20,000 is being sent at 200 mails a second, again and again. The union has 200,000 members in 20,000
units. A representative of its largest branch opens each page in turn over one connection, then staff who reach
everybody do the same. Milliseconds from the request to the last byte; pages compressed as a browser asks for them.

- `pages`: p50 and p95 of each page, for `branch` and for `union`; `fresh` is a list whose numbers nobody has asked for
- `numbers`: those numbers, listed apart: of a large mandate they follow the page
- `pdf`: the preview that draws paper, listed apart: the first time, and from then on
- `first_load`: bytes of a page with nothing in the browser's cache; `own` is our CSS and JavaScript with vendored files
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bs4 import BeautifulSoup

from tests.benchmarks import office
from tests.benchmarks.scope import fill, p95

GOALS = {"p95_ms": 200, "own_bytes": 100_000}
MAILS_A_MINUTE = 12_000
WEB = {"Accept-Encoding": "gzip", "Accept-Language": "sv"}
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+\.(css|js|svg|png))"')


class Browser:
    """One person at one connection."""

    def __init__(self, port: int, user: Any) -> None:
        from django.conf import settings
        from django.test import Client

        client = Client()
        client.force_login(user)
        self.cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
        self.connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(
        self, path: str, *, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        method = "GET" if body is None else "POST"
        self.connection.request(method, path, body, {**WEB, "Cookie": cookie, **headers})
        answer = self.connection.getresponse()
        content = answer.read()
        for set_cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _is, rest = set_cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer.status, answer.headers, content

    def page(self, path: str) -> tuple[str, int]:
        """The HTML, and how many bytes it had on the wire."""
        status, headers, content = self.ask(path)
        assert status == 200, (path, status, headers.get("Location"))
        zipped = headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(content) if zipped else content).decode(), len(content)

    def milliseconds(self, path: str, **how: Any) -> float:
        began = time.perf_counter()
        status, headers, _content = self.ask(path, **how)
        took = (time.perf_counter() - began) * 1000
        assert status == 200, (path, status, headers.get("Location"))
        return took


FOLLOWING = "numbers"


# --- the union ------------------------------------------------------------------------------------------------------
def person(name: str, unit: Any, role: str) -> Any:
    """A mandate of somebody new."""
    from tests.factories import make_mandate, make_user

    return make_mandate(
        make_user(name, last_name="Ek", email=f"{name.lower()}@example.org", language="sv"), unit, role=role
    )


def union(members: int) -> dict[str, Any]:
    """The mandates: of the largest branch, of the whole union, and of the region whose mailing is being sent."""
    from django.utils import timezone

    from comms.people import sizes
    from comms.people.models import RosterImport, Unit
    from templates_lib import samples

    fill(members)
    root = Unit.objects.get(code="union0")
    samples.brand(root)
    RosterImport.objects.create(covers=root, as_of=timezone.now(), sha256="0" * 64)
    sizes.recount(on=timezone.localdate())  # as after an import
    return {
        "branch": person("Ingrid", Unit.objects.get(code="branch0"), "representative"),
        "union": person("Sara", root, "staff"),
        "region": person("Rune", Unit.objects.get(code="region0"), "representative"),
    }


# --- the mailing beside it ------------------------------------------------------------------------------------------
class Sending(threading.Thread):
    """Confirms a mailing of the mandate, and the next one when it is done, until `end` is set."""

    def __init__(self, mandate: Any) -> None:
        super().__init__(daemon=True)
        self.mandate, self.end, self.begun, self.size = mandate, threading.Event(), 0, 0

    def run(self) -> None:
        from django.db import connection

        try:
            while not self.end.is_set():
                self.send_one()
        finally:
            connection.close()

    def send_one(self) -> None:
        from django.utils import timezone

        from comms.people.scope import Scope
        from mailings import composing, lifecycle
        from mailings.models import Mailing
        from tests.benchmarks.invitation import make_draft

        draft, now = make_draft(self.mandate), timezone.now()
        composing.draw_ahead(draft, now=now)
        scope = Scope.of_mandate(self.mandate, on=timezone.localdate(now))
        lifecycle.confirm(mailing=draft, by=self.mandate.user, scope=scope, now=now)
        self.begun, self.size = self.begun + 1, draft.locked_count
        done = Mailing.unscoped.filter(pk=draft.pk, state="done")
        while not done.exists() and not self.end.wait(0.5):
            pass

    def sent(self) -> int:
        from mailings.models import Recipient

        return int(Recipient.unscoped.filter(mailing__mandate=self.mandate, state="sent").count())


@contextmanager
def running(port: int) -> Iterator[None]:
    """What `manage.py serve` runs."""
    from comms.portal.management.commands.serve import processes

    commands = processes(host="127.0.0.1", port=port, workers=2).values()
    started = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]
    try:
        office.wait_for(lambda: office.listening(port), seconds=60, what="the web server")
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(40)


# --- the measurement ------------------------------------------------------------------------------------------------
def fields_of(page: str) -> dict[str, str]:
    """What the writing page would send."""
    form = BeautifulSoup(page, "html.parser").select_one("form[action$='/save/']")
    assert form is not None
    found = {}
    for one in form.select("input[name], textarea[name], select[name]"):
        if one.get("type") in ("checkbox", "radio") and not one.has_attr("checked"):
            continue
        if one.name == "textarea":
            found[str(one["name"])] = one.text
        elif one.get("type") != "file":
            chosen = one.select_one("option[selected]") if one.name == "select" else one
            found[str(one["name"])] = str(chosen.get("value", "")) if chosen else ""
    return found


def acts(browser: Browser, draft: Any) -> dict[str, Callable[[], float]]:
    """Name -> one round of it, in milliseconds."""
    from mailings.models import Mailing

    here = f"/invitations/{draft.public_id}"
    fields = fields_of(browser.page(f"{here}/text/")[0])

    def autosave() -> float:
        version = Mailing.unscoped.values_list("version", flat=True).get(pk=draft.pk)
        words = {**fields, "version": str(version), "subject": f"Kallelse {secrets.token_hex(3)}"}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return browser.milliseconds(f"{here}/save/", body=urlencode(words).encode(), **headers)

    def fresh(**headers: str) -> float:
        """A choice of recipients nobody has made before; the page, or with the headers of htmx its numbers."""
        day = f"20{secrets.randbelow(20) + 10}-{secrets.randbelow(12) + 1:02}-{secrets.randbelow(28) + 1:02}"
        Mailing.unscoped.filter(pk=draft.pk).update(audience={"new_since": day})
        try:
            return browser.milliseconds(f"{here}/recipients/", **headers)
        finally:
            Mailing.unscoped.filter(pk=draft.pk).update(audience={})

    paths = {
        "home": "/", "templates": "/invitations/new/", "composer": f"{here}/text/", "preview": f"{here}/preview/",
        "preview_mail": f"{here}/frame/", "recipients": f"{here}/recipients/", "check": f"{here}/check/",
        "archive": "/invitations/", "members": "/members/",
    }  # fmt: skip
    opened = {name: lambda path=path: browser.milliseconds(path) for name, path in paths.items()}
    numbers = partial(fresh, **{"HX-Request": "true"})
    return {**opened, "autosave": autosave, "recipients_fresh": fresh, FOLLOWING: numbers}


def measure_one(port: int, mandate: Any, rounds: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figures of the pages, and of what is listed apart."""
    from tests.benchmarks.invitation import make_draft

    draft, browser = make_draft(mandate), Browser(port, mandate.user)
    named = acts(browser, draft)
    times: dict[str, list[float]] = {name: [] for name in named}
    for n in range(rounds + 1):
        for name, act in named.items():
            took = act()
            if n:  # in the first round the server's own caches are cold
                times[name].append(took)
    pages = {
        name: {"p50_ms": round(statistics.median(seen), 1), "p95_ms": p95([one / 1000 for one in seen])}
        for name, seen in times.items()
    }
    numbers = pages.pop(FOLLOWING)
    paper = f"/invitations/{draft.public_id}/preview/pdf/"
    first, *again = (round(browser.milliseconds(paper), 1) for _ in range(4))
    return pages, {"pdf": {"first_ms": first, "again_ms": statistics.median(again)}, FOLLOWING: numbers}


def first_load(browser: Browser, path: str) -> dict[str, int]:
    """Compressed bytes of a page and what it names."""
    page, size = browser.page(path)
    weights = {"html": size, "css": 0, "js": 0, "svg": 0, "png": 0}
    for address, kind in set(ASSET.findall(page)):
        weights[kind] += len(browser.ask(address)[2])
    return {**weights, "own": weights["css"] + weights["js"]}


def measure(port: int, members: int, rounds: int) -> dict[str, Any]:
    from tests.benchmarks.invitation import make_draft

    people = union(members)
    with running(port):
        beside = Sending(people["region"])
        beside.start()
        office.wait_for(lambda: beside.sent() > 0, seconds=120, what="the first mail")
        began, before = time.monotonic(), beside.sent()
        figures = {name: measure_one(port, people[name], rounds) for name in ("branch", "union")}
        rate = (beside.sent() - before) / (time.monotonic() - began)
        draft = make_draft(people["branch"])
        browser, here = Browser(port, people["branch"].user), f"/invitations/{draft.public_id}"
        weights = {
            name: first_load(browser, path)
            for name, path in {
                "home": "/", "templates": "/invitations/new/", "composer": f"{here}/text/",
                "preview": f"{here}/preview/", "recipients": f"{here}/recipients/", "check": f"{here}/check/",
                "members": "/members/",
            }.items()
        }  # fmt: skip
        beside.end.set()
        beside.join(60)
    pages = {name: figures[name][0] for name in figures}
    worst = {name: max(page["p95_ms"] for page in pages[name].values()) for name in pages}
    own = max(weight["own"] for weight in weights.values())
    return {
        "members": members,
        "mailing": {"recipients": beside.size, "begun": beside.begun, "per_s": round(rate, 1)},
        "pages": pages,
        **{what: {name: figures[name][1][what] for name in figures} for what in ("pdf", FOLLOWING)},
        "first_load": weights,
        "worst_p95_ms": worst,
        "own_bytes": own,
        "goals": GOALS,
        "met": {**{f"p95_{name}": ms <= GOALS["p95_ms"] for name, ms in worst.items()},
                "own_bytes": own <= GOALS["own_bytes"]},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--json", action="store_true", help="only JSON on stdout")
    options = parser.parse_args()
    port = office.free_port()
    settings = {
        "MAIL_LIMITS": f"*={MAILS_A_MINUTE}", "BASE_URL": f"http://127.0.0.1:{port}",
        "STAFF_MFA_REQUIRED": "false", "SWEEP_SECONDS": "5",
    }  # fmt: skip
    with (
        office.sink() as smtp,
        tempfile.TemporaryDirectory() as folder,
        office.ground(Path(folder), database="postgres", broker=7, port=smtp, **settings),
    ):
        from django.core.management import call_command

        call_command("collectstatic", interactive=False, verbosity=0)
        found = measure(port, options.members, options.rounds)
    if options.json:
        print(json.dumps(found))
        return
    for key, value in found.items():
        sys.stdout.write(f"{key:14} {value}\n")


if __name__ == "__main__":
    main()
