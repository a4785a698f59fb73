"""What a draft said before."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from mailings.models.mailing import Mailing


class DraftVersion(models.Model):
    """The words of a draft at one time. One that is `aside` never was the draft: it lost when two saved at once."""

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="versions", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    began_at = models.DateTimeField()
    at = models.DateTimeField()
    words = models.JSONField()  # {subject, preheader, values, translations} as in `Mailing`
    aside = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["mailing", "-id"], name="draft_versions")]

    def __str__(self) -> str:
        return f"{self.mailing_id}:{self.at:%Y-%m-%d %H:%M}"
