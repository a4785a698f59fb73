"""The pledge of confidentiality: read and given under each mandate before the first member's name, and again each year.

`comms.privacy.access.note` asks for it, so whatever shows members and says so in the access log has asked; the
middleware turns `Missing` into the page with the text. A view that leads to names and shows none yet, or makes a file
of them, calls `require` itself.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from comms.people.models import Mandate, User
from comms.privacy.models import Pledge

HOLDS = datetime.timedelta(days=365)
# a text that somebody has pledged is never changed: a new one gets the next number
TEXTS: dict[int, tuple[Any, ...]] = {
    1: (
        _("I use what I see about members for the work of my mandate, and for nothing else."),
        _("I show it to nobody who has no right to it, and I pass on no lists, copies or pictures of it."),
        _("What I print or write down I keep where nobody else sees it, and destroy it when it is no longer needed."),
        _("If something has come into the wrong hands, I tell the union the same day."),
        _("I stay silent about it after my mandate has ended, too."),
    ),
}
VERSION = max(TEXTS)


class Missing(Exception):
    """Nobody has pledged under `mandate` in the last year, or only an older text."""

    def __init__(self, mandate: Mandate) -> None:
        super().__init__(f"mandate {mandate.pk}")
        self.mandate = mandate


def standing(mandate: Mandate, *, now: datetime.datetime) -> Pledge | None:
    """The pledge that holds: of today's text, and not older than a year."""
    rows = Pledge.objects.filter(mandate=mandate, user=mandate.user_id, version=VERSION, at__gt=now - HOLDS)
    return rows.order_by("-at").first()


def require(mandate: Mandate, *, now: datetime.datetime) -> None:
    """Raises `Missing`, which becomes the page with the pledge and leads back."""
    if standing(mandate, now=now) is None:
        raise Missing(mandate)


def give(*, mandate: Mandate, by: User, now: datetime.datetime) -> Pledge:
    """Pledged, with the text of today. Pressing twice pledges once. Raises `ValueError` for another's mandate."""
    if by.pk != mandate.user_id:
        raise ValueError("a pledge is given by the person whose mandate it is")
    return standing(mandate, now=now) or Pledge.objects.create(user=by, mandate=mandate, version=VERSION, at=now)
