"""What the post office notes about itself: signs of life, the one switch, and how much was sent when."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, Q

from mailings.models.mailing import Mailing


class Pulse(models.Model):
    """The last time something happened, whether it went well, and its figures. Numbers and codes, no personal data.

    sweep · transport · canary · purge · reconcile
    """

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()
    good = models.BooleanField(default=True)
    figures = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name


class HaltQuerySet(models.QuerySet["Halt"]):
    def open(self) -> Self:
        return self.filter(lifted_at__isnull=True)


class Halt(models.Model):
    """From `at` to `lifted_at` nothing leaves the post office. `by` is nobody when it stopped by itself.

    While one is open no batch is taken and no mailing started; the mailings' own states stay as they are.
    """

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = models.Manager.from_queryset(HaltQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["id"], name="halt_open", condition=Q(lifted_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


def nothing_halted() -> Any:
    """The condition that the post office is at work, for any query."""
    return ~Exists(Halt.objects.open())


class Tally(models.Model):
    """How many mails of a mailing a worker gave to the mail server in one minute. Kept for two days."""

    minute = models.DateTimeField()
    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="+")
    owner = models.CharField(max_length=120)  # mailings.journal.Owner
    sent = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["minute", "mailing", "owner"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.minute:%H:%M} {self.mailing_id}"
