"""Everything a member may decide by a mailed link: topics by channel, the language, and wishes the staff see to.

Every changed answer is a Consent row, so "undo" is the answers before it, said again.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from comms.people.models import Correction, Member
from comms.privacy import suppression
from comms.privacy.models import Channel, Consent, Suppression, Wish
from templates_lib.models import Topic

UNDO = datetime.timedelta(days=1)
BY_LINK = (Wish.Kind.COPY, Wish.Kind.RESTRICT, Wish.Kind.LIFT, Wish.Kind.ERASE)  # one press each

Answers = dict[tuple[int, str], bool]
"""(topic id, channel) -> whether such messages come that way."""


@dataclass(frozen=True, slots=True)
class Choices:
    """`topics` in their order, `answers` for each topic and channel."""

    topics: tuple[Topic, ...]
    answers: Answers

    @classmethod
    def of(cls, member: Member) -> Choices:
        """Two queries. Without an answer mail brings everything but offers, and nothing else brings anything."""
        topics = tuple(Topic.objects.order_by("pk"))
        said = Consent.objects.filter(member=member).order_by("id").values_list("topic", "channel", "granted")
        newest = {(topic, channel): granted for topic, channel, granted in said}
        return cls(
            topics,
            {
                (topic.pk, channel): newest.get((topic.pk, channel), _without_answer(topic, channel))
                for topic in topics
                for channel in Channel.values
            },
        )

    def by_letter(self, topic: Topic) -> bool:
        return self.answers[topic.pk, Channel.LETTER]


def _without_answer(topic: Topic, channel: str) -> bool:
    return channel == Channel.MAIL and topic.category != Topic.Category.OFFER


def may_be_said(topic: Topic, channel: str) -> bool:
    """A statutory notice has nothing to switch off, but the member may choose paper instead of mail."""
    return topic.can_refuse or channel == Channel.LETTER


@transaction.atomic
def say(member: Member, wanted: Mapping[tuple[int, str], bool], *, how: str, now: datetime.datetime) -> Answers:
    """One Consent row for each answer that is another than before. Answers what was before, for an undo."""
    Member.unscoped.select_for_update().get(pk=member.pk)  # two tabs, one after the other
    now_said = Choices.of(member)
    topics = {topic.pk: topic for topic in now_said.topics}
    before: Answers = {}
    for (pk, channel), yes in wanted.items():
        topic = topics.get(pk)
        if topic is None or not may_be_said(topic, channel) or now_said.answers.get((pk, channel), yes) == yes:
            continue
        before[pk, channel] = not yes
        Consent.objects.create(
            member=member, topic=topic, channel=channel, granted=yes, at=now, how=how, basis=topic.legal_basis
        )
    return before


@transaction.atomic
def speak(member: Member, language: str, *, now: datetime.datetime) -> str:
    """Write in this language from now on; the registry is told. Answers the language before."""
    before = member.language
    if language != before:
        Member.unscoped.filter(pk=member.pk).update(language=language)
        Correction.objects.update_or_create(
            member=member, field="language", defaults={"value": language, "at": now, "by": None}
        )
        member.language = language
    return before


# --- what the staff see to --------------------------------------------------------------------------------------------
def wish(member: Member, kind: str, *, said: Mapping[str, str] | None = None, now: datetime.datetime) -> Wish:
    """The newest of a kind counts: one that still waits gets the new words."""
    found, made = Wish.objects.get_or_create(
        member=member, kind=kind, state=Wish.State.OPEN, defaults={"said": dict(said or {}), "at": now}
    )
    if not made:
        Wish.objects.filter(pk=found.pk, state=Wish.State.OPEN).update(said=dict(said or {}), at=now)
    return found


@transaction.atomic
def take_back(member: Member, public_id: UUID, *, now: datetime.datetime) -> bool:
    """Whether it was still open. To be written to again is undone for a day: the refusal stands as before."""
    mine = Wish.objects.filter(member=member, public_id=public_id)
    back = {"state": Wish.State.TAKEN_BACK, "closed_at": now}
    if mine.filter(state=Wish.State.OPEN).update(**back, said={}):
        return True
    lifted = mine.filter(undoable(now)).first()
    if lifted is None or not mine.filter(undoable(now)).update(**back):
        return False
    address, said = suppression.address_of(member, lifted.said["channel"]), lifted.said
    Suppression.objects.suppress(address, said["reason"], now=now, channel=said["channel"])
    return True


def undoable(now: datetime.datetime) -> Q:
    """What the member has lifted by the link within a day."""
    lately = now - UNDO
    return Q(kind=Wish.Kind.RELEASE, state=Wish.State.DONE, closed_by=None, why="", closed_at__gt=lately)
