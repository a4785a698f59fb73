"""The links in a mail that are answered here. Absolute, and sealed so that nobody can guess another's."""

from __future__ import annotations

import uuid

from django.conf import settings

from comms.people.tokens import seal, unseal

WEB = "web"


def web_url(recipient: uuid.UUID) -> str:
    """Where one recipient reads the message in a browser (`mailings:web`). Takes the recipient's public id."""
    return f"{settings.BASE_URL}/m/{seal(WEB, recipient.bytes)}/"


def recipient_of(token: str) -> uuid.UUID:
    """The public id behind a web link's token. Raises `comms.people.tokens.BadToken`."""
    return uuid.UUID(bytes=unseal(WEB, token))
