"""What people said yes or no to, addresses that must not be written to again, and who looked at whom."""

from __future__ import annotations

import datetime
import uuid
from typing import Any, NoReturn

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comms.people.addresses import address_key
from comms.people.models import Mandate, Member, User
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


class SuppressionManager(models.Manager["Suppression"]):
    """Written to by address, stored by key: the address itself is never kept."""

    def suppress(
        self, address: str, reason: str, *, now: datetime.datetime, channel: str = Channel.MAIL
    ) -> Suppression | None:
        """Never write to `address` again. Repeatable; None for an empty address."""
        key = address_key(address, key=settings.SUPPRESSION_KEY)
        return self.get_or_create(key=key, channel=channel, reason=reason, defaults={"at": now})[0] if key else None

    def release(self, address: str, reason: str, *, channel: str = Channel.MAIL) -> bool:
        """Lift one reason; whether there was one. Only the member does, or staff with a reason (`wishes.release`)."""
        key = address_key(address, key=settings.SUPPRESSION_KEY)
        lifted = bool(key) and self.filter(key=key, channel=channel, reason=reason).delete()[0] > 0
        if lifted:
            transaction.on_commit(lambda: ledger.note("released", key, channel, reason, durable=True))
        return lifted


class Suppression(models.Model):
    """A keyed hash of an address that must not be written to; survives erasure and re-import."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced", _("the mailbox does not exist")
        COMPLAINED = "complained", _("reported as unwanted")
        REFUSED = "refused", _("the person refused all mail")

    key = models.CharField(max_length=64)  # comms.people.addresses.address_key
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.MAIL)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    at = models.DateTimeField(default=timezone.now)

    objects = SuppressionManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "channel", "reason"], name="suppression_once")]

    def __str__(self) -> str:
        return f"{self.channel}:{self.reason}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        self.remember()

    def remember(self) -> None:
        """In the ledger, which outlives a restored backup; `bulk_create` needs it called."""
        what = (self.key, self.channel, self.reason)
        transaction.on_commit(lambda: ledger.note("suppressed", *what, durable=True))


class HardBounce(models.Model):
    """A day on which a mail to an address came back because the mailbox is not there; two such days suppress it."""

    key = models.CharField(max_length=64)  # comms.people.addresses.address_key
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.MAIL)
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "channel", "day"], name="hard_bounce_once")]

    def __str__(self) -> str:
        return f"{self.channel}:{self.day}"


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


class PledgeQuerySet(models.QuerySet["Pledge"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly("a pledge is not changed: it is given anew")

    def delete(self) -> NoReturn:
        raise AppendOnly("a pledge is not taken away")


class Pledge(models.Model):
    """Somebody promised confidentiality before seeing members under a mandate. Append-only; the newest counts.

    `version` names the text they read (`comms.privacy.pledge.TEXTS`). Rows go with their account, or by the policy.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    mandate = models.ForeignKey(Mandate, on_delete=models.CASCADE, related_name="+", db_index=False)
    version = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    objects = models.Manager.from_queryset(PledgeQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["mandate", "-at"], name="pledge_newest")]

    def __str__(self) -> str:
        return f"{self.mandate_id}:{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("a pledge is not changed: it is given anew")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("a pledge is not taken away")


class AccessDayQuerySet(models.QuerySet["AccessDay"]):
    def delete(self) -> NoReturn:
        raise AppendOnly("a day's seal stays when its rows go")


class AccessDay(models.Model):
    """One day's chain of the access log: how many rows it has and the seal of the newest. Stays when the rows go."""

    day = models.DateField(primary_key=True)
    rows = models.PositiveIntegerField(default=0)
    seal = models.CharField(max_length=64, blank=True)

    objects = models.Manager.from_queryset(AccessDayQuerySet)()

    def __str__(self) -> str:
        return f"{self.day}: {self.rows}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("a day's seal stays when its rows go")


class AccessLogQuerySet(models.QuerySet["AccessLog"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly("what was looked at is not changed")

    def delete(self) -> NoReturn:
        raise AppendOnly("what was looked at is not taken away")

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("each row is sealed by `comms.privacy.access.note`")


class AccessLog(models.Model):
    """Somebody looked at, searched, asked for, exported or wrote to members: who, whom, when, why (GDPR art. 5(2)).

    Ids, and why. Written by `comms.privacy.access.note`, one row however many members; each row seals the one before.
    Refused here and, on PostgreSQL, by triggers: change, removal within 24 months or of less than a day. Users and
    mandates are named without a constraint: whatever becomes of them, the log stands.
    """

    class Kind(models.TextChoices):
        LIST = "list", _("looked at a list")
        SEARCH = "search", _("searched")
        CONTACT = "contact", _("asked for contact details")
        EXPORT = "export", _("took out a list")
        MAILING = "mailing", _("wrote to")
        CHANGE = "change", _("changed the details")

    class Reason(models.TextChoices):
        ASKED = "asked", _("The member has asked to be contacted")
        CASE = "case", _("I am helping the member with a matter")
        MEETING = "meeting", _("A meeting or an invitation")
        DETAILS = "details", _("I am checking that the details are right")
        RIGHTS = "rights", _("The member asks about their own data")  # staff's screens, offered to nobody

    day = models.ForeignKey(AccessDay, on_delete=models.PROTECT, related_name="log", db_index=False)
    n = models.PositiveIntegerField()  # place in the day's chain, from 1
    at = models.DateTimeField()
    user = models.ForeignKey(User, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    mandate = models.ForeignKey(Mandate, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    reason = models.CharField(max_length=8, choices=Reason.choices, blank=True)
    words = models.CharField(max_length=300, blank=True)  # why, in the person's own, where a choice says too little
    count = models.PositiveIntegerField()  # members
    members = models.JSONField(default=list)  # their ids
    seal = models.CharField(max_length=64)

    objects = models.Manager.from_queryset(AccessLogQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "n"], name="access_log_place")]
        indexes = [models.Index(fields=["user", "at"], name="access_log_by_user")]

    def __str__(self) -> str:
        return f"{self.day_id}/{self.n}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("what was looked at is not changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("what was looked at is not taken away")
