"""Recipients in a given state, and what was made of them."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence

from django.utils import timezone

from comms.privacy.models import HardBounce, Suppression
from mailings.facts import handling, intake
from mailings.facts.intake import Fact, Kind
from mailings.models import Batch, Mailing, RawFact, Recipient
from tests.mailings.post import make_mailing

GONE = "550 5.1.1 no such user"


def sent(union, *, to: int | Sequence[str] = 1, state: str = "sent", **fields) -> tuple[Mailing, list[Recipient]]:
    """A mailing of Alice's that is over, every recipient in `state`."""
    mailing = make_mailing(union.mandate(union.alice), to=to, **fields)
    now = timezone.now()
    final = None if state in ("unknown", "committing") else now
    rows = Recipient.unscoped.for_mailing(mailing)
    rows.update(state=state, attempt=1, committed_at=now, final_at=final, reply="250 queued as A1")
    counter = {"sent": {"sent": len(rows)}, "unknown": {"unknown": len(rows)}}.get(state, {})
    Batch.objects.filter(mailing=mailing).update(state="done", **counter)
    Mailing.unscoped.filter(pk=mailing.pk).update(state="done" if state == "sent" else "sending")
    return mailing, list(rows.order_by("id"))


def fact(row: Recipient | uuid.UUID, kind: Kind, *, days: float = 0, event: str = "", **fields) -> Fact:
    """Told by a provider; `days` ago."""
    recipient = row if isinstance(row, uuid.UUID) else row.public_id
    at = timezone.now() - datetime.timedelta(days=days)
    return Fact("esp", event or uuid.uuid4().hex, recipient, kind, happened_at=at, **fields)


def tell(*facts: Fact, now: datetime.datetime | None = None) -> None:
    intake.store(facts, now=now or timezone.now())
    settle(now)


def settle(now: datetime.datetime | None = None) -> None:
    while handling.handle(now=now or timezone.now()):
        pass


def state(row: Recipient) -> str:
    return Recipient.unscoped.get(pk=row.pk).state


def said(row: Recipient) -> str:
    """State and reason."""
    row.refresh_from_db()
    return f"{row.state} {row.reason}".strip()


def suppressed() -> list[str]:
    return sorted(Suppression.objects.values_list("reason", flat=True))


def doubts() -> int:
    return HardBounce.objects.count()


def raw() -> dict[str, int]:
    found: dict[str, int] = {}
    for one in RawFact.objects.values_list("state", flat=True):
        found[one] = found.get(one, 0) + 1
    return found
