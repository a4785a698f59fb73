"""The organisation as a forest, and what holds from a day to a day."""

from __future__ import annotations

import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

from comms.people.scope import Scope


class Dated(models.Model):
    """True from `start` to `end`, both days included; no `end` means until further notice."""

    start = models.DateField(_("from"))
    end = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__isnull=True) | models.Q(end__gte=models.F("start")),
                name="%(app_label)s_%(class)s_ends_after_start",
            )
        ]

    def is_live(self, on: datetime.date) -> bool:
        return self.start <= on and (self.end is None or self.end >= on)


class UnitQuerySet(MP_NodeQuerySet):
    def within(self, scope: Scope) -> UnitQuerySet:
        """The units of the scope: those of its mandates and everything below them."""
        return self.filter(scope.unit_paths("path"))


class Unit(MP_Node):
    """A place in the organisation. One forest: the union's own tree, and a tree per employer."""

    class Kind(models.TextChoices):
        UNION = "union", _("Union")
        REGION = "region", _("Region")
        BRANCH = "branch", _("Branch")
        CLUB = "club", _("Club")
        EMPLOYER = "employer", _("Employer")
        MID_LEVEL = "mid_level", _("Mid-level")
        WORKPLACE = "workplace", _("Workplace")

    code = models.CharField(_("number in the registry"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    branch = models.ForeignKey(
        "self",
        verbose_name=_("belongs to the branch"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="employers",
        help_text=_("For an employer: whose brand and library its representatives use."),
    )
    mailbox = models.EmailField(_("mailbox for replies"), blank=True)
    address = models.TextField(_("postal address"), blank=True)
    ended_on = models.DateField(_("closed on"), null=True, blank=True)

    objects = MP_NodeManager.from_queryset(UnitQuerySet)()

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name

    def lineage(self) -> list[Unit]:
        """From the union down to this unit, an employer's tree hanging below the branch it belongs to."""
        own = [*self.get_ancestors(), self]
        return [*own[0].branch.lineage(), *own] if own[0].branch else own


class UnitSize(models.Model):
    """How many members a large unit has with all below it (`comms.people.sizes`); without a unit, everybody."""

    unit = models.OneToOneField(Unit, null=True, on_delete=models.CASCADE, related_name="size")
    on = models.DateField()
    members = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.unit}: {self.members}"


class EmployerDomain(models.Model):
    """Mail to addresses at this domain, or below it, ends at an employer: `domain` in our form (`people.work_mail`)."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=253)

    class Meta:
        ordering = ["domain"]
        constraints = [models.UniqueConstraint(fields=["domain", "unit"], name="employer_domain_once")]

    def __str__(self) -> str:
        return self.domain
