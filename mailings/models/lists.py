"""A choice of recipients kept under a name."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from comms.people.models import Mandate, Unit
from mailings.models.mailing import Mailing


class SavedListQuerySet(models.QuerySet["SavedList"]):
    def of(self, unit: Unit, roles: list[str]) -> SavedListQuerySet:
        """Those of a unit, for somebody with these roles there."""
        return self.filter(unit=unit, role__in=roles)

    def kept(self) -> SavedListQuerySet:
        return self.filter(deleted_at=None)


class SavedList(models.Model):
    """A filter under a name. It belongs to the unit and the role, so a successor has it; it names no member.

    `audience` is a `mailings.audience.Filter`: whoever uses it, it only narrows their own mandate.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=16, choices=Mandate.Role.choices)
    name = models.CharField(max_length=80)
    audience = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)  # can be brought back until it is purged

    objects = models.Manager.from_queryset(SavedListQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "role", "name"], name="list_name_once", condition=Q(deleted_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def keep(cls, *, name: str, mailing: Mailing, role: str, by: models.Model) -> SavedList:
        """The draft's present choice under a name. Raises `IntegrityError` when the name is taken."""
        return cls.objects.create(unit=mailing.unit, role=role, name=name, audience=mailing.audience, by=by)
