"""A tiny real mail to a mailbox of ours: does the mail server take what we give it, and how fast."""

from __future__ import annotations

import datetime
import time
import uuid
from email.message import EmailMessage
from email.policy import SMTP

from django.conf import settings

from mailings.messages import mail_date, wire_address
from mailings.models import Halt
from mailings.operations import pulses
from mailings.transports import make_transport
from mailings.transports.base import Halted, Lost, Mail, OneMail, Outcome


def send(*, now: datetime.datetime) -> bool | None:
    """Whether the server took it; None when there is no canary or everything is stopped."""
    if not settings.CANARY_ADDRESS or Halt.objects.open().exists():
        return None
    transport, answer, began = make_transport(), OneMail(), time.monotonic()
    try:
        transport.deliver([_mail(now)], answer)
    except (Lost, Halted) as error:
        answer.outcome = Outcome("lost", reason="no_connection", reply=str(error))
    finally:
        transport.close()
    took = answer.outcome.kind == "accepted"
    seconds = round(time.monotonic() - began, 3)
    pulses.record("canary", {"seconds": seconds, "reply": answer.outcome.reply[:300]}, now=now, good=took)
    if not took:
        pulses.alarm("the mail server did not take the canary: %s", answer.outcome.reply or answer.outcome.reason)
    return took


def _mail(now: datetime.datetime) -> Mail:
    name = uuid.uuid4().hex
    to, utf8 = wire_address(settings.CANARY_ADDRESS)
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.MAILING_FROM_ADDRESS
    message["To"] = to
    message["Subject"] = "Canary"
    message["Date"] = mail_date(now)
    message["Message-ID"] = f"<canary.{name}@{settings.MAIL_DOMAIN}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("This mail shows that the post office works. Nobody needs to read it.\n")
    sender = f"bounces+canary.{name}@{settings.BOUNCE_DOMAIN}"
    return Mail(0, "canary", name, sender, to, utf8, message.as_bytes())
