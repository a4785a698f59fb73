"""After a restored backup: what people said no to since, read back from the ledger. Repeatable."""

from __future__ import annotations

import datetime
import uuid
from collections import Counter
from collections.abc import Callable, Iterable

from comms.people.models import Member
from comms.privacy import erasing
from comms.privacy.ledger import Entry
from comms.privacy.models import Consent, Suppression
from templates_lib.models import Topic


def replay(entries: Iterable[Entry]) -> Counter[str]:
    """How many entries of each kind were news to this database."""
    news: Counter[str] = Counter()
    for seconds, kind, *what in entries:
        if act := ACTS.get(kind):
            news[kind] += act(*what, at=datetime.datetime.fromtimestamp(seconds, datetime.UTC))
    return news


def _suppressed(key: str, channel: str, reason: str, *, at: datetime.datetime) -> bool:
    return Suppression.objects.get_or_create(key=key, channel=channel, reason=reason, defaults={"at": at})[1]


def _released(key: str, channel: str, reason: str, *, at: datetime.datetime) -> bool:
    return Suppression.objects.filter(key=key, channel=channel, reason=reason, at__lt=at).delete()[0] > 0


def _consent(
    member: str, topic: str, channel: str, granted: bool, how: str, basis: str, *, at: datetime.datetime
) -> bool:
    """An answer is news when it differs from the newest one we know and is not older than that one."""
    person = Member.unscoped.filter(public_id=uuid.UUID(member)).first()
    about = Topic.objects.filter(slug=topic).first()
    if person is None or about is None:
        return False
    newest = Consent.objects.filter(member=person, topic=about, channel=channel).order_by("-id").first()
    if newest is not None and (newest.granted == granted or newest.at > at):
        return False
    Consent.objects.create(
        member=person, topic=about, channel=channel, granted=granted, how=how, basis=basis, at=at
    )  # fmt: skip
    return True


def _erased(member: str, *, at: datetime.datetime) -> bool:
    person = Member.unscoped.filter(public_id=uuid.UUID(member), erased_at__isnull=True).first()
    if person is not None:
        erasing.erase(person, now=at)
    return person is not None


def _restricted(member: str, paused: bool, *, at: datetime.datetime) -> bool:
    person = Member.unscoped.filter(public_id=uuid.UUID(member), erased_at__isnull=True, restricted=not paused)
    return bool(person.update(restricted=paused))


ACTS: dict[str, Callable[..., bool]] = {
    "suppressed": _suppressed,
    "released": _released,
    "consent": _consent,
    "erased": _erased,
    "restricted": _restricted,
}
