"""Signals of others that the post office listens to: a provider's events, mail that a provider took in for us, and what
staff publish in the library.
"""

from __future__ import annotations

from typing import Any

from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent, inbound, tracking
from django.dispatch import receiver
from django.utils import timezone
from wagtail.signals import page_published, page_unpublished

from cms.models import LibraryPage
from mailings import insertions
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


@receiver([page_published, page_unpublished])
def library_changed(sender: Any, instance: Any, **_: Any) -> None:
    if isinstance(instance, LibraryPage):
        insertions.published(instance, now=timezone.now())
