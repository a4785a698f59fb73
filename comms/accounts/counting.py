"""Under which names attempts to sign in are counted."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings


def sealed(key: str, prefix: str, version: int) -> str:
    """The key of a count in the table. django-allauth's name the caller's IP address, or a hash of a telephone number
    that can be guessed back; sealed with the installation's secret a copy of the table says whose they are to nobody.
    """
    named = f"count:{prefix}:{version}:{key}"
    return hmac.new(settings.SECRET_KEY.encode(), named.encode(), hashlib.sha256).hexdigest()
