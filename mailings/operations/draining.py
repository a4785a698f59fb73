"""A worker that was asked to stop (SIGTERM) sends no further dot: it gives its batch back and ends."""

from __future__ import annotations

import sys


def stopping() -> bool:
    """Whether this process is a Celery worker in its shutdown; False everywhere else."""
    state = sys.modules.get("celery.worker.state")
    asked = (getattr(state, "should_stop", None), getattr(state, "should_terminate", None))
    return any(code is not None and code is not False for code in asked)  # Celery's 0 means yes: the exit code
