"""What communications staff design: brands, topics and invitation templates."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, RevisionMixin, WorkflowMixin

from comms.people.models import LANGUAGES, Unit
from templates_lib.blocks import vocabulary
from templates_lib.blocks.fields import Field
from templates_lib.fields import TranslatedField
from templates_lib.render import colours
from templates_lib.render.document import TYPEFACES
from templates_lib.render.document import Brand as DrawnBrand
from templates_lib.render.document import Image as DrawnImage
from templates_lib.slots import Slot

COLOUR = RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write the colour as # and six signs, such as #7a1f2b."))


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


class LightManager(models.Manager["Picture"]):
    """Lists and links need no bytes: the content is fetched when somebody asks for it."""

    def get_queryset(self) -> models.QuerySet[Picture]:
        return super().get_queryset().defer("content")


class Picture(models.Model):
    """An image in a message, re-encoded without metadata. Anonymous visitors get it only once `published`."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    content = models.BinaryField()
    content_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    published = models.BooleanField(default=False)
    title = models.CharField(_("title"), max_length=120, blank=True)

    objects = LightManager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}

    def __str__(self) -> str:
        return self.title or self.sha256[:12]

    @property
    def path(self) -> str:
        """Where it answers, from the root of the site."""
        return f"/i/{self.sha256}.{self.ENDINGS[self.content_type]}"

    def drawn(self, alt: str = "") -> DrawnImage:
        """The picture as the render package knows it."""
        return DrawnImage(self.sha256, settings.BASE_URL + self.path, alt, self.width, self.height)


class Brand(models.Model):
    """How a union looks; units below inherit the nearest brand above them."""

    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="brand")
    name = models.CharField(_("name"), max_length=80)
    logo = models.ForeignKey(Picture, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    primary = models.CharField(_("main colour"), max_length=7, default="#7a1f2b", validators=[COLOUR])
    on_primary = models.CharField(_("text on the main colour"), max_length=7, default="#ffffff", validators=[COLOUR])
    accent = models.CharField(_("accent colour"), max_length=7, default="#f3c14b", validators=[COLOUR])
    ink = models.CharField(_("text colour"), max_length=7, default="#1f1b18", validators=[COLOUR])
    paper = models.CharField(_("background"), max_length=7, default="#faf7f2", validators=[COLOUR])
    typeface = models.CharField(
        _("typeface"), max_length=20, default="Lato", choices=[(name, name) for name in TYPEFACES]
    )
    footer = models.TextField(
        _("footer"), blank=True, help_text=_("Postal address and how to reach the data controller.")
    )
    website = models.URLField(_("website"), blank=True)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Colours that carry text must be readable (WCAG 2.2 AA, 4.5 to 1)."""
        pairs = {"on_primary": self.primary, "ink": self.paper}
        errors = {}
        for field, background in pairs.items():
            try:
                ratio = colours.contrast(getattr(self, field), background)
            except ValueError:
                continue  # not a colour: the field's own validator says so
            if ratio < colours.AA:
                errors[field] = _("Too little contrast to read: %(ratio).1f to 1, at least 4.5 is needed.") % {
                    "ratio": ratio
                }
        if errors:
            raise ValidationError(errors)

    def drawn(self) -> DrawnBrand:
        """The brand as the render package knows it."""
        names = ("name", "primary", "on_primary", "accent", "ink", "paper", "typeface", "footer", "website")
        return DrawnBrand(
            **{name: getattr(self, name) for name in names}, logo=self.logo.drawn(self.name) if self.logo else None
        )


class InvitationTemplate(WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, models.Model):
    """Blocks in an order fixed by staff; each block's fields are locked or slots for a representative to fill."""

    name = models.CharField(_("name"), max_length=120, help_text=_("The task: “Summons to the annual meeting”."))
    description = models.CharField(_("when to use it"), max_length=300, blank=True)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="templates", verbose_name=_("topic"))
    subject = TranslatedField(_("suggested subject"), default=dict, blank=True)
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
        verbose_name = _("invitation template")
        verbose_name_plural = _("invitation templates")

    def __str__(self) -> str:
        return self.name

    @property
    def revisions(self):  # type: ignore[no-untyped-def]  # the name and shape Wagtail asks for
        return self._revisions

    def open_fields(self) -> list[tuple[str, Any, Field, Any]]:
        """(key, stream child, field, staff's value) of every field a representative fills in, in reading order."""
        return [
            (f"{child.id}.{name}", child, field, child.value[name])
            for child in self.body
            for name, field in child.block.fields.items()
            if child.value[name]["slot"]
        ]

    def slots(self, language: str) -> list[Slot]:
        """What a representative is asked, worded in `language`."""
        return [
            field.asked(key, value, language, block_label=child.block.label)
            for key, child, field, value in self.open_fields()
        ]

    def defaults(self, language: str) -> dict[str, Any]:
        """The slot values to start from: what staff wrote, in `language`."""
        return {key: field.default(value, language) for key, _child, field, value in self.open_fields()}

    # --- preview for staff ------------------------------------------------------------------------------------------

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        """The faces in the union's own language, and the mail in the others ("mail:nb")."""
        own = [("mail", _("Mail")), ("dark", _("Mail, dark")), ("text", _("Text")), ("print", _("Print"))]
        others = [(code, name) for code, name in LANGUAGES if code != settings.LANGUAGE_CODE]
        return own + [(f"mail:{code}", format_lazy("{}, {}", _("Mail"), name)) for code, name in others]

    @property
    def preview_sizes(self) -> list[dict[str, Any]]:
        sizes = [
            ("small", "mobile-alt", 320),
            ("mobile", "mobile-alt", 375),
            ("tablet", "tablet-alt", 680),
            ("desktop", "desktop", 1280),
        ]
        return [
            {"name": name, "icon": icon, "device_width": width, "label": _("%(width)d pixels wide") % {"width": width}}
            for name, icon, width in sizes
        ]

    @property
    def default_preview_size(self) -> str:
        return "mobile"

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The face `mode_name`, or in its place why it cannot be drawn; nothing in it may run or load from outside."""
        response = super().serve_preview(request, mode_name)
        response._csp_exempt = True
        response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"
        return response

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        return "templates_lib/preview.html"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        return {"template": self, "mode": mode_name}
