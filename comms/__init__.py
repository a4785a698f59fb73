"""The ground: wiring, and who exists, what we may send, what people are invited to."""

from comms.celery import app as celery_app

__all__ = ["celery_app"]
