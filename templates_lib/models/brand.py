"""How a unit looks; what a unit leaves empty it inherits from above (`templates_lib.brands`)."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from comms.people.models import Unit
from templates_lib.models import previewed
from templates_lib.models.picture import Picture
from templates_lib.render.document import TYPEFACES

COLOUR = RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write the colour as # and six signs, such as #7a1f2b."))


def usual_parts() -> list[str]:
    """What staff let units below set for themselves, unless they choose otherwise."""
    return ["name", "logo", "address", "sender"]


class Brand(previewed.Previewed, models.Model):
    """How a unit looks. Every empty field is inherited from the nearest unit above that sets it.

    `below_may` names the `PARTS` that units below may set; what they set of other parts is not shown.
    """

    PARTS = {
        "name": ("name",),
        "logo": ("logo",),
        "colours": ("primary", "on_primary", "accent", "ink", "paper"),
        "typeface": ("typeface",),
        "address": ("footer", "website"),
        "sender": ("sender_name",),
    }
    PART_NAMES = {
        "name": _("Name"),
        "logo": _("Logo, beside the one from above"),
        "colours": _("Colours"),
        "typeface": _("Typeface"),
        "address": _("Footer and website"),
        "sender": _("Sender name"),
    }

    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="brand", verbose_name=_("unit"))
    name = models.CharField(_("name"), max_length=80, blank=True)
    logo = models.ForeignKey(
        Picture, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("logo")
    )
    primary = models.CharField(_("main colour"), max_length=7, blank=True, validators=[COLOUR])
    on_primary = models.CharField(_("text on the main colour"), max_length=7, blank=True, validators=[COLOUR])
    accent = models.CharField(_("accent colour"), max_length=7, blank=True, validators=[COLOUR])
    ink = models.CharField(_("text colour"), max_length=7, blank=True, validators=[COLOUR])
    paper = models.CharField(_("background"), max_length=7, blank=True, validators=[COLOUR])
    typeface = models.CharField(_("typeface"), max_length=20, blank=True, choices=[(name, name) for name in TYPEFACES])
    footer = models.TextField(
        _("footer"), blank=True, help_text=_("Postal address and how to reach the data controller.")
    )
    website = models.URLField(_("website"), blank=True)
    sender_name = models.CharField(
        _("sender name"),
        max_length=80,
        blank=True,
        help_text=_("What stands after the person’s name in the mail’s From."),
    )
    below_may = models.JSONField(_("units below may set"), default=usual_parts, blank=True)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")

    def __str__(self) -> str:
        return self.name or (str(self.unit) if self.unit_id else "")

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        return [(face, previewed.FACES[face]) for face in ("mail", "dark", "print", "poster")]
