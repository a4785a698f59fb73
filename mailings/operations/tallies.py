"""How much was sent in which minute: a row per minute, mailing and worker, so that no worker waits for another."""

from __future__ import annotations

import datetime

from django.db import connection

from mailings.models import Batch, Tally

ADD = """
INSERT INTO {table} (minute, mailing_id, owner, sent) VALUES (%s, %s, %s, %s)
ON CONFLICT (minute, mailing_id, owner) DO UPDATE SET sent = {table}.sent + excluded.sent
"""


def add(batch: Batch, *, sent: int, now: datetime.datetime) -> None:
    """Note that the owner of a batch has given back `sent` more accepted mails; a count without an owner is not."""
    if sent <= 0 or not batch.owner:
        return
    minute = connection.ops.adapt_datetimefield_value(now.replace(second=0, microsecond=0))
    with connection.cursor() as cursor:
        cursor.execute(ADD.format(table=Tally._meta.db_table), [minute, batch.mailing_id, batch.owner, sent])
