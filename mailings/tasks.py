"""Thin wrappers that cannot be wrong because they do nothing. Ids only; no time limit on `pump`."""

from __future__ import annotations

from dataclasses import asdict

from celery import shared_task
from django.conf import settings

from comms.people.models import User
from mailings import dispatch, letters, readiness
from mailings.facts import handling, intake, mailbox
from mailings.models import Mailing
from mailings.operations import canary as canaries
from mailings.operations import figures, purging, restoring, sums
from templates_lib import bell

PURGE_SECONDS = 10.0  # then the others have their turn


@shared_task(ignore_result=True)
def pump() -> None:
    if restoring.is_older():  # the sweep says so aloud
        return
    if dispatch.send_for(seconds=settings.MAILING_SLICE_SECONDS):  # True while work remains
        dispatch.ring()


@shared_task(ignore_result=True)
def sweep() -> None:
    now = dispatch.database_now()
    if restoring.guard(now=now):
        dispatch.recover(now=now)
        restoring.seen(asdict(figures.queue(now=now)), now=now)


@shared_task(ignore_result=True)
def canary() -> None:
    canaries.send(now=dispatch.database_now())


@shared_task(ignore_result=True)
def purge() -> None:
    _removed, done = purging.purge(now=dispatch.database_now(), seconds=PURGE_SECONDS)
    if not done:
        bell.ring(purge.name)


@shared_task(ignore_result=True)
def reconcile() -> None:
    now = dispatch.database_now()
    sums.reconcile(now=now)
    purging.watch(now=now)


@shared_task(ignore_result=True)
def send_test(mailing_id: int, user_id: int) -> None:
    dispatch.send_test(mailing=Mailing.unscoped.get(pk=mailing_id), user=User.objects.get(pk=user_id))


@shared_task(ignore_result=True)
def print_letters(run_id: int) -> None:
    if letters.press(run_id, now=dispatch.database_now()):  # True while work remains
        bell.ring(letters.TASK, run_id)


@shared_task(ignore_result=True)
def handle_facts() -> None:
    if handling.handle(now=dispatch.database_now()):  # True while work remains
        bell.ring(intake.TASK)


@shared_task(ignore_result=True)
def read_bounces() -> None:
    mailbox.read(settings.BOUNCE_IMAP_URL, now=dispatch.database_now())


@shared_task(ignore_result=True)
def look_at_sender() -> None:
    if readiness.is_real():
        readiness.refresh(now=dispatch.database_now())
