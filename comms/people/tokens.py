"""Links that name a person without saying who: ids sealed with HMAC-SHA256, one purpose each.

A token is `base64url(key id · payload · 16 bytes of MAC)`; flipping any byte or using it for another
purpose gives `BadToken` (threat S7). `seal_caseless` spells the same bytes where case gets lost.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from django.conf import settings

MAC_BYTES = 16
KEY_ID = b"\x01"


class BadToken(ValueError):
    """Not one of ours, or made for something else."""


@lru_cache(maxsize=32)
def _keyed(purpose: str, secret: str) -> hmac.HMAC:
    """To be copied: setting a key up anew costs more than the rest of the seal."""
    key = hashlib.sha256(b"token:" + purpose.encode() + b":" + secret.encode()).digest()
    return hmac.new(key, digestmod="sha256")


def _mac(purpose: str, body: bytes) -> bytes:
    seal = _keyed(purpose, settings.SECRET_KEY).copy()
    seal.update(body)
    return seal.digest()[:MAC_BYTES]


def seal(purpose: str, payload: bytes) -> str:
    """A URL-safe token carrying `payload` (ids only, never personal data) for one purpose."""
    return base64.urlsafe_b64encode(_sealed(purpose, payload)).rstrip(b"=").decode()


def unseal(purpose: str, token: str) -> bytes:
    """The payload of a token. Raises `BadToken`."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise BadToken from error
    return _opened(purpose, raw, same=base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == token)


def seal_caseless(purpose: str, payload: bytes) -> str:
    """A token of lower-case letters and digits: servers may change the case of a local part."""
    return base64.b32encode(_sealed(purpose, payload)).rstrip(b"=").decode().lower()


def unseal_caseless(purpose: str, token: str) -> bytes:
    """The payload of a token in any case. Raises `BadToken`."""
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except ValueError as error:
        raise BadToken from error
    return _opened(purpose, raw, same=base64.b32encode(raw).rstrip(b"=").decode().lower() == token.lower())


def _sealed(purpose: str, payload: bytes) -> bytes:
    body = KEY_ID + payload
    return body + _mac(purpose, body)


def _opened(purpose: str, raw: bytes, *, same: bool) -> bytes:
    """`same`: whether the bytes are spelt in the one way we spell them."""
    body, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    if not same or body[:1] != KEY_ID or not hmac.compare_digest(mac, _mac(purpose, body)):
        raise BadToken
    return body[1:]
