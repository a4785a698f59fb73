"""What people said yes or no to, addresses that must not be written to again, and who looked at whom."""

from comms.privacy.models.consents import AppendOnly, Channel, Consent, ConsentQuerySet, Wish
from comms.privacy.models.looks import (
    AccessDay,
    AccessDayQuerySet,
    AccessLog,
    AccessLogQuerySet,
    Pledge,
    PledgeQuerySet,
)
from comms.privacy.models.suppressions import HardBounce, Suppression, SuppressionManager

__all__ = [
    "AccessDay",
    "AccessDayQuerySet",
    "AccessLog",
    "AccessLogQuerySet",
    "AppendOnly",
    "Channel",
    "Consent",
    "ConsentQuerySet",
    "HardBounce",
    "Pledge",
    "PledgeQuerySet",
    "Suppression",
    "SuppressionManager",
    "Wish",
]
