"""Single mails to the staff who keep the library, in their language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

from comms.people.models import User


def can_be_told(person: User | None) -> TypeGuard[User]:
    return person is not None and person.is_active


def send(
    person: User, *, subject: Callable[[], str], template: str, context: dict[str, Any], reply_to: str = ""
) -> None:
    """One plain mail. Raises OSError when the mail server does not take it."""
    with translation.override(person.language):
        text = render_to_string(template, {**context, "person": person, "base": settings.BASE_URL}).strip() + "\n"
        mail = EmailMessage(subject(), text, to=[person.email], reply_to=[reply_to] if reply_to else None)
    mail.send()
