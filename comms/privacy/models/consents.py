"""What members said yes or no to, and asked for."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comms.people.models import Member, User
from comms.privacy import ledger
from templates_lib.models import Topic


class Channel(models.TextChoices):
    MAIL = "mail", _("e-mail")
    SMS = "sms", _("SMS")
    LETTER = "letter", _("letter")


class AppendOnly(Exception):
    """A row that proves what somebody said is never changed or taken away; write a newer one."""


class ConsentQuerySet(models.QuerySet["Consent"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly("an answer is not changed: write a newer one")

    def delete(self) -> NoReturn:
        raise AppendOnly("an answer is not taken away: write a newer one")


class Consent(models.Model):
    """A member said yes or no to a topic on a channel. Append-only; the newest row (highest id) wins.

    Rows go only with their member (erasure). `save` of an existing row, `delete` and their queryset forms
    raise `AppendOnly`.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="consents")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="consents")
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.MAIL)
    granted = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)
    how = models.CharField(max_length=40)  # one-click · page · undo · staff · import · seed
    basis = models.CharField(max_length=40)

    objects = models.Manager.from_queryset(ConsentQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["member", "topic", "channel", "-id"], name="consent_newest")]

    def __str__(self) -> str:
        return f"{self.member_id}:{self.topic_id}:{self.granted}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("an answer is not changed: write a newer one")
        super().save(*args, **kwargs)
        said = (self.topic.slug, self.channel, self.granted, self.how, self.basis)
        transaction.on_commit(lambda: ledger.note("consent", self.member.public_id.hex, *said, durable=True))

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("an answer is not taken away: write a newer one")


class Wish(models.Model):
    """What a member asks for about their own data, and what came of it (GDPR art. 15–18 and 21).

    `said` holds the new values, or which refusal is lifted, and goes with the wish. Staff see to it; until then the
    member takes it back. What somebody asks for by telephone or letter is carried out at once, with `why`.
    """

    class Kind(models.TextChoices):
        ADDRESS = "address", _("another address")
        COPY = "copy", _("a copy of everything")
        RESTRICT = "restrict", _("a pause in the use of the data")
        ERASE = "erase", _("to be taken out")
        LIFT = "lift", _("an end to the pause")
        RELEASE = "release", _("to be written to again")
        CORRECT = "correct", _("a correction of the details")

    class State(models.TextChoices):
        OPEN = "open", _("waits for the staff")
        DONE = "done", _("done")
        REFUSED = "refused", _("not possible")
        TAKEN_BACK = "taken_back", _("taken back")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="wishes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    said = models.JSONField(default=dict, blank=True)  # column of the member -> new value
    at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answer = models.CharField(max_length=300, blank=True)  # to the member, when it is not possible
    why = models.CharField(max_length=300, blank=True)  # of staff who did it without a link's wish

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "kind"], name="wish_open_once", condition=models.Q(state="open")),
            models.CheckConstraint(
                name="wish_closed_has_time",
                condition=models.Q(state="open", closed_at__isnull=True)
                | ~models.Q(state="open") & models.Q(closed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["at"], name="wish_open", condition=models.Q(state="open"))]

    def __str__(self) -> str:
        return f"{self.kind}:{self.state}"
