"""Thin wrappers that cannot be wrong because they do nothing. Ids only."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from comms.members import exports


@shared_task(ignore_result=True)
def make_export(export_id: int) -> None:
    exports.make(export_id, now=timezone.now())


@shared_task(ignore_result=True)
def sweep() -> None:
    exports.recover(now=timezone.now())


@shared_task(ignore_result=True)
def close_exports() -> None:
    exports.close(now=timezone.now())
