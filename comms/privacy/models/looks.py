"""Who promised confidentiality, and who looked at whom."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _

from comms.people.models import Mandate, User
from comms.privacy.models.consents import AppendOnly


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
