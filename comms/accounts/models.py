"""Codes that wait to be sent, and guesses that count."""

from __future__ import annotations

from django.db import models


class CodeMessage(models.Model):
    """One SMS or mail with a code, for seconds: the row goes when it is sent. The queue carries its id alone (threat
    S22).

    `to` is a number (E.164) or an address. Empty it is sent to nobody: it takes the place of a message to a number
    without an account, so that both take the same time (threat S17).
    """

    to = models.CharField(max_length=254, blank=True)
    text = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"code {self.pk}"


class Counted(models.Model):
    """The table of the default cache, in which django-allauth counts attempts and remembers spent codes: one count for
    all web processes (threat S17). Django's database cache reads and writes it; the nightly purge empties it.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.cache_key
