"""The link in every mail's footer and header by which a member switches one topic off (RFC 8058).

A token names a member, a topic and a channel, nothing else, and only for this purpose. It changes preferences and
opens nothing. Erased and unknown members give the same `BadToken` as a forged token.
"""

from __future__ import annotations

import datetime
import struct
import uuid
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.urls import reverse

from comms.people.models import Member
from comms.people.tokens import BadToken, seal, unseal
from comms.privacy.models import Channel, Consent
from templates_lib.models import Topic

PURPOSE = "unsubscribe"
PAYLOAD = struct.Struct(">16sIB")  # member's public id, topic id, channel
CHANNELS = (Channel.MAIL, Channel.SMS, Channel.LETTER)  # places in the list are part of mailed links: only append


def link(member_public_id: uuid.UUID, topic_id: int, channel: str = Channel.MAIL) -> str:
    """The absolute URL for one recipient; some microseconds, no query."""
    payload = PAYLOAD.pack(member_public_id.bytes, topic_id, CHANNELS.index(Channel(channel)))
    before, after = _path()
    return f"{settings.BASE_URL}{before}{seal(PURPOSE, payload)}{after}"


@cache
def _path() -> tuple[str, str]:
    before, _, after = reverse("unsubscribe", args=["-"]).partition("-")
    return before, after


@dataclass(frozen=True, slots=True)
class Preference:
    """One member's choice about one topic on one channel."""

    member: Member
    topic: Topic
    channel: str

    @classmethod
    def named_by(cls, token: str) -> Preference:
        """Raises `BadToken`."""
        try:
            public_id, topic_id, place = PAYLOAD.unpack(unseal(PURPOSE, token))
            member = Member.unscoped.get(public_id=uuid.UUID(bytes=public_id), erased_at__isnull=True)
            return cls(member=member, topic=Topic.objects.get(pk=topic_id), channel=CHANNELS[place])
        except (struct.error, IndexError, Member.DoesNotExist, Topic.DoesNotExist) as error:
            raise BadToken from error

    @property
    def answers(self) -> list[bool]:
        """Everything said about it, newest first."""
        said = Consent.objects.filter(member=self.member, topic=self.topic, channel=self.channel)
        return list(said.order_by("-id").values_list("granted", flat=True))

    @property
    def is_on(self) -> bool:
        """Whether such messages come now: without an answer information does, an offer does not."""
        return next(iter(self.answers), self.topic.category != Topic.Category.OFFER)

    @property
    def may_switch_on(self) -> bool:
        """Taking an objection back restores what was; it never makes a first yes to offers (GDPR art. 7)."""
        answers = self.answers
        return answers[:1] == [False] and (self.topic.category != Topic.Category.OFFER or True in answers)

    def switch_off(self, *, how: str, now: datetime.datetime) -> None:
        """Repeatable: a second objection writes nothing. A statutory notice has nothing to switch off."""
        if self.topic.can_refuse and self.answers[:1] != [False]:
            self._say(False, how=how, now=now)

    def switch_on(self, *, how: str, now: datetime.datetime) -> None:
        """Repeatable; does nothing where `may_switch_on` is not true."""
        if self.may_switch_on:
            self._say(True, how=how, now=now)

    def _say(self, granted: bool, *, how: str, now: datetime.datetime) -> None:
        Consent.objects.create(
            member=self.member, topic=self.topic, channel=self.channel, granted=granted, at=now, how=how,
            basis=self.topic.legal_basis,
        )  # fmt: skip
