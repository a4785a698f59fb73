"""What people said yes or no to, and addresses that must not be written to again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from comms.people.models import Member
from templates_lib.models import Topic


class Channel(models.TextChoices):
    MAIL = "mail", _("e-mail")
    SMS = "sms", _("SMS")
    LETTER = "letter", _("letter")


class Consent(models.Model):
    """A member said yes or no to a topic on a channel. Append-only; the newest row wins."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="consents")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="consents")
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.MAIL)
    granted = models.BooleanField()
    at = models.DateTimeField(auto_now_add=True)
    how = models.CharField(max_length=40)  # one-click · page · undo · staff · import · seed
    basis = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["member", "topic", "channel", "-id"], name="consent_newest")]

    def __str__(self) -> str:
        return f"{self.member_id}:{self.topic_id}:{self.granted}"


class Suppression(models.Model):
    """A keyed hash of an address that must not be written to; survives erasure and re-import."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced", _("the mailbox does not exist")
        COMPLAINED = "complained", _("reported as unwanted")
        REFUSED = "refused", _("the person refused all mail")

    key = models.CharField(max_length=64)  # comms.people.addresses.address_key
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.MAIL)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "channel", "reason"], name="suppression_once")]

    def __str__(self) -> str:
        return f"{self.channel}:{self.reason}"
