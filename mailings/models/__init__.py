"""The post office's rows. The database is the queue."""

from mailings.models.enclosure import Enclosure
from mailings.models.facts import BounceTask, FactState, RawFact
from mailings.models.history import DraftVersion
from mailings.models.insertion import Insertion
from mailings.models.letters import LetterChunk, LetterRun, RunState
from mailings.models.lists import SavedList
from mailings.models.mailing import (
    UNCONFIRMED,
    Mailing,
    MailingQuerySet,
    MailingState,
    News,
    Rendition,
    WorkMail,
    awaits,
    mail_domain,
)
from mailings.models.office import Halt, Pulse, Tally, nothing_halted
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
    "UNCONFIRMED",
    "Batch",
    "BatchState",
    "BounceTask",
    "DeliveryEvent",
    "DraftVersion",
    "Enclosure",
    "FactState",
    "Halt",
    "Insertion",
    "LetterChunk",
    "LetterRun",
    "Mailing",
    "MailingQuerySet",
    "MailingState",
    "News",
    "Pace",
    "Pulse",
    "RawFact",
    "Recipient",
    "RecipientQuerySet",
    "RecipientState",
    "Rendition",
    "RunState",
    "SavedList",
    "SenderCheck",
    "Tally",
    "WorkMail",
    "awaits",
    "mail_domain",
    "nothing_halted",
]
