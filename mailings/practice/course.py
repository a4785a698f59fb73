"""What becomes of a practice: a draft until “send” is pressed, and from then on a matter of the clock alone.

There are no rows, no batches and no worker: how far it has come is counted from the moment it was pressed.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from comms.people.models import User
from mailings.lifecycle import NotNow
from mailings.models import Mailing, MailingState, RecipientState
from mailings.practice import people
from mailings.reasons import Reason, explain

EACH = datetime.timedelta(seconds=2)  # from one invented mail to the next


@dataclass(frozen=True, slots=True)
class Line:
    """What the report shows of a recipient."""

    one: people.Invented
    state: RecipientState
    reason: str = ""

    @property
    def first_name(self) -> str:
        return self.one.first_name

    @property
    def last_name(self) -> str:
        return self.one.last_name

    @property
    def why(self) -> Reason | None:
        return explain(self.reason) if self.reason else None

    def get_state_display(self) -> Any:
        return self.state.label


@dataclass(frozen=True, slots=True)
class Course:
    """Where it stands: `state` is one of hold, sending and done, `until` the end of the undo time."""

    state: MailingState
    until: datetime.datetime
    lines: list[Line]


def press(*, mailing: Mailing, version: int, now: datetime.datetime) -> bool:
    """“Send” is pressed on the draft at this version; False when somebody was faster or it has changed."""
    drafts = Mailing.unscoped.filter(pk=mailing.pk, practice=True, practised_at=None, version=version)
    return bool(drafts.update(practised_at=now))


def undo(*, mailing: Mailing, by: User, now: datetime.datetime) -> None:
    """Back to the draft. Raises `NotNow` when the undo time is over, or it was never pressed."""
    waiting = Mailing.unscoped.filter(pk=mailing.pk, practice=True, practised_at__gt=now - hold())
    if not waiting.update(practised_at=None):
        raise NotNow("undo")


def delete(*, mailing: Mailing) -> None:
    """It is gone with everything in it. A real mailing is never deleted by this."""
    Mailing.unscoped.filter(pk=mailing.pk, practice=True).delete()


def has_sent(user: User) -> bool:
    """Whether somebody has sent in earnest."""
    return Mailing.unscoped.filter(confirmed_by=user).exists()


def course(mailing: Mailing, *, now: datetime.datetime) -> Course:
    """Of a practice whose “send” was pressed."""
    assert mailing.practised_at is not None
    until = mailing.practised_at + hold()
    handled = max(0, (now - until) // EACH)
    turns = people.reached(mailing)
    lines = [_line(one, has_had_its_turn=n < handled) for n, one in enumerate(turns)]
    lines += [Line(one, RecipientState.SKIPPED, one.skipped) for one in people.chosen(mailing) if one.skipped]
    lines.sort(key=lambda line: (line.last_name, line.first_name))
    running = MailingState.SENDING if handled < len(turns) else MailingState.DONE
    return Course(MailingState.HOLD if now < until else running, until, lines)


def _line(one: people.Invented, *, has_had_its_turn: bool) -> Line:
    if not has_had_its_turn:
        return Line(one, RecipientState.QUEUED)
    return Line(one, RecipientState.FAILED if one.missed else RecipientState.SENT, one.missed)


def hold() -> datetime.timedelta:
    """The undo time, the same as in earnest."""
    return datetime.timedelta(seconds=settings.MAILING_HOLD_SECONDS)
