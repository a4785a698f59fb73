"""Telling a worker that there is work. A task gets an id at most: the database says what is to be done."""

from __future__ import annotations

import logging
import threading

from celery import current_app

log = logging.getLogger(__name__)

RING_SECONDS = 2.0


def ring(task: str, *ids: int) -> None:
    """Never fails and never hangs: without a broker a sweep finds the work. Call it in `transaction.on_commit`."""
    bell = threading.Thread(target=_publish, args=(task, *ids), name="bell", daemon=True)
    bell.start()
    bell.join(RING_SECONDS)


def _publish(task: str, *ids: int) -> None:
    try:
        current_app.send_task(task, args=ids, retry=False, ignore_result=True)
    except Exception as error:  # whatever the broker's library raises
        log.warning("the bell is broken (%s); the sweep will find the work", type(error).__name__)
