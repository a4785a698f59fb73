"""Thin wrappers that cannot be wrong because they do nothing. Ids only."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from comms.accounts import codes


@shared_task(ignore_result=True)
def send_code(pk: int) -> None:
    codes.send(pk, now=timezone.now())


@shared_task(ignore_result=True)
def sweep() -> None:
    codes.send_waiting(now=timezone.now())
