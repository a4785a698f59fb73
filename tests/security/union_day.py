"""A day of a union in which everybody has a name nobody else has: membership file, list, invitation, bounce, complaint,
unsubscription, letters, export, failures, erasure; through a real web server, real workers and a real broker, all at
their most talkative. Then everything that is no place for names is searched (threat S22).

python -m tests.security.union_day
"""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import requests

from tests.faults.canaries import plain
from tests.faults.ground import House, open_house
from tests.faults.own import free_port, wait_for
from tests.mailings.facts import providers
from tests.people.files import HEADER, write_csv

SUBJECT = "Fjäderfäkongressen"
FIRST, LAST, STREET = "Kanariea", "Sångfågelsdotter", "Storburen 1"
NUMBERS = [f"K-471{n}" for n in range(4)]
ADDRESSES = [f"gula.fjadern{n}@voljar.example.com" for n in range(3)]
OF_A_MEMBER = (FIRST, LAST, "gula.fjadern", "voljar", "701740605", "Storburen")
OF_THE_REGISTER = "K-471"  # the number stays after an erasure, so that no file brings the member back
KEY = "only-for-the-figures"


def main() -> int:
    port = free_port()
    with open_house(
        "postgres", DJANGO_SETTINGS_MODULE="tests.security.careless", LOG_LEVEL="DEBUG", LOG_FORMAT="json",
        BASE_URL=f"http://127.0.0.1:{port}", MAILING_HOLD_SECONDS="1", ALARM_TO="drift@example.org", METRICS_TOKEN=KEY,
        WEBHOOK_PROVIDERS="postmark", ANYMAIL_WEBHOOK_SECRET=providers.SECRET,
    ) as house:  # fmt: skip
        house.says(
            lambda phase, to: f"550 5.1.1 <{to}> {FIRST} unknown" if (phase, to) == ("rcpt", ADDRESSES[0]) else None
        )
        print(json.dumps(Day(house, port).walk()), flush=True)
    return 0


class Ear:
    """Everything the broker is told, from the first word to the last: MONITOR on a connection of its own."""

    def __init__(self, port: int) -> None:
        self.heard: list[bytes] = []
        self.line = socket.create_connection(("127.0.0.1", port))
        self.line.sendall(b"MONITOR\r\n")
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        while part := self.line.recv(65536):
            self.heard.append(part)

    @property
    def text(self) -> str:
        """With what stands in the messages' bodies."""
        raw = b"".join(self.heard).decode("utf-8", "replace")
        return "\n".join([raw, *bodies(raw)])


def bodies(raw: str) -> list[str]:
    """The arguments of tasks, which lie in base64."""
    found = re.findall(r'body\\*": \\*"([A-Za-z0-9+/=]+)', raw)
    return [base64.b64decode(one).decode("utf-8", "replace") for one in found]


class Browser(requests.Session):
    """Somebody's, signed in or not."""

    def __init__(self, port: int, user: Any = None) -> None:
        super().__init__()
        self.trust_env = False  # no proxy of this machine
        self.at = f"http://127.0.0.1:{port}"
        if user:
            self.cookies["sessionid"] = signed_in(user)

    def look(self, path: str) -> requests.Response:
        return self.get(path if path.startswith("http") else self.at + path, timeout=120)

    def press(self, page: str, path: str, **form: str) -> requests.Response:
        """Send a form that stands on `page`."""
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', self.look(page).text)
        data = {"csrfmiddlewaretoken": token[1] if token else "", **form}
        return self.post(path if path.startswith("http") else self.at + path, data, timeout=120)


def signed_in(user: Any) -> str:
    from django.test import Client

    from comms.accounts import sessions

    client = Client()
    client.force_login(user)
    session = client.session
    sessions.note_second_step(session)
    session.save()
    return client.cookies["sessionid"].value


class Day:
    """`said` is what came out where no name belongs, by the place it was found at; `done` what happened."""

    def __init__(self, house: House, port: int) -> None:
        self.house, self.port = house, port
        self.ear = Ear(house.redis.port)
        self.said: dict[str, str] = {}
        self.done: dict[str, object] = {}

    def walk(self) -> dict[str, object]:
        self.open()
        self.membership_file()
        self.invitation()
        self.what_comes_back()
        self.failures()
        self.letters()
        self.export()
        self.erasure()
        self.gather()
        wanted = [*OF_A_MEMBER, OF_THE_REGISTER, SUBJECT]
        traces = {place: [one for one in wanted if one.lower() in plain(text)] for place, text in self.said.items()}
        return {
            "traces": {place: found for place, found in traces.items() if found},
            "places": {place: len(text) for place, text in self.said.items()},
            "done": self.done,
        }

    # --- the day --------------------------------------------------------------------------------------------------
    def open(self) -> None:
        """A branch with Alice, and workers and a web server that say all they can."""
        from tests.factories import make_mandate, make_unit, make_user

        self.house.kill_all()
        self.house.workers = [self.house.start("worker --pool solo --loglevel DEBUG") for _n in range(2)]
        self.web = self.house.start_python(
            "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--no-ws",
            "--log-level", "debug", "--access-log", "comms.wsgi:application",
        )  # fmt: skip
        self.house.workers.append(self.web)  # ends with them
        root = make_unit("Förbundet", kind="union", code="F1")
        self.branch = make_unit("Avdelning A", under=root)
        self.mandate = make_mandate(make_user("Alice", language="sv"), self.branch)
        wait_for(self.port)
        self.alice = Browser(self.port, self.mandate.user)

    def command(self, *words: str, given: bytes = b"") -> str:
        """What a command tells whoever runs it; what it logs belongs to the log."""
        run = subprocess.run([sys.executable, "manage.py", *words], input=given, capture_output=True, check=False)
        assert run.returncode == 0, run.stderr.decode()[-2000:]
        self.said["log of commands"] = self.said.get("log of commands", "") + run.stderr.decode()
        return run.stdout.decode()

    def membership_file(self) -> None:
        rows = [[NUMBERS[n], f"{FIRST} {LAST}", ADDRESSES[n], "070-174 06 05", self.branch.name] for n in range(3)]
        path = write_csv(self.house.folder / "medlemmar.csv", [HEADER, *rows])
        shown = self.command("import_members", str(path), "--covers", "F1", "--apply")
        self.done["imported"] = shown.count(LAST) > 0
        from tests.factories import make_member

        make_member(
            FIRST, LAST, placed=[self.branch], number=NUMBERS[3], email="", street=STREET, postcode="981 31",
            city="Kiruna", country="SE",
        )  # fmt: skip
        found = self.alice.press("/members/", "/members/search/", q=LAST)
        self.said["address of a search"] = found.url + "".join(one.url for one in found.history)

    def invitation(self) -> None:
        """By Alice's browser, from the check to the report."""
        from mailings.models import Mailing
        from tests.mailings.design import make_draft

        draft = make_draft(self.mandate, subject=SUBJECT)
        self.mailing, here = draft, f"/invitations/{draft.public_id}/"
        self.alice.press(f"{here}check/", f"{here}confirm/", version=str(draft.version), count="3")
        self.house.until(lambda: Mailing.unscoped.get(pk=draft.pk).state == "done")
        mails = [mail for mail in self.house.sink.mails if mail.to in ADDRESSES]
        self.done["sent"] = len(mails)
        self.done["named in the mail"] = all(FIRST in mail.message.get_body(("plain",)).get_content() for mail in mails)
        for path in ("", "recipients/everybody/", "call/", "preview/as/"):
            self.alice.look(here + path)

    def what_comes_back(self) -> None:
        """A bounce by mail, a complaint by webhook, a press on the link in the mail."""
        from mailings.facts import return_path
        from mailings.models import Recipient
        from tests.mailings.facts.reports import report

        rows = {row.address: row for row in Recipient.unscoped.for_mailing(self.mailing)}
        nobody = Browser(self.port)
        late = report(
            path=return_path.address(rows[ADDRESSES[1]].public_id), to=ADDRESSES[1], reply=f"550 {FIRST} {LAST}"
        )
        self.command("read_bounces", "--file", "-", given=late)
        post = providers.postmark(rows[ADDRESSES[2]].public_id, "complained", reply=FIRST, to=ADDRESSES[2])
        headers = {**post.headers, "Content-Type": post.content_type}
        answer = nobody.post(nobody.at + post.path, post.body, headers=headers, timeout=120)
        mail = next(mail for mail in self.house.sink.mails if mail.to == ADDRESSES[2])
        link = re.findall(r"<(http[^>]+)>", mail.message["List-Unsubscribe"])[0]
        page = nobody.look(link)
        pressed = nobody.post(link, {"List-Unsubscribe": "One-Click"}, timeout=120)
        wish = nobody.press(link, f"{link}wish/copy/")
        self.done["webhook, page, press, wish"] = [one.status_code for one in (answer, page, pressed, wish)]
        self.house.until(lambda: Recipient.unscoped.get(address=ADDRESSES[2]).state == "complained")
        states = Recipient.unscoped.for_mailing(self.mailing).values_list("state", flat=True)
        self.done["states"] = sorted(states)

    def failures(self) -> None:
        """A page and a task that fail with a name in their words."""
        from comms.people.models import Member
        from tests.security.careless_tasks import careless

        member = Member.unscoped.get(number=NUMBERS[0])
        careless.delay(member.pk)
        form = {"member": str(member.pk), "name": FIRST, "address": ADDRESSES[0]}
        failed = self.alice.post(self.alice.at + "/careless/", form, timeout=120)
        self.done["error page"] = failed.status_code
        self.said["error page"] = failed.text
        alarms = lambda: [mail for mail in self.house.sink.mails if mail.to == "drift@example.org"]  # noqa: E731
        self.house.until(lambda: len(alarms()) >= 2, patience=60)
        self.done["alarms"] = len(alarms()) >= 2
        self.said["alarms by mail"] = "\n".join(
            f"{mail.message['Subject']}\n{mail.message.get_content()}" for mail in alarms()
        )

    def letters(self) -> None:
        from mailings.models import LetterRun

        here = f"/invitations/{self.mailing.public_id}/letters/"
        self.alice.press(here, f"{here}order/")
        self.house.until(lambda: LetterRun.objects.filter(state="ready").exists())
        run = LetterRun.objects.get()
        found = self.alice.look(f"{here}{run.public_id}/")
        self.done["letters"] = found.headers["Content-Type"]

    def export(self) -> None:
        shown = self.command("export_member", NUMBERS[1], str(self.house.folder / "exports"))
        self.said["names of exported files"] = shown
        found = [Path(line).read_text() for line in shown.splitlines()]
        self.done["exported"] = all(ADDRESSES[1] in text and LAST in text for text in found)

    def erasure(self) -> None:
        for number in NUMBERS:
            self.command("erase_member", number, "--yes")
        left = database()
        self.done["left in the database"] = [one for one in OF_A_MEMBER if one.lower() in plain(left)]
        self.done["the archive keeps the invitation"] = SUBJECT in left

    # --- what was said --------------------------------------------------------------------------------------------
    def gather(self) -> None:
        time.sleep(2)  # the other tasks
        folder = self.house.folder
        figures = Browser(self.port)
        figures.headers["Authorization"] = f"Bearer {KEY}"
        self.said |= {
            "log of web, workers and bell": self.house.log(),
            "broker, as it was told": self.ear.text,
            "broker, as it is": in_redis(os.environ["REDIS_URL"]),
            "figures": figures.look("/metrics").text + figures.look("/readyz").text,
            "ledger": "".join(path.read_text() for path in (folder / "ledger").rglob("*") if path.is_file()),
            "journal": "".join(
                path.read_bytes().decode("latin-1") for path in (folder / "journal").rglob("*") if path.is_file()
            ),
            "access log": access_log(),
            "addresses in mails": "\n".join(urls(self.house.sink.mails)),
        }
        heard = self.said["broker, as it was told"]
        self.done["tasks heard of"] = sorted(
            set(re.findall(r"(?:mailings|tests\.security)\.[a-z_.]*tasks\.\w+", heard))
        )
        self.done["lines logged"] = self.said["log of web, workers and bell"].count('"logger"')


def in_redis(url: str) -> str:
    """Every key with what it holds."""
    import redis

    server = redis.Redis.from_url(url)
    found: list[str] = []
    for key in server.scan_iter():
        read = {
            b"string": server.get, b"set": server.smembers, b"hash": server.hgetall,
            b"list": lambda name: server.lrange(name, 0, -1), b"zset": lambda name: server.zrange(name, 0, -1),
        }[server.type(key)]  # fmt: skip
        text = f"{key!r} {read(key)!r}"
        found += [text, *bodies(text)]
    return "\n".join(found)


def in_folder(folder: Path) -> str:
    return "".join(path.read_text("utf-8", "replace") for path in folder.rglob("*") if path.is_file())


def database() -> str:
    """Every text in the database."""
    from django.db import connection

    found: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [repr(row) for row in cursor.fetchall()]
    return "\n".join(found)


def access_log() -> str:
    from comms.privacy.models import AccessLog

    return repr(list(AccessLog.objects.values_list()))


def urls(mails: list[Any]) -> list[str]:
    """Every link in them, and what else a server on the way sees of one: its sender and its headers that are ids."""
    found: list[str] = []
    for mail in mails:
        found += [mail.sender, *(str(mail.message[name]) for name in ("Message-ID", "List-Unsubscribe", "List-Id"))]
        for part in mail.message.walk():
            if part.get_content_maintype() == "text":
                found += re.findall(r"https?://[^\s\"'<>]+", part.get_content())
    return found


if __name__ == "__main__":
    sys.exit(main())
