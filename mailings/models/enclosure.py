"""A document that goes with a mailing: kept beside it, never at a public address."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models

from mailings.models.mailing import Mailing


class EnclosureQuerySet(models.QuerySet["Enclosure"]):
    def kept(self) -> Self:
        """Those that go with the mailing, in their order, without their bytes."""
        return self.filter(removed_at=None).order_by("n").defer("content")


class Enclosure(models.Model):
    """One file as it was uploaded to a draft; from the confirmation on it never changes.

    `n` is its number in the mailing and in every recipient's link; `name` is ours, its ending judged by the content.
    """

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="enclosures")
    n = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=120)
    content = models.BinaryField()
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)  # may be put back until the confirmation

    objects = models.Manager.from_queryset(EnclosureQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailing", "n"], name="enclosure_once")]

    def __str__(self) -> str:
        return f"{self.mailing_id}/{self.n}"
