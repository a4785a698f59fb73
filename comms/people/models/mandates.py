"""Who represents a unit."""

from __future__ import annotations

import datetime
import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from comms.people.models.units import Dated, Unit
from comms.people.models.users import User
from comms.people.scope import live


class MandateQuerySet(models.QuerySet["Mandate"]):
    def live(self, on: datetime.date) -> MandateQuerySet:
        return self.filter(live(on))


class Mandate(Dated):
    """A user represents a unit. Power has an end date, so nobody has to remember to take it back."""

    class Role(models.TextChoices):
        REPRESENTATIVE = "representative", _("Representative")
        DEPUTY = "deputy", _("Deputy")
        SAFETY = "safety", _("Safety representative")
        BOARD = "board", _("Board member")
        STAFF = "staff", _("Staff")

    SENDING_ROLES = frozenset({Role.REPRESENTATIVE, Role.DEPUTY, Role.BOARD, Role.STAFF})

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mandates")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="mandates")
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.REPRESENTATIVE)
    mailbox = models.EmailField(_("mailbox for replies"), blank=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    objects = models.Manager.from_queryset(MandateQuerySet)()

    class Meta(Dated.Meta):
        indexes = [models.Index(fields=["user", "start", "end"], name="mandate_by_user")]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.unit}"

    @property
    def may_send(self) -> bool:
        return self.role in self.SENDING_ROLES

    @property
    def reply_to(self) -> str:
        """Where an answer lands: the mandate's mailbox, the unit's, or the person's; never a no-reply address."""
        return self.mailbox or self.unit.mailbox or self.user.email
