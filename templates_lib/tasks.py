"""Thin wrappers that cannot be wrong because they do nothing. Ids only."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from templates_lib import gate, schedule


@shared_task(ignore_result=True)
def run_gate(run_id: int) -> None:
    gate.run(run_id, now=timezone.now())


@shared_task(ignore_result=True)
def sweep() -> None:
    gate.recover(now=timezone.now())
    schedule.keep(now=timezone.now())
