"""So that nobody fills the tables: how often a person may tell something."""

from __future__ import annotations

from django.core.cache import cache

from comms.people.models import User

AN_HOUR = 3600  # seconds


def may(user: User, what: str, *, most: int) -> bool:
    """Counts, and answers whether it is at most `most` within the hour. The count's name is sealed
    (`comms.accounts.counting`) and holds a number only.
    """
    key = f"{what}:{user.pk}"
    if cache.add(key, 1, AN_HOUR):
        return True
    try:
        return cache.incr(key) <= most
    except ValueError:  # it has just run out
        return True
