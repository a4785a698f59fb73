"""What proves that the rules were kept, and when that goes."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.db import connection
from django.utils import timezone

from comms.privacy.models import AccessLog, HardBounce

ROWS = {"doubts": lambda before: HardBounce.objects.filter(day__lte=before.date())}


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
