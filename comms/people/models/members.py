"""Members, what was put right about them, and where they belong."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from comms.people.addresses import address_key
from comms.people.models.units import Dated, Unit
from comms.people.models.users import LANGUAGES, User
from comms.people.scope import MemberQuerySet, ScopedManager


class Member(models.Model):
    """A person we may write to. `objects` refuses everything but `within(scope)`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(_("member number"), max_length=40, unique=True)
    first_name = models.CharField(_("first name"), max_length=120, blank=True)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    email_key = models.CharField(max_length=64, blank=True, editable=False)
    email_problem = models.CharField(max_length=200, blank=True)
    mobile = models.CharField(_("mobile"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="sv")
    street = models.CharField(_("street address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    city = models.CharField(_("town"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    restricted = models.BooleanField(_("processing restricted"), default=False)
    erased_at = models.DateTimeField(null=True, blank=True)
    as_of = models.DateTimeField(_("as of"), null=True, blank=True)

    objects = ScopedManager.from_queryset(MemberQuerySet)()
    unscoped = models.Manager.from_queryset(MemberQuerySet)()

    class Meta:
        base_manager_name = default_manager_name = "unscoped"
        indexes = [
            # holds all that a page of a list is chosen by, so that PostgreSQL need not look at the rows themselves
            models.Index(
                fields=["last_name", "first_name", "id", "left_on"],
                condition=models.Q(erased_at__isnull=True),
                name="member_by_name",
            ),
            models.Index(fields=["email_key"], name="member_by_email_key"),
            models.Index(
                fields=["id"],
                condition=models.Q(left_on__isnull=False) | models.Q(erased_at__isnull=False),
                name="member_gone",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email_key = address_key(self.email, key=settings.SUPPRESSION_KEY)
        super().save(*args, **kwargs)


class Correction(models.Model):
    """A member's field put right here: it wins over the registry's file until the file agrees."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="corrections")
    field = models.CharField(max_length=32)
    value = models.CharField(max_length=254, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "field"], name="correction_once_per_field")]

    def __str__(self) -> str:
        return f"{self.member}:{self.field}"


class Placement(Dated):
    """A member belongs to a unit: a branch *and* a workplace, often several."""

    class Employment(models.TextChoices):
        PERMANENT = "permanent", _("permanent")
        TEMPORARY = "temporary", _("temporary")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="placements", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="placements")
    position = models.CharField(_("position"), max_length=120, blank=True)
    employment = models.CharField(_("employment"), max_length=10, choices=Employment.choices, blank=True)
    main_employer = models.BooleanField(_("main employer"), default=False)

    class Meta(Dated.Meta):
        # both ways round, with the days: whether a placement holds is known without looking at the row itself
        indexes = [
            models.Index(fields=["unit", "member", "start", "end"], name="placement_by_unit"),
            models.Index(fields=["member", "unit", "start", "end"], name="placement_by_member"),
        ]

    def __str__(self) -> str:
        return f"{self.member} – {self.unit}"


class RosterImport(models.Model):
    """One applied membership file: what every list says under "as of"."""

    covers = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="imports", verbose_name=_("covers"))
    as_of = models.DateTimeField(_("as of"))
    applied_at = models.DateTimeField(auto_now_add=True)
    sha256 = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-as_of", "-id"]

    def __str__(self) -> str:
        return f"{self.covers} {self.as_of:%Y-%m-%d %H:%M}"
