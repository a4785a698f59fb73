"""The usual ways to send from Django, each with the same content; runs in an environment of its own.

    python django_peers.py NAME CONTENT.json PORT N     prints {"per_s": …}

django_one_connection · send_mass_mail (text only: it cannot do more) · django_post_office · django_mailer
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from email.mime.base import MIMEBase
from email.mime.nonmultipart import MIMENonMultipart
from pathlib import Path

import django
from django.conf import settings

name, content_path, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
CONTENT = json.loads(Path(content_path).read_text())
FOLDER = tempfile.TemporaryDirectory()
NAMES = [("Åsa", "Öberg"), ("Björn", "Ås"), ("Máret", "Đorvi"), ("Anders", "Lie")]

APPS = {"django_post_office": ["post_office"], "django_mailer": ["mailer"]}
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", *APPS.get(name, [])],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{FOLDER.name}/peer.sqlite3"}},
    EMAIL_BACKEND={"django_post_office": "post_office.EmailBackend", "django_mailer": "mailer.backend.DbBackend"}.get(
        name, "django.core.mail.backends.smtp.EmailBackend"
    ),
    MAILER_EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
    MAILER_EMAIL_MAX_BATCH=None,
    POST_OFFICE={"BATCH_SIZE": 1_000_000, "THREADS_PER_PROCESS": 4, "LOG_LEVEL": 0},
    EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True,
    MEDIA_ROOT=FOLDER.name,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)  # fmt: skip
django.setup()

from django.core.mail import EmailMultiAlternatives, get_connection, send_mass_mail  # noqa: E402
from django.core.management import call_command  # noqa: E402


def filled(text: str, k: int) -> str:
    first, last = NAMES[k % 4]
    for hole, value in CONTENT["holes"].items():
        text = text.replace(
            value,
            {"first_name": first, "last_name": last, "full_name": f"{first} {last}"}.get(
                hole, f"https://union.example.org/{hole}/{k:032d}/"
            ),
        )
    return text


def calendar() -> MIMEBase:
    part = MIMENonMultipart("text", "calendar", charset="utf-8")
    part.set_payload(CONTENT["ics"], "utf-8")
    part.add_header("Content-Disposition", "attachment", filename="invitation.ics")
    return part


def mail(k: int, connection: object = None) -> EmailMultiAlternatives:
    made = EmailMultiAlternatives(
        filled(CONTENT["subject"], k), filled(CONTENT["text"], k), "utskick@union.example.org", [f"m{k}@example.com"],
        headers={
            "List-Unsubscribe": f"<https://union.example.org/u/{k:032d}/>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        connection=connection,
    )  # fmt: skip
    made.attach_alternative(filled(CONTENT["html"], k), "text/html")
    return made


def django_one_connection() -> None:
    with get_connection() as connection:
        for k in range(count):
            one = mail(k, connection)
            one.attach(calendar())
            one.send()


def send_mass() -> None:
    send_mass_mail(
        (filled(CONTENT["subject"], k), filled(CONTENT["text"], k), "utskick@union.example.org", [f"m{k}@example.com"])
        for k in range(count)
    )


def queue_everything() -> None:
    """Both keep their mails in tables first."""
    call_command("migrate", verbosity=0)
    global began
    began = time.perf_counter()
    for k in range(count):
        one = mail(k)
        one.attach("invitation.ics", CONTENT["ics"], "text/calendar")
        one.send()


def django_post_office() -> None:
    from post_office import mail as office

    queue_everything()
    office.send_queued(processes=1)


def django_mailer() -> None:
    queue_everything()
    call_command("send_mail")


began = time.perf_counter()
{"send_mass_mail": send_mass}.get(name, globals().get(name))()
print(json.dumps({"per_s": count / (time.perf_counter() - began)}))
