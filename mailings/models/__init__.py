"""The post office's rows. The database is the queue."""

from mailings.models.letters import LetterChunk, LetterRun, RunState
from mailings.models.mailing import Mailing, MailingQuerySet, MailingState, Rendition, mail_domain
from mailings.models.office import Halt, Pulse, Tally, nothing_halted
from mailings.models.recipient import Batch, BatchState, DeliveryEvent, Recipient, RecipientQuerySet, RecipientState

__all__ = [
    "Batch",
    "BatchState",
    "DeliveryEvent",
    "Halt",
    "LetterChunk",
    "LetterRun",
    "Mailing",
    "MailingQuerySet",
    "MailingState",
    "Pulse",
    "Recipient",
    "RecipientQuerySet",
    "RecipientState",
    "Rendition",
    "RunState",
    "Tally",
    "mail_domain",
    "nothing_halted",
]
