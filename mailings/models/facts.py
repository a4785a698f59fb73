"""What came in from outside, before anybody has looked what it means, and whom that leaves unreached."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from mailings.models.mailing import Mailing


class FactState(models.TextChoices):
    NEW = "new"  # stored and acknowledged, to be looked at now
    PARKED = "parked"  # about a recipient nobody knows: looked at once more when due
    HANDLED = "handled"  # kept until due, so that a replay is recognised


class RawFact(models.Model):
    """A provider's event or a returned mail, as far as it is needed: no name, no address, no content."""

    source = models.CharField(max_length=16)  # the provider (mailgun, postmark …) · dsn · arf · postfix
    provider_id = models.CharField(max_length=64)  # hex; stands for the event, the same for every repetition of it
    recipient = models.UUIDField()  # Recipient.public_id, not a foreign key: it may be unknown here
    kind = models.CharField(max_length=16)  # mailings.facts.intake.Kind
    status = models.CharField(max_length=12, blank=True)  # of a report, RFC 3463
    reply = models.CharField(max_length=300, blank=True)  # the server's answer, addresses redacted
    about = models.CharField(max_length=64, blank=True)  # address_key of the address the report names
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=FactState.choices, default=FactState.NEW)
    due_at = models.DateTimeField()  # new: at once; parked: tried once more; handled: deleted

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "provider_id"], name="fact_once")]
        indexes = [
            models.Index(fields=["id"], name="fact_new", condition=Q(state="new")),
            models.Index(fields=["due_at"], name="fact_due", condition=~Q(state="new")),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.kind}:{self.recipient.hex}"


class BounceTask(models.Model):
    """Something to do for the sender: so many members got a mailing back after it had left; open until closed."""

    mailing = models.OneToOneField(Mailing, on_delete=models.CASCADE, related_name="bounce_task")
    count = models.PositiveIntegerField()  # since it was opened
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="bounce_task_closed_by_someone",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id}:{self.count}"
