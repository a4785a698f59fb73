"""The post office's rows. The database is the queue."""

from mailings.models.letters import LetterChunk, LetterRun, RunState
from mailings.models.mailing import Mailing, MailingQuerySet, MailingState, Rendition, mail_domain
from mailings.models.recipient import (
    Batch,
    BatchState,
    DeliveryEvent,
    Pace,
    Recipient,
    RecipientQuerySet,
    RecipientState,
)
from mailings.models.sender import SenderCheck

__all__ = [
    "Batch",
    "BatchState",
    "DeliveryEvent",
    "LetterChunk",
    "LetterRun",
    "Mailing",
    "MailingQuerySet",
    "MailingState",
    "Pace",
    "Recipient",
    "RecipientQuerySet",
    "RecipientState",
    "Rendition",
    "RunState",
    "SenderCheck",
    "mail_domain",
]
