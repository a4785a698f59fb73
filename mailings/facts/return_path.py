"""The envelope sender of every mail: a sealed name for its recipient, to which what comes back is addressed.

A report counts only when it came to an address that we made ourselves (threat S13).
"""

from __future__ import annotations

import re
import uuid

from django.conf import settings

from comms.people.tokens import BadToken, seal_caseless, unseal_caseless

PURPOSE = "bounce"
TOKEN = re.compile(r"bounces\+([a-z2-7]{53})@", re.IGNORECASE)  # 61 of the 64 octets of RFC 5321 §4.5.3.1.1


def address(recipient: uuid.UUID) -> str:
    """Where reports about one mail go. Takes the recipient's public id."""
    return f"bounces+{seal_caseless(PURPOSE, recipient.bytes)}@{settings.BOUNCE_DOMAIN}"


def recipient_in(text: str) -> uuid.UUID | None:
    """The public id behind the first return path of ours in `text` (an address or a header); None without one."""
    for found in TOKEN.finditer(text):
        try:
            return uuid.UUID(bytes=unseal_caseless(PURPOSE, found[1]))
        except (BadToken, ValueError):
            continue
    return None
