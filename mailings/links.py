"""The links in messages that are answered here. Absolute, and sealed so that nobody can guess another's."""

from __future__ import annotations

import struct
import uuid
from typing import TYPE_CHECKING

from django.conf import settings

from comms.people.tokens import BadToken, seal, unseal

if TYPE_CHECKING:
    from mailings.models import Mailing

WEB, PAGE, DOCUMENTS = "web", "page", "documents"
MAILING = struct.Struct(">I")  # a short token: the address is printed on posters and paid for in text messages


def web_url(recipient: uuid.UUID) -> str:
    """Where one recipient reads the message in a browser (`mailings:web`). Takes the recipient's public id."""
    return f"{settings.BASE_URL}/m/{seal(WEB, recipient.bytes)}/"


def recipient_of(token: str) -> uuid.UUID:
    """The public id behind a web link's token. Raises `comms.people.tokens.BadToken`."""
    return uuid.UUID(bytes=unseal(WEB, token))


def documents_url(recipient: uuid.UUID) -> str:
    """What one recipient's links to the documents begin with (`mailings:enclosed`); a number follows."""
    return f"{settings.BASE_URL}/d/{seal(DOCUMENTS, recipient.bytes)}/"


def reader_of(token: str) -> uuid.UUID:
    """The public id behind a document link's token. Raises `comms.people.tokens.BadToken`."""
    try:
        return uuid.UUID(bytes=unseal(DOCUMENTS, token))
    except ValueError as error:
        raise BadToken from error


def own_documents_url(mailing: Mailing) -> str:
    """The same for those who write it: inside the portal (`mailings:document`)."""
    return f"{settings.BASE_URL}/invitations/{mailing.public_id}/documents/"


def page_url(mailing: Mailing) -> str:
    """Where whoever has the address reads a confirmed message (`mailings:page`): on posters, in text messages."""
    return f"{settings.BASE_URL}/p/{seal(PAGE, MAILING.pack(mailing.pk))}/"


def mailing_of(token: str) -> int:
    """The primary key behind a page's token. Raises `comms.people.tokens.BadToken`."""
    try:
        (pk,) = MAILING.unpack(unseal(PAGE, token))
    except struct.error as error:
        raise BadToken from error
    return int(pk)
