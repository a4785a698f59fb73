"""The demo's one invitation: written as Alice, sent by the running workers, and told with its sums."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from comms.demo import office, press
from comms.people.models import Mandate, User
from comms.people.scope import Scope
from mailings import audience, composing, dispatch, lifecycle, states
from mailings.models import Mailing, MailingState
from templates_lib.models import InvitationTemplate


class NotSent(Exception):
    """Why the invitation could not be confirmed."""


@dataclass(frozen=True)
class Outcome:
    """What came of it. `left` counts recipients without a final state, `unknown` among them."""

    mailing: Mailing
    ledger: audience.Ledger
    by_state: dict[str, int]

    @property
    def left(self) -> int:
        return sum(count for state, count in self.by_state.items() if state not in states.FINAL)

    @property
    def sums_agree(self) -> bool:
        """Ledger = locked list = sum over the states, and what the ledger promised by mail was not skipped."""
        total = sum(self.by_state.values())
        return total == self.ledger.total == self.mailing.locked_count and (
            self.by_state.get("skipped", 0) == self.ledger.total - self.ledger.mail
        )

    @property
    def good(self) -> bool:
        return not self.left and self.sums_agree and self.mailing.state == MailingState.DONE


def alice() -> Mandate:
    """The mandate in branch A. Raises `NotSent` when the demo union is not there."""
    user = User.objects.filter(email=f"alice@{office.DOMAIN}").first()
    if user is None:
        raise NotSent("this database does not hold the demo union: run manage.py seed_demo")
    return user.mandates.select_related("unit", "user").get()


def send(*, mandate: Mandate, now: datetime.datetime) -> tuple[Mailing, audience.Ledger]:
    """Writes, checks and confirms the invitation, exactly as the portal does; the bell rings after the commit."""
    template = InvitationTemplate.objects.get(slug="member-meeting")
    draft = press.invitation(template, mandate=mandate, subject="Medlemsmöte: våra krav i lönerörelsen", now=now)
    problems = [problem for problem in composing.check(draft, now=now, by=mandate.user) if problem.blocking]
    if problems:
        raise NotSent("; ".join(f"{problem.key} {problem.message}" for problem in problems))
    ledger = composing.reach(draft, now=now)
    scope = Scope.of(mandate.user, on=timezone.localdate(now))
    with transaction.atomic():
        lifecycle.confirm(mailing=draft, by=mandate.user, scope=scope, now=now)
        transaction.on_commit(dispatch.ring)
    return draft, ledger


def wait(mailing: Mailing, *, seconds: float, tell: Callable[[dict[str, int]], None]) -> dict[str, int]:
    """Recipients per state once the mailing is over, or when so many seconds have passed. `tell` hears every change."""
    until, told = time.monotonic() + seconds, None
    while True:
        mailing.refresh_from_db()
        by_state = mailing.recipients.all().by_state()
        if by_state != told:
            told = by_state
            tell(by_state)
        if mailing.state in (MailingState.DONE, MailingState.CANCELLED) or time.monotonic() > until:
            return by_state
        connection.close_if_unusable_or_obsolete()
        time.sleep(0.5)
