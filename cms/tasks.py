"""Thin wrappers that cannot be wrong because they do nothing. Ids only."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cms import expiry, extracting, schedule, verdicts


@shared_task(ignore_result=True)
def extract(document_id: int) -> None:
    extracting.extract(document_id, now=timezone.now())


@shared_task(ignore_result=True)
def read_files() -> None:
    extracting.sweep(now=timezone.now())


@shared_task(ignore_result=True)
def sweep() -> None:
    schedule.keep(now=timezone.now())


@shared_task(ignore_result=True)
def tell() -> None:
    expiry.tell(on=timezone.localdate())
    verdicts.tell()
