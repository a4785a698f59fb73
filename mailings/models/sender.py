"""What was found out about the sender's own domain and mail server; no personal data."""

from __future__ import annotations

from django.db import models


class SenderCheck(models.Model):
    """One finding of `mailings.readiness`; all of them are replaced together at each look."""

    check_name = models.CharField(max_length=10)  # spf · dkim · dmarc · ptr · tls
    about = models.CharField(max_length=300)
    state = models.CharField(max_length=10)  # good · bad · unknown
    code = models.CharField(max_length=20)  # a key of readiness.words.SAYS
    found = models.JSONField(default=list)
    publish = models.JSONField(default=list)
    looked_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.check_name} {self.about}: {self.state}"
