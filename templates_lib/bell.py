"""Telling a worker that there is work. A task gets an id at most: the database says what is to be done."""

from __future__ import annotations

import logging
import threading

from celery import current_app

log = logging.getLogger(__name__)

RING_SECONDS = 2.0


def ring(task: str, *ids: int) -> bool:
    """Never fails and never hangs: without a broker a sweep finds the work. Call it in `transaction.on_commit`.

    Answers whether the broker took it in time, for work that no sweep finds.
    """
    taken: list[bool] = []
    bell = threading.Thread(target=lambda: taken.append(_publish(task, *ids)), name="bell", daemon=True)
    bell.start()
    bell.join(RING_SECONDS)
    return taken == [True]


def _publish(task: str, *ids: int) -> bool:
    try:
        current_app.send_task(task, args=ids, retry=False, ignore_result=True)
        return True
    except Exception as error:  # whatever the broker's library raises
        log.warning("the bell is broken (%s); the sweep will find the work", type(error).__name__)
        return False
