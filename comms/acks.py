"""How a worker says that it has heard a ring."""

from __future__ import annotations

import logging

from celery.worker import request

log = logging.getLogger(__name__)


class Request(request.Request):
    """Takes an acknowledgement that fails as what it is: a connection that is lost.

    Celery only logs it. The ring then keeps its place in the prefetch window for as long as the worker lives, and with
    a window of one the worker, connected and well, hears nothing any more (fault R8: a broker that was frozen).
    """

    acknowledged: bool

    def acknowledge(self) -> None:
        if not self.acknowledged:
            self._on_ack(log, ())  # () are the errors to pass over in silence
            self.acknowledged = True
