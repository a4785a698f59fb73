"""A worker that was asked to stop (SIGTERM) sends no further dot: it gives its batch back and ends."""

from __future__ import annotations

import sys


def stopping() -> bool:
    """Whether this process is a Celery worker in its warm shutdown; False everywhere else."""
    state = sys.modules.get("celery.worker.state")
    return state is not None and (state.should_stop not in (None, False) or state.should_terminate not in (None, False))
