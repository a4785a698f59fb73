"""Letters on paper for those a mailing does not reach by mail: a run, drawn in chunks by the workers."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from mailings.models.mailing import Mailing


class RunState(models.TextChoices):
    QUEUED = "queued"
    DRAWING = "drawing"
    JOINING = "joining"
    READY = "ready"
    FAILED = "failed"


class LetterRun(models.Model):
    """One order for printable letters. The file holds names and addresses: read in scope, deleted when it expires."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="letter_runs")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.QUEUED)
    problem = models.CharField(max_length=20, blank=True)  # a code of templates_lib.pdf_worker.REASONS
    letters = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="letters_failed_has_problem", condition=Q(state="failed") & ~Q(problem="") | ~Q(state="failed")
            )
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id}:{self.public_id.hex}"


class LetterChunk(models.Model):
    """Up to a hundred letters, in the order of the postcodes. A worker claims it by a conditional update."""

    run = models.ForeignKey(LetterRun, on_delete=models.CASCADE, related_name="chunks")
    n = models.PositiveIntegerField()
    members = models.JSONField()  # member ids in order; the addresses are read when it is drawn
    claimed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "n"], name="letter_chunk_once")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.n}"
