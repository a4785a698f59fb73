"""The two state machines as tables (docs/pipeline.md). `next_state` is pure and monotone: a fact that comes late or
twice moves nothing back.
"""

from __future__ import annotations

from typing import Final

from mailings.models import MailingState as M
from mailings.models import RecipientState as R

# Final for the recipient; `unknown` becomes final only after somebody has looked (rulings, "Sending").
FINAL: Final = frozenset({R.SENT, R.DELIVERED, R.BOUNCED, R.COMPLAINED, R.FAILED, R.SKIPPED})
WAITING: Final = frozenset({R.QUEUED, R.DEFERRED})
IN_HAND: Final = frozenset({R.CLAIMED, R.COMMITTING})

# fact -> {state it finds: state it leaves}; a state that is not named stays as it is.
RECIPIENT: Final[dict[str, dict[str, str]]] = {
    "claimed": {R.QUEUED: R.CLAIMED, R.DEFERRED: R.CLAIMED},
    "committing": {R.CLAIMED: R.COMMITTING, R.COMMITTING: R.COMMITTING},  # the same mark again after a lost COMMIT
    "returned": {R.CLAIMED: R.QUEUED, R.COMMITTING: R.QUEUED, R.UNKNOWN: R.QUEUED},  # provably no dot was sent
    "lost": {R.COMMITTING: R.UNKNOWN},  # a dot may have been sent and nobody knows the answer
    "accepted": {R.COMMITTING: R.SENT, R.UNKNOWN: R.SENT},
    "deferred": {R.CLAIMED: R.DEFERRED, R.COMMITTING: R.DEFERRED},
    "put_off": {R.CLAIMED: R.DEFERRED},  # its turn comes later; nothing was tried
    "refused": {R.CLAIMED: R.FAILED, R.COMMITTING: R.FAILED, R.UNKNOWN: R.FAILED},
    "skipped": dict.fromkeys((R.QUEUED, R.CLAIMED, R.COMMITTING, R.DEFERRED), R.SKIPPED),
    "delivered": {R.COMMITTING: R.DELIVERED, R.UNKNOWN: R.DELIVERED, R.SENT: R.DELIVERED},
    "bounced": dict.fromkeys((R.COMMITTING, R.UNKNOWN, R.SENT, R.DELIVERED), R.BOUNCED),
    "complained": dict.fromkeys((R.COMMITTING, R.UNKNOWN, R.SENT, R.DELIVERED, R.BOUNCED), R.COMPLAINED),
}

MAILING: Final[dict[str, dict[str, str]]] = {
    "confirm": {M.DRAFT: M.HOLD},
    "schedule": {M.DRAFT: M.SCHEDULED},
    "ask": {M.DRAFT: M.AWAITING_APPROVAL},  # a second person, who approves or sends it back
    "approve": {M.AWAITING_APPROVAL: M.HOLD},
    "approve_later": {M.AWAITING_APPROVAL: M.SCHEDULED},
    "send_back": {M.AWAITING_APPROVAL: M.DRAFT},
    "take_back": {M.AWAITING_APPROVAL: M.DRAFT},  # by those who wrote it
    "undo": {M.HOLD: M.DRAFT, M.SCHEDULED: M.DRAFT},
    "hurry": {M.SCHEDULED: M.HOLD},
    "start": {M.HOLD: M.SENDING, M.SCHEDULED: M.SENDING},
    "stop": {M.HOLD: M.PAUSED, M.SCHEDULED: M.PAUSED},  # due, but something must be decided first
    "pause": {M.SENDING: M.PAUSED},
    "resume": {M.PAUSED: M.SENDING},
    "cancel": dict.fromkeys((M.HOLD, M.SCHEDULED, M.SENDING, M.PAUSED), M.CANCELLED),
    "finish": {M.SENDING: M.DONE},
    "reopen": {M.DONE: M.SENDING},  # an unknown mail turned out not to have left
}


def next_state(current: str, fact: str) -> str:
    """The state of a recipient after a fact; the same state when the fact tells nothing new.

    Raises `KeyError` for a fact that is not in the table.
    """
    return RECIPIENT[fact].get(current, current)


def before(fact: str) -> tuple[str, ...]:
    """The states in which a fact moves a recipient: the condition of the UPDATE."""
    return tuple(RECIPIENT[fact])


def allows(action: str) -> dict[str, str]:
    """What an action does to a mailing, {state it finds: state it leaves}. Raises `KeyError`."""
    return MAILING[action]
