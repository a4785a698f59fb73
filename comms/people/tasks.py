"""Thin wrappers that cannot be wrong because they do nothing."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from comms.people import sizes


@shared_task(ignore_result=True)
def recount() -> None:
    sizes.recount(on=timezone.localdate())
