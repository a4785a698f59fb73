"""What a message is about, and on what legal basis it may be sent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from templates_lib.fields import TranslatedField


class Topic(models.Model):
    """What a message is about, and on what legal basis it may be sent (GDPR art. 6 and 9)."""

    class Category(models.TextChoices):
        STATUTORY = "statutory", _("Statutory notice")
        INFORMATION = "information", _("Union information")
        OFFER = "offer", _("Offer")

    BASIS = {"statutory": "6(1)(b), 9(2)(d)", "information": "6(1)(f), 9(2)(d)", "offer": "6(1)(a), 9(2)(a)"}

    slug = models.SlugField(unique=True)
    names = TranslatedField(_("name"), default=dict)
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)
    neutral = models.BooleanField(
        _("neutral subject"),
        default=False,
        db_default=False,
        help_text=_(
            "Mail about this says nothing in the list of mails: no subject of its own, and the sender's name without "
            "the union's. For what others had better not see on a screen."
        ),
    )

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")

    def __str__(self) -> str:
        return self.names.get("sv") or self.slug

    def name(self, language: str) -> str:
        return self.names.get(language) or str(self)

    @property
    def legal_basis(self) -> str:
        return self.BASIS[self.category]

    @property
    def can_refuse(self) -> bool:
        """A statutory notice has nothing to switch off."""
        return self.category != self.Category.STATUTORY
