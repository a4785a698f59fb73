"""E-mail addresses and phone numbers as people write them (demand V4)."""

from __future__ import annotations

import hashlib
import hmac


def address_key(address: str, *, key: str) -> str:
    """A keyed hash by which a refused address stays refused after erasure; "" for no address (hex, 64 chars)."""
    if not address:
        return ""
    return hmac.new(key.encode(), address.casefold().encode(), hashlib.sha256).hexdigest()
