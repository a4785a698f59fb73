"""How fast a provider may be written to: a limit becomes waiting, never an error.

A limit is so many mails a minute, for a provider, a domain or `*` for all mail together (setting MAIL_LIMITS). A window
books its places one behind another; what must wait longer than a tick is put off to its place.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.db import transaction

from mailings.messages import Row
from mailings.models import Pace

TICK = datetime.timedelta(seconds=5)  # places are given out in such steps, so that a batch is not leased for one mail
HELD = datetime.timedelta(minutes=1)  # how long a booked place is kept for somebody who comes late
PROVIDERS = {  # who stands behind the large mailbox domains
    "google": {"gmail.com", "googlemail.com"},
    "microsoft": {
        "hotmail.com", "hotmail.se", "hotmail.no", "hotmail.dk", "hotmail.co.uk", "live.com", "live.se", "live.no",
        "live.dk", "msn.com", "outlook.com", "outlook.dk",
    },
    "yahoo": {"yahoo.com", "yahoo.se", "yahoo.no", "yahoo.dk", "yahoo.co.uk", "ymail.com", "aol.com"},
    "apple": {"icloud.com", "me.com", "mac.com"},
}  # fmt: skip
_PROVIDER = {domain: name for name, domains in PROVIDERS.items() for domain in domains}


def provider_of(address: str) -> str:
    """The provider behind an address, else its domain."""
    domain = address.rpartition("@")[2].lower()
    return _PROVIDER.get(domain, domain)


def put_off(rows: Sequence[Row], *, now: datetime.datetime) -> dict[int, datetime.datetime]:
    """Recipient -> when its turn comes, for those of a window who must wait."""
    limits: Mapping[str, float] = settings.MAIL_LIMITS
    later: dict[int, datetime.datetime] = {}
    if not limits:
        return later
    for name, ours in _limited(limits, [row for row in rows if not _has_its_turn(row, now)]).items():
        places = _book(name, len(ours), every=datetime.timedelta(minutes=1) / limits[name], now=now)
        for row, at in zip(ours, places, strict=True):
            if at > now + TICK:
                later[row.id] = max(at, later.get(row.id, at))
    return {pk: _on_a_tick(at) for pk, at in later.items()}


def _has_its_turn(row: Row, now: datetime.datetime) -> bool:
    return row.reason == "paced" and row.next_at is not None and now - row.next_at <= HELD


def _limited(limits: Mapping[str, float], rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        names = {provider_of(row.address), row.address.rpartition("@")[2].lower(), "*"}
        for name in names & limits.keys():
            found.setdefault(name, []).append(row)
    return found


@transaction.atomic
def _book(name: str, n: int, *, every: datetime.timedelta, now: datetime.datetime) -> list[datetime.datetime]:
    """`n` places, the first no earlier than now; the next window books behind them."""
    Pace.objects.get_or_create(name=name, defaults={"free_at": now})
    pace = Pace.objects.select_for_update().get(name=name)
    first = max(pace.free_at, now)
    pace.free_at = first + n * every
    pace.save()
    return [first + k * every for k in range(n)]


def _on_a_tick(at: datetime.datetime) -> datetime.datetime:
    seconds = TICK.total_seconds()
    return datetime.datetime.fromtimestamp(math.ceil(at.timestamp() / seconds) * seconds, datetime.UTC)
