"""A row per recipient, leased in batches, and what the world answered."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from comms.people.models import LANGUAGES, Member
from comms.people.scope import Scope, ScopedManager
from comms.privacy.models import Channel
from mailings.models.mailing import Mailing


class RecipientState(models.TextChoices):
    QUEUED = "queued", _("waiting")
    CLAIMED = "claimed", _("being sent")
    COMMITTING = "committing", _("being handed over")
    DEFERRED = "deferred", _("will be tried again")
    UNKNOWN = "unknown", _("unknown")
    SENT = "sent", _("sent")
    DELIVERED = "delivered", _("delivered")
    BOUNCED = "bounced", _("bounced")
    COMPLAINED = "complained", _("reported as unwanted")
    FAILED = "failed", _("refused")
    SKIPPED = "skipped", _("not sent")


class BatchState(models.TextChoices):
    HELD = "held"  # the mailing is in its undo time, paused or cancelled
    READY = "ready"
    LEASED = "leased"
    DONE = "done"


class Batch(models.Model):
    """200–500 recipients of one mailing leased together.

    `vkey` is the fair key (delivery.md, "Batches"): the smallest ready one is served first.
    """

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="batches")
    n = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=BatchState.choices, default=BatchState.HELD)
    vkey = models.FloatField(default=0)
    ready_at = models.DateTimeField(null=True, blank=True)  # not before; deferred recipients wait here
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    owner = models.CharField(max_length=120, blank=True)  # mailings.journal.Owner
    since = models.DateTimeField(null=True, blank=True)  # when it became ready, or was last given back
    sent = models.PositiveIntegerField(default=0)  # counters as they were when the batch was last given back
    bounced = models.PositiveIntegerField(default=0)  # refused because the mailbox does not exist
    unknown = models.PositiveIntegerField(default=0)  # not yet looked up
    deferred = models.PositiveIntegerField(default=0)
    missed = models.PositiveIntegerField(default=0)  # refused, come back, or unknown for good
    skipped = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mailing", "n"], name="batch_once"),
            models.CheckConstraint(
                name="batch_lease_has_owner",
                condition=Q(state="leased", lease_until__isnull=False) & ~Q(owner="")
                | ~Q(state="leased") & Q(lease_until__isnull=True, owner=""),
            ),
        ]
        indexes = [
            models.Index(fields=["vkey", "id"], name="batch_fair", condition=Q(state="ready")),
            models.Index(fields=["lease_until"], name="batch_leased", condition=Q(state="leased")),
            models.Index(fields=["-since"], name="batch_missed", condition=Q(missed__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id}/{self.n}"


class Pace(models.Model):
    """Until when the places towards one provider are booked (`mailings.pace`)."""

    name = models.CharField(max_length=253, unique=True)  # a provider, a domain, or *
    free_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class RecipientQuerySet(models.QuerySet["Recipient"]):
    def within(self, scope: Scope) -> Self:
        return self.filter(mailing__in=Mailing.objects.within(scope))

    def for_mailing(self, mailing: Mailing) -> Self:
        return self.filter(mailing=mailing)

    def failed(self) -> Self:
        return self.filter(state__in=[RecipientState.FAILED, RecipientState.BOUNCED, RecipientState.SKIPPED])

    def by_state(self) -> dict[str, int]:
        """How many rows per state, states without rows left out."""
        rows = self.order_by().values_list("state").annotate(n=models.Count("id"))
        return dict(rows)


class Recipient(models.Model):
    """One member in one mailing on one channel: address as it was, state, opaque id, reason if left out."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mailing = models.ForeignKey(
        Mailing, on_delete=models.CASCADE, related_name="recipients", db_index=False
    )  # an index starts with it
    member = models.ForeignKey(
        Member, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )  # a unique index starts with it
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.MAIL)
    batch_n = models.PositiveIntegerField(null=True, blank=True)  # Batch(mailing, n); null when skipped at once
    language = models.CharField(max_length=2, choices=LANGUAGES)
    address = models.CharField(max_length=254, blank=True)
    first_name = models.CharField(max_length=120, blank=True)
    last_name = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=12, choices=RecipientState.choices, default=RecipientState.QUEUED)
    reason = models.CharField(max_length=40, blank=True)  # a key of mailings.reasons
    reply = models.CharField(max_length=300, blank=True)  # the server's answer, addresses redacted
    attempt = models.PositiveSmallIntegerField(default=0)
    committed_at = models.DateTimeField(null=True, blank=True)
    deferred_at = models.DateTimeField(null=True, blank=True)  # the first "try again later"; 48 h later we give up
    next_at = models.DateTimeField(null=True, blank=True)  # when a deferred mail is tried again
    final_at = models.DateTimeField(null=True, blank=True)  # for an unknown one: when looking it up was given up
    changed_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager.from_queryset(RecipientQuerySet)()
    unscoped = models.Manager.from_queryset(RecipientQuerySet)()

    class Meta:
        base_manager_name = default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["member", "mailing", "channel"], name="recipient_once_by_member"),
            models.CheckConstraint(
                name="recipient_deferred_has_time", condition=~Q(state="deferred") | Q(next_at__isnull=False)
            ),
            models.CheckConstraint(name="recipient_skipped_has_reason", condition=~Q(state="skipped") | ~Q(reason="")),
        ]
        indexes = [models.Index(fields=["mailing", "batch_n"], name="recipient_by_batch")]

    def __str__(self) -> str:
        return self.public_id.hex

    @property
    def message_id(self) -> str:
        """The opaque Message-ID of the latest attempt, angle brackets included; "" before the first."""
        return f"<{self.public_id.hex}.{self.attempt}@{self.mailing.mail_domain}>" if self.attempt else ""


class DeliveryEvent(models.Model):
    """What the world answered about one recipient."""

    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16)
    source = models.CharField(max_length=16)  # RawFact.source
    provider_id = models.CharField(max_length=120, blank=True)
    reply = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "provider_id"], name="event_once", condition=~Q(provider_id=""))
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id}:{self.kind}"
