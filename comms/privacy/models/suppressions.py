"""Addresses that must not be written to again, as keyed hashes."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comms.people.addresses import address_key
from comms.privacy import ledger
from comms.privacy.models.consents import Channel


class SuppressionManager(models.Manager["Suppression"]):
    """Written to by address, stored by key: the address itself is never kept."""

    def suppress(
        self, address: str, reason: str, *, now: datetime.datetime, channel: str = Channel.MAIL
    ) -> Suppression | None:
        """Never write to `address` again. Repeatable; None for an empty address."""
        key = address_key(address, key=settings.SUPPRESSION_KEY)
        return self.get_or_create(key=key, channel=channel, reason=reason, defaults={"at": now})[0] if key else None

    def release(self, address: str, reason: str, *, channel: str = Channel.MAIL) -> bool:
        """Lift one reason; whether there was one. Only the member does, or staff with a reason (`wishes.release`)."""
        key = address_key(address, key=settings.SUPPRESSION_KEY)
        lifted = bool(key) and self.filter(key=key, channel=channel, reason=reason).delete()[0] > 0
        if lifted:
            transaction.on_commit(lambda: ledger.note("released", key, channel, reason, durable=True))
        return lifted


class Suppression(models.Model):
    """A keyed hash of an address that must not be written to; survives erasure and re-import."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced", _("the mailbox does not exist")
        COMPLAINED = "complained", _("reported as unwanted")
        REFUSED = "refused", _("the person refused all mail")

    key = models.CharField(max_length=64)  # comms.people.addresses.address_key
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.MAIL)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    at = models.DateTimeField(default=timezone.now)

    objects = SuppressionManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "channel", "reason"], name="suppression_once")]

    def __str__(self) -> str:
        return f"{self.channel}:{self.reason}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        self.remember()

    def remember(self) -> None:
        """In the ledger, which outlives a restored backup; `bulk_create` needs it called."""
        what = (self.key, self.channel, self.reason)
        transaction.on_commit(lambda: ledger.note("suppressed", *what, durable=True))


class HardBounce(models.Model):
    """A day on which a mail to an address came back because the mailbox is not there; two such days suppress it."""

    key = models.CharField(max_length=64)  # comms.people.addresses.address_key
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.MAIL)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "channel", "day"], name="hard_bounce_once")]

    def __str__(self) -> str:
        return f"{self.channel}:{self.day}"
