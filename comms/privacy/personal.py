"""What proves that the rules were kept, and when that goes."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.utils import timezone

from comms.people.models import Mandate, Member, User
from comms.privacy import access, suppression
from comms.privacy.models import AccessLog, Channel, Consent, HardBounce, Pledge, Wish

ROWS = {
    "doubts": lambda before: HardBounce.objects.filter(day__lte=before.date()),
    "wishes": lambda before: Wish.objects.filter(closed_at__lte=before),
    "pledges": lambda before: Pledge.objects.filter(at__lte=before),
}


def erase(member: Member, *, now: datetime.datetime) -> None:
    """The wish stays, as a date; the words in it go. Nobody is left to see to another one for."""
    mine = Wish.objects.filter(member=member)
    mine.update(said={}, answer="", why="")
    waiting = mine.filter(state=Wish.State.OPEN)
    waiting.filter(kind=Wish.Kind.ERASE).update(state=Wish.State.DONE, closed_at=now)
    waiting.update(state=Wish.State.TAKEN_BACK, closed_at=now)


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
    return {
        "answers": [
            {"topic": row.topic.name(member.language), "channel": Channel(row.channel).label, "yes": row.granted,
             "at": row.at, "how": row.how, "basis": row.basis}
            for row in said
        ],
        "refusals": [
            {"channel": row.get_channel_display(), "reason": row.get_reason_display(), "at": row.at}
            for row in suppression.standing(member)
        ],
        "wishes": [
            {"what": row.get_kind_display(), "said": row.said, "at": row.at, "state": row.get_state_display(),
             "answer": row.answer, "by": str(row.closed_by or ""), "why": row.why}
            for row in Wish.objects.filter(member=member).select_related("closed_by").order_by("pk")
        ],
        "looks": [
            {"at": row.at, "who": who, "mandate": mandate, "what": row.get_kind_display(),
             "why": row.words or row.get_reason_display()}
            for row, who, mandate in _looks(member)
        ],
    }  # fmt: skip


def _looks(member: Member) -> list[tuple[AccessLog, str, str]]:
    """Each look with who it was and in which mandate; "" for an account that is gone."""
    rows = list(access.at(member.pk))
    users = User.objects.in_bulk({row.user_id for row in rows})
    mandates = Mandate.objects.select_related("unit").in_bulk({row.mandate_id for row in rows})
    return [(row, str(users.get(row.user_id, "")), str(mandates.get(row.mandate_id, ""))) for row in rows]
