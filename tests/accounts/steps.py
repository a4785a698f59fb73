"""What a person does by hand: reads a code, types it, sets up an app."""

from __future__ import annotations

import re
import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.test import Client

from comms.accounts import tasks
from comms.accounts.models import CodeMessage

CONFIRM = "/accounts/login/code/confirm/"


def ask(client: Client, login: str, **extra: Any) -> Any:
    return client.post("/accounts/login/", {"login": login, "way": "code", **extra}, follow=True)


def sms() -> list[tuple[str, str]]:
    """(number, text) of what waits to be sent to somebody."""
    return list(CodeMessage.objects.exclude(to="").order_by("pk").values_list("to", "text"))


def code_in(text: str) -> str:
    return re.search(r"\b\d{6}\b", text).group()


def sign_in_by_mail(client: Client, address: str, **extra: Any) -> Any:
    ask(client, address, **extra)
    return client.post(CONFIRM, {"code": code_in(mail.outbox[-1].subject)})


def work() -> None:
    """What a worker does with the codes that wait."""
    for pk in CodeMessage.objects.order_by("pk").values_list("pk", flat=True):
        tasks.send_code(pk)


def app_code(secret: str, *, steps_ahead: int = 0) -> str:
    """What an app with that secret shows; `steps_ahead` half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps_ahead))


def set_up_app(client: Client) -> tuple[str, Any]:
    """The app's secret, and the page that followed."""
    form = client.get("/account/second-step/app/").context["form"]
    data = {"sealed": form.fields["sealed"].initial, "code": app_code(form.secret)}
    return form.secret, client.post("/account/second-step/app/", data)
