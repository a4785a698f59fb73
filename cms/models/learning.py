"""What the library learns from its readers: what they did not find, and whether a page was right. Nobody's name.

A search is kept in words only once two people have made it on the same day, or one has sent it to the staff; until
then there is a number that says what it was to nobody, and which is gone by the next night (`cms.learning`).
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from cms.models.base import LibraryPage

LONGEST_QUERY = 120  # characters; what is longer is no search
LONGEST_LINE = 500


class Heard(models.Model):
    """One search by one person on one day, sealed: equal searches have the same `query`, and one person's further
    searches cannot be told from anybody else's.
    """

    query = models.CharField(max_length=64)
    person = models.CharField(max_length=64)
    none_found = models.BooleanField()
    day = models.DateField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["query", "person"], name="heard_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day}"


class UnfoundQuerySet(models.QuerySet["Unfound"]):
    def waiting(self) -> UnfoundQuerySet:
        """What the staff have not dealt with, what most people looked for first."""
        often = models.F("none_found") + models.F("not_opened")
        return self.filter(state=Unfound.State.WAITING).order_by(often.desc(), "-last_on", "text")


class Unfound(models.Model):
    """What people searched for and did not find, in words. `none_found` and `not_opened` count searches, a person's on
    one day once: those without a result, and those whose results stayed closed.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        ANSWERED = "answered", _("Answered")
        HIDDEN = "hidden", _("Not for us")

    text = models.CharField(_("what people searched for"), max_length=LONGEST_QUERY, unique=True)
    none_found = models.PositiveIntegerField(_("found nothing"), default=0)
    not_opened = models.PositiveIntegerField(_("opened nothing"), default=0)
    last_on = models.DateField(_("last"), db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    page = models.ForeignKey(LibraryPage, null=True, blank=True, on_delete=models.SET_NULL, related_name="answers")
    closed_on = models.DateField(null=True, blank=True)

    objects = models.Manager.from_queryset(UnfoundQuerySet)()

    class Meta:
        verbose_name = _("search that found nothing")
        verbose_name_plural = _("searches that found nothing")

    def __str__(self) -> str:
        return self.text


class Verdict(models.Model):
    """A reader's answer to “Was this right?”, and nothing about the reader. `told` once the responsible has had it."""

    page = models.ForeignKey(LibraryPage, on_delete=models.CASCADE, related_name="verdicts")
    right = models.BooleanField()
    line = models.CharField(max_length=LONGEST_LINE, blank=True)
    on = models.DateField(db_index=True)
    told = models.BooleanField(default=False)
    dealt_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("answer from a reader")
        verbose_name_plural = _("answers from readers")

    def __str__(self) -> str:
        return f"{self.page_id}: {'yes' if self.right else 'no'}"  # type: ignore[attr-defined]


class ToldExpired(models.Model):
    """That somebody was told of a page's expiry: once for each date it had."""

    page = models.ForeignKey(LibraryPage, on_delete=models.CASCADE, related_name="+")
    valid_until = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["page", "valid_until"], name="told_expired_once")]

    def __str__(self) -> Any:
        return f"{self.page_id} {self.valid_until}"  # type: ignore[attr-defined]
