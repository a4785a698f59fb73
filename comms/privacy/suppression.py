"""When an address must not be written to again. Addresses come in, keyed hashes are kept; in bulk.

Hard after one refusal by the server we spoke to, or after reports on two different days; a complaint at once. What
stands is lifted by the member, or by staff with a reason: `comms.privacy.wishes`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from comms.people.addresses import address_key
from comms.people.models import Member
from comms.privacy.models import Channel, HardBounce, Suppression

DAYS = 2  # on which a mailbox must be reported missing
BOUNCED, COMPLAINED = Suppression.Reason.BOUNCED, Suppression.Reason.COMPLAINED
LIFTED_BY_MEMBER = (COMPLAINED, Suppression.Reason.REFUSED)  # a mailbox that is gone does not come back by a word


def address_of(member: Member, channel: str) -> str:
    """ "" for a letter: paper is refused by topic."""
    return {Channel.MAIL: member.email, Channel.SMS: member.mobile}.get(Channel(channel), "")


def standing(member: Member) -> QuerySet[Suppression]:
    """What stands against the member's addresses, the oldest first; one query."""
    keys = [(channel, address_key(address_of(member, channel), key=settings.SUPPRESSION_KEY)) for channel in Channel]
    against = Q(pk__in=())
    for channel, key in keys:
        against |= Q(channel=channel, key=key) if key else Q(pk__in=())
    return Suppression.objects.filter(against).order_by("at", "pk")


def masked(address: str) -> str:
    """Enough for two people on the telephone to know that they mean the same: "a…@example.com", "…06 05"."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}" if at else f"…{address[-4:-2]} {address[-2:]}" if address else ""


def refused(addresses: Iterable[str], *, now: datetime.datetime) -> None:
    """The server we spoke to itself says that there is no such mailbox: once is enough."""
    _gone(_keys(addresses), now=now)


def returned(hard: Iterable[tuple[str, datetime.date]], *, now: datetime.datetime) -> None:
    """Somebody reports later that there is no such mailbox: (address, day) pairs."""
    days = {(address_key(address, key=settings.SUPPRESSION_KEY), day) for address, day in hard if address}
    HardBounce.objects.bulk_create([HardBounce(key=key, day=day) for key, day in days], ignore_conflicts=True)
    told = HardBounce.objects.filter(key__in={key for key, _day in days}, channel=Channel.MAIL)
    often = told.values("key").annotate(days=Count("id")).filter(days__gte=DAYS)
    _gone(set(often.values_list("key", flat=True)), now=now)


def complained(addresses: Iterable[str], *, now: datetime.datetime) -> None:
    """The member has reported a mail as unwanted."""
    _suppress(_keys(addresses), COMPLAINED, now=now)


def arrived(addresses: Iterable[str]) -> None:
    """A mail has reached the mailbox: earlier doubts are forgotten. What is suppressed stays so."""
    HardBounce.objects.filter(key__in=_keys(addresses), channel=Channel.MAIL).delete()


def _gone(keys: set[str], *, now: datetime.datetime) -> None:
    _suppress(keys, BOUNCED, now=now)
    HardBounce.objects.filter(key__in=keys, channel=Channel.MAIL).delete()


def _suppress(keys: set[str], reason: str, *, now: datetime.datetime) -> None:
    rows = [Suppression(key=key, reason=reason, at=now) for key in sorted(keys)]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    for row in rows:
        row.remember()


def _keys(addresses: Iterable[str]) -> set[str]:
    return {address_key(address, key=settings.SUPPRESSION_KEY) for address in addresses if address}
