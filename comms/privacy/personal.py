"""What proves that the rules were kept, and when that goes."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from comms.people.addresses import address_key
from comms.people.models import Member
from comms.privacy import access
from comms.privacy.models import AccessLog, Channel, Consent, HardBounce, Pledge, Suppression, Wish

ROWS = {
    "doubts": lambda before: HardBounce.objects.filter(day__lte=before.date()),
    "wishes": lambda before: Wish.objects.filter(closed_at__lte=before),
    "pledges": lambda before: Pledge.objects.filter(at__lte=before),
}


def erase(member: Member, *, now: datetime.datetime) -> None:
    """The wish stays, as a date; the addresses in it go."""
    Wish.objects.filter(member=member).update(said={}, answer="")


def _old_days(before: datetime.datetime) -> list[datetime.date]:
    past = AccessLog.objects.filter(day__lt=timezone.localdate(before))
    return list(past.order_by("day").values_list("day", flat=True).distinct())


def _count_looks(before: datetime.datetime) -> int:
    return AccessLog.objects.filter(day__lt=timezone.localdate(before)).count()


def _forget_days(before: datetime.datetime) -> Iterator[int]:
    """A day at a time; its seal and count stay in `AccessDay`. In SQL, because the model lets nobody delete."""
    for day in _old_days(before):
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {AccessLog._meta.db_table} WHERE day_id = %s", [day])  # noqa: S608
            yield cursor.rowcount


STEPS = {"access_log": (_count_looks, _forget_days)}


def export(member: Member) -> dict[str, list[dict[str, Any]]]:
    """Answers, refusals of their addresses, and who has looked at them."""
    said = Consent.objects.filter(member=member).select_related("topic").order_by("pk")
    keys = {address_key(address, key=settings.SUPPRESSION_KEY) for address in (member.email, member.mobile) if address}
    against = Suppression.objects.filter(key__in=keys).order_by("at", "pk")
    return {
        "answers": [
            {"topic": row.topic.name(member.language), "channel": Channel(row.channel).label, "yes": row.granted,
             "at": row.at, "how": row.how, "basis": row.basis}
            for row in said
        ],
        "refusals": [
            {"channel": row.get_channel_display(), "reason": row.get_reason_display(), "at": row.at} for row in against
        ],
        "wishes": [
            {"what": row.get_kind_display(), "said": row.said, "at": row.at, "state": row.get_state_display(),
             "answer": row.answer}
            for row in Wish.objects.filter(member=member).order_by("pk")
        ],
        "looks": [
            {"at": row.at, "who": str(row.user), "mandate": str(row.mandate), "what": row.get_kind_display(),
             "why": row.words or row.get_reason_display()}
            for row in access.at(member.pk)
        ],
    }  # fmt: skip
