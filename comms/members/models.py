"""What staff let a role do, and the lists of members that were taken out as files."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from comms.people.models import Mandate, User


class RolePower(models.Model):
    """Whether staff let everybody with a role do what is off by itself. Without a row it is off."""

    class Power(models.TextChoices):
        EXPORT = "export", _("take out member lists as files")

    role = models.CharField(max_length=16, choices=Mandate.Role.choices)
    power = models.CharField(max_length=8, choices=Power.choices)
    allowed = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "power"], name="role_power_once")]

    def __str__(self) -> str:
        return f"{self.role}:{self.power}:{self.allowed}"


class ListExport(models.Model):
    """A list one person has taken out under one mandate. The file is theirs alone and is deleted when it expires.

    `members` are the ids in the file, in its order, known before the first name is read; `claimed_at` is the claim of
    the worker that makes it and part of the file's name. What narrowed the list goes as soon as the file is made.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        MAKING = "making"
        READY = "ready"
        FAILED = "failed"
        GONE = "gone"

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel")
        CSV = "csv", _("CSV, for other programs")

    class Problem(models.TextChoices):
        NOBODY = "nobody", _("Nobody was left on the list when it was about to be made.")
        TOO_MANY = "too_many", _("There were too many members for one file. Narrow the list first.")
        ENDED = "ended", _("Your mandate no longer lets you take out lists.")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    mandate = models.ForeignKey(Mandate, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=300)  # in the person's own words
    wanted = models.JSONField(default=dict)  # comms.members.lists.Wanted
    columns = models.JSONField(default=list)  # keys of comms.members.columns.COLUMNS
    format = models.CharField(max_length=4, choices=Format.choices, default=Format.XLSX)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    problem = models.CharField(max_length=8, choices=Problem.choices, blank=True)
    members = models.JSONField(default=list)
    count = models.PositiveIntegerField(default=0)  # members on the list
    left_out = models.PositiveIntegerField(default=0)  # those whose data must not be used (GDPR art. 18)
    done = models.PositiveIntegerField(default=0)  # members written so far
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["by", "-created_at"], name="list_export_by")]
        constraints = [
            models.CheckConstraint(
                name="list_export_failed_why", condition=Q(state="failed") & ~Q(problem="") | ~Q(state="failed")
            )
        ]

    def __str__(self) -> str:
        return f"{self.by_id}:{self.public_id.hex}"
