"""What communications staff design: brands, topics and invitation templates."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, RevisionMixin, WorkflowMixin

from comms.people.models import Unit
from templates_lib.blocks import vocabulary


class Topic(models.Model):
    """What a message is about, and on what legal basis it may be sent (GDPR art. 6 and 9)."""

    class Category(models.TextChoices):
        STATUTORY = "statutory", _("Statutory notice")
        INFORMATION = "information", _("Union information")
        OFFER = "offer", _("Offer")

    BASIS = {"statutory": "6(1)(b), 9(2)(d)", "information": "6(1)(f), 9(2)(d)", "offer": "6(1)(a), 9(2)(a)"}

    slug = models.SlugField(unique=True)
    names = models.JSONField(default=dict)  # {"sv": …, "nb": …, "da": …, "en": …}
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)

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


class Picture(models.Model):
    """An image in a message, re-encoded without metadata. Anonymous visitors get it only once `published`."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    content = models.BinaryField()
    content_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    published = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.sha256[:12]


class Brand(models.Model):
    """How a union looks; units below inherit the nearest brand above them."""

    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="brand")
    name = models.CharField(_("name"), max_length=80)
    logo = models.ForeignKey(Picture, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    primary = models.CharField(_("main colour"), max_length=7, default="#7a1f2b")
    on_primary = models.CharField(_("text on the main colour"), max_length=7, default="#ffffff")
    accent = models.CharField(_("accent colour"), max_length=7, default="#f3c14b")
    ink = models.CharField(_("text colour"), max_length=7, default="#1f1b18")
    paper = models.CharField(_("background"), max_length=7, default="#faf7f2")
    typeface = models.CharField(_("typeface"), max_length=20, default="Lato")
    footer = models.TextField(_("footer"), blank=True)
    website = models.URLField(_("website"), blank=True)

    def __str__(self) -> str:
        return self.name


class InvitationTemplate(WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, models.Model):
    """Blocks in an order fixed by staff; each block's fields are locked or slots for a representative to fill."""

    name = models.CharField(_("name"), max_length=120, help_text=_("The task: “Summons to the annual meeting”."))
    description = models.CharField(_("when to use it"), max_length=300, blank=True)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="templates", verbose_name=_("topic"))
    subject = models.JSONField(_("suggested subject"), default=dict, blank=True)
    body = StreamField(vocabulary(), verbose_name=_("blocks"))

    workflow_states = GenericRelation(
        "wagtailcore.WorkflowState",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="invitation_template",
        for_concrete_model=False,
    )
    _revisions = GenericRelation("wagtailcore.Revision", related_query_name="invitation_template")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def revisions(self):  # type: ignore[no-untyped-def]  # the name and shape Wagtail asks for
        return self._revisions
