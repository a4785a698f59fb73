"""What a mail provider tells, in our words. Nothing provider-shaped leaves this module."""

from __future__ import annotations

import datetime
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType
from django.utils import timezone

from mailings.facts.intake import Fact, Kind

# What is not named is not kept: who opened or clicked what is nobody's business.
KINDS: dict[str, Kind] = {
    EventType.QUEUED: "accepted",
    EventType.SENT: "accepted",
    EventType.DEFERRED: "accepted",  # the provider has it and goes on trying
    EventType.DELIVERED: "delivered",
    EventType.BOUNCED: "bounced",
    EventType.REJECTED: "rejected",
    EventType.FAILED: "rejected",
    EventType.COMPLAINED: "complained",
    EventType.UNSUBSCRIBED: "unsubscribed",
}
MESSAGE_ID = re.compile(r"<?([0-9a-f]{32})\.\d+@", re.IGNORECASE)
MAILGUN_FRESH = datetime.timedelta(hours=24)  # it tries for eight hours; handled facts are remembered for longer


class Stale(ValueError):
    """A signature that was made too long ago, or without what makes it unique."""


def slug(esp_name: str) -> str:
    """The provider's name as in its webhook's address."""
    return esp_name.lower().replace(" ", "_")


def facts(event: AnymailTrackingEvent, *, esp_name: str, now: datetime.datetime) -> list[Fact]:
    """The fact in an event, none when it tells nothing we keep or names no mail of ours. Raises `Stale`."""
    source = slug(esp_name)
    if source == "mailgun":
        _check_freshness(event, now)
    kind, recipient = KINDS.get(event.event_type), _recipient(event)
    if kind is None or recipient is None:
        return []
    reply = str(event.mta_response or event.description or "")
    return [
        Fact(
            source=source,
            event=str(event.event_id or _digestible(event.esp_event)),
            recipient=recipient,
            kind=kind,
            happened_at=_aware(event.timestamp) if event.timestamp else now,
            reply=reply,
            address=str(event.recipient or ""),
        )
    ]


def _recipient(event: AnymailTrackingEvent) -> uuid.UUID | None:
    """The public id we sent along as metadata, or the one in our own Message-ID."""
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    named = MESSAGE_ID.match(str(event.message_id or ""))
    for name in (metadata.get("recipient"), named[1] if named else None):
        try:
            return uuid.UUID(hex=str(name))
        except ValueError:
            continue
    return None


def _digestible(esp_event: Any) -> str:
    """An event without an id of its own is known again by its content."""
    if hasattr(esp_event, "lists"):  # a form
        esp_event = dict(esp_event.lists())
    return json.dumps(esp_event, sort_keys=True, default=str)


def _aware(at: datetime.datetime) -> datetime.datetime:
    return timezone.make_aware(at, datetime.UTC) if timezone.is_naive(at) else at


def _check_freshness(event: AnymailTrackingEvent, now: datetime.datetime) -> None:
    """Mailgun signs a time and a token and not the body: a token counts once (it is the event's id), and not for
    ever. Both together with the secret that every webhook asks for.
    """
    signed = event.esp_event.get("signature")
    at = signed.get("timestamp") if isinstance(signed, Mapping) else event.esp_event.get("timestamp")
    made = datetime.datetime.fromtimestamp(float(at or 0), tz=datetime.UTC)
    if not event.event_id or abs(now - made) > MAILGUN_FRESH:
        raise Stale("signed too long ago")
