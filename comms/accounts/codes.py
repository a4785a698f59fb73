"""SMS with codes, and mails sent in their place: a row is written in the request, a worker sends it.

Neither number nor text is ever logged. A backend is a function that gets a number (E.164) and a text and raises
`NotSent`.
"""

from __future__ import annotations

import datetime
import logging
import secrets
import sys
from collections.abc import Callable
from email.message import EmailMessage

import phonenumbers
from django.conf import settings
from django.core import mail
from django.db import transaction
from django.utils import timezone

from comms.accounts.models import CodeMessage
from templates_lib import bell

log = logging.getLogger(__name__)

GOOD_FOR = datetime.timedelta(minutes=10)  # as long as the code in it
LOST_AFTER = datetime.timedelta(seconds=10)  # then its bell was not heard


class NotSent(Exception):
    """The provider did not take it; says nothing about whom it was for."""


def goes_to(phone: str) -> bool:
    """Whether we send to the country of this number: dear numbers abroad are how SMS are pumped (threat S17)."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) in settings.SMS_COUNTRIES


def send_later(to: str, text: str, *, now: datetime.datetime) -> None:
    """Hands a message to a worker. Nothing is sent where `to` is empty or a number abroad, in the same time."""
    refused = bool(to) and "@" not in to and not goes_to(to)
    waiting = CodeMessage.objects.create(to="" if refused else to, text=text, at=now)
    transaction.on_commit(lambda: bell.ring("comms.accounts.tasks.send_code", waiting.pk))


def send(pk: int, *, now: datetime.datetime) -> None:
    """Sends one message at most once: whoever removes its row sends it. A person asks again for one that got lost."""
    waiting = CodeMessage.objects.filter(pk=pk).first()
    if waiting is None or CodeMessage.objects.filter(pk=pk).delete()[0] != 1:
        return
    if not waiting.to or now - waiting.at >= GOOD_FOR:
        return
    send_now = to_mailbox if "@" in waiting.to else BACKENDS[settings.SMS_BACKEND]
    try:
        send_now(waiting.to, waiting.text)
    except (NotSent, OSError) as error:
        log.error("code %s was not sent: %s", pk, str(error) if isinstance(error, NotSent) else type(error).__name__)


def send_waiting(*, now: datetime.datetime) -> None:
    """Those whose bell was not heard; they are gone afterwards."""
    for pk in CodeMessage.objects.filter(at__lte=now - LOST_AFTER).order_by("at").values_list("pk", flat=True)[:100]:
        send(pk, now=now)


# --- ways ---------------------------------------------------------------------------------------------------------
def to_mailbox(address: str, text: str) -> None:
    """As mail; the first line is its subject."""
    subject, _line, body = text.partition("\n")
    headers = {"Auto-Submitted": "auto-generated"}  # RFC 3834: no out-of-office answers
    mail.EmailMessage(subject, body.strip(), to=[address], headers=headers).send()


def to_console(phone: str, text: str) -> None:
    """To the terminal of a developer; without DEBUG a system check refuses it."""
    if not settings.DEBUG:
        raise NotSent("the console shows codes only with DEBUG")
    sys.stdout.write(f"SMS to {phone}\n{text}\n")


def to_file(phone: str, text: str) -> None:
    """Beside the mails that are written instead of sent, where the outbox page shows it."""
    message = EmailMessage()
    message["To"], message["Subject"] = phone, f"SMS: {text.splitlines()[0]}"
    message["Date"] = timezone.now()
    message.set_content(text)
    folder = settings.MAIL_DIR / "sms"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{secrets.token_hex(8)}"
    draft.touch(mode=0o600)
    draft.write_bytes(bytes(message))
    draft.rename(folder / f"{timezone.now():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}.eml")


def to_provider(phone: str, text: str) -> None:
    """Through a provider that apprise knows; the number is added to SMS_URL."""
    import apprise  # here, because it is large and most processes send no SMS

    provider = apprise.Apprise.instantiate(f"{settings.SMS_URL.rstrip('/')}/{phone}", suppress_exceptions=True)
    if provider is None:
        raise NotSent("SMS_URL is not one that apprise understands")
    provider.request_rate_per_sec = 0  # it would wait 5.5 seconds before each message
    if not provider.send(body=text):
        raise NotSent("the provider did not take it")


BACKENDS: dict[str, Callable[[str, str], None]] = {"console": to_console, "file": to_file, "apprise": to_provider}
