"""Signals of others that the post office listens to: a provider's events, and mail that a provider took in for us."""

from __future__ import annotations

from typing import Any

from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent, inbound, tracking
from django.dispatch import receiver
from django.utils import timezone

from mailings.facts import intake, provider, returned


@receiver(tracking)
def provider_told(sender: Any, event: AnymailTrackingEvent, esp_name: str, **_: Any) -> None:
    """Raises `provider.Stale`."""
    now = timezone.now()
    intake.store(provider.facts(event, esp_name=esp_name, now=now), now=now)


@receiver(inbound)
def mail_came(sender: Any, event: AnymailInboundEvent, esp_name: str, **_: Any) -> None:
    now = timezone.now()
    content = returned.content_of(event.message)
    intake.store(returned.read(content, now=now, to=str(event.message.envelope_recipient or "")), now=now)
