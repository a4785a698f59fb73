"""What one account saw and did in a time, for the notice of a breach (GDPR art. 33)."""

from __future__ import annotations

import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.utils import timezone

from comms.people.models import Mandate, Member, User
from comms.privacy import access
from comms.privacy.models import AccessDay
from mailings.models import Mailing

PARTS = 5000  # member ids asked for in one statement


def report(user: User, *, since: datetime.datetime, until: datetime.datetime) -> dict[str, Any]:
    """From `since` until before `until`. Keys:

    members   member numbers of everybody the account was shown or wrote to, sorted
    kinds     kind of look -> (how many members, how many looks)
    first, last   moments of the first and last look
    mandates  in words; mailings: id, subject, when confirmed, recipients; devices: agent, address, last seen
    broken    days on which the log's chain is broken: there the rest may be incomplete
    """
    looks = access.by(user, since=since, until=until)
    shown = access.seen(looks)
    first, last = looks.first(), looks.last()
    days = AccessDay.objects.filter(day__gte=timezone.localdate(since), day__lt=timezone.localdate(until))
    return {
        "user": user.pk,
        "members": _numbers(sorted(set().union(*(one.members for one in shown.values())))),
        "kinds": {kind: (len(one.members), one.looks) for kind, one in sorted(shown.items())},
        "first": first and first.at,
        "last": last and last.at,
        "mandates": _mandates(user, since=since, until=until),
        "mailings": _mailings(user, since=since, until=until),
        "devices": list(UserSession.objects.filter(user=user).values("user_agent", "ip", "last_seen_at")),
        "broken": [day.day for day in days.order_by("day") if access.first_broken(day)],
    }


def _numbers(ids: list[int]) -> list[str]:
    found: list[str] = []
    for start in range(0, len(ids), PARTS):
        some = Member.unscoped.filter(pk__in=ids[start : start + PARTS])
        found += some.values_list("number", flat=True)
    return sorted(found)


def _mandates(user: User, *, since: datetime.datetime, until: datetime.datetime) -> list[str]:
    held = Mandate.objects.filter(user=user, start__lt=until.date()).exclude(end__lt=since.date())
    return [f"{one} {one.start}–{one.end or ''}" for one in held.select_related("unit").order_by("start", "pk")]


def _mailings(user: User, *, since: datetime.datetime, until: datetime.datetime) -> list[dict[str, Any]]:
    rows = Mailing.unscoped.filter(confirmed_by=user, confirmed_at__gte=since, confirmed_at__lt=until)
    columns = ("public_id", "subject", "confirmed_at", "locked_count")
    return [
        {"id": key, "subject": subject, "confirmed_at": when, "recipients": n}
        for key, subject, when, n in rows.order_by("confirmed_at", "pk").values_list(*columns)
    ]
