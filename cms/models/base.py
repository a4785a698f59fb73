"""What every page of the library has.

Who may read a page is a field of its draft, so it goes through the workflow with the text; what is published is what
`cms.models.entry` knows, and readers are served from there only.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, PageChooserPanel
from wagtail.models import Orderable, Page

from cms import sheets
from cms.staff.choosing import UnitChooser
from cms.staff.forms import LibraryPageForm
from comms.people.models import LANGUAGES, Unit, User
from comms.people.scoped import scope_of


class Subject(models.Model):
    """An agreement or a sector an article is about; a fact for finding, never a right."""

    class Kind(models.TextChoices):
        AGREEMENT = "agreement", _("Agreement")
        SECTOR = "sector", _("Sector")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=120, unique=True)

    class Meta:
        verbose_name = _("agreement or sector")
        verbose_name_plural = _("agreements and sectors")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Audience(models.TextChoices):
    INHERITED = "inherited", _("As the shelf")
    EVERYBODY = "everybody", _("Every representative")
    UNITS = "units", _("Only these units, and those below them")


TITLE = FieldPanel("title", help_text=_("As readers see it in lists."))


class LibraryPage(Page):
    """What every page of the library has. `public_id` is its name in addresses: titles and numbers tell nothing."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="sv")
    audience = models.CharField(
        _("who may read it"), max_length=10, choices=Audience.choices, default=Audience.INHERITED
    )
    open_to_all = models.BooleanField(
        _("open to everybody"), default=False, help_text=_("Anybody with the link may read it, without signing in.")
    )
    subjects = ParentalManyToManyField(Subject, verbose_name=_("agreements and sectors"), blank=True)
    responsible = models.ForeignKey(
        User,
        verbose_name=_("responsible"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Gets readers' answers and is reminded when the page has expired."),
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    is_creatable = False  # Wagtail asks each class for itself
    exclude_fields_in_copy = ["public_id"]
    subpage_types: list[str] = []
    kind = ""  # a value of `Entry.Kind`
    base_form_class = LibraryPageForm

    access_panels = [
        MultiFieldPanel(
            [
                FieldPanel("audience"),
                InlinePanel("audience_units", heading=_("Units"), label=_("Unit")),
                FieldPanel("open_to_all"),
            ],
            heading=_("Who may read it"),
            help_text=_("Part of the draft: readers are the same as before until you publish."),
        )
    ]
    about_panels = [
        MultiFieldPanel(
            [
                FieldPanel("language"),
                FieldPanel("responsible"),
                FieldPanel(
                    "valid_until", help_text=_("Readers are told when it has passed, and so is the responsible.")
                ),
                FieldPanel("subjects"),
                InlinePanel("related_pages", heading=_("Related pages"), label=_("Related page")),
            ],
            heading=_("About the page"),
        )
    ]
    promote_panels: list[Any] = []

    class Meta:
        verbose_name = _("library page")

    def get_url_parts(self, request: Any = None) -> tuple[int, str, str] | None:
        """Wagtail's own addresses are made of titles; readers get one that says nothing."""
        site = self._get_relevant_site_root_paths(cache_object=request)
        if not site:
            return None
        return site[0].site_id, site[0].root_url, reverse("cms:page", args=[self.public_id])

    def get_preview_template(self, request: Any, mode_name: str) -> str:
        return "cms/page.html"

    def get_preview_context(self, request: Any, mode_name: str) -> dict[str, Any]:
        """The draft as readers would see it."""
        return {**sheets.preview(self), "portal_scope": scope_of(request)}

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """The address in Wagtail's tree follows the page's own id: two branches may have minutes of the same name."""
        if not self.pk:
            self.slug: str = self.public_id.hex
        super().full_clean(*args, **kwargs)

    def readers(self) -> tuple[bool, list[Unit]]:
        """(everybody, the units otherwise): its own audience, or the nearest one above it. As published."""
        if self.audience == Audience.EVERYBODY:
            return True, []
        if self.audience == Audience.UNITS:
            return False, [row.unit for row in self.audience_units.select_related("unit")]
        above = self.get_parent()
        found = LibraryPage.objects.filter(pk=above.pk).first() if above else None
        return found.readers() if found else (True, [])

    def summary(self) -> str:
        """One or two plain sentences for lists; also searched, with more weight than the text."""
        return ""

    def plain_text(self) -> str:
        """The text without its form, for searching and for what is shown of it."""
        return ""

    def day(self) -> Any:
        """The date it stands under, or None for the day it was first published."""
        return None


class AudienceUnit(Orderable):
    page = ParentalKey(LibraryPage, on_delete=models.CASCADE, related_name="audience_units")
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="+")

    panels = [FieldPanel("unit", widget=UnitChooser)]


class RelatedPage(Orderable):
    page = ParentalKey(LibraryPage, on_delete=models.CASCADE, related_name="related_pages")
    related = models.ForeignKey(LibraryPage, verbose_name=_("page"), on_delete=models.CASCADE, related_name="+")

    panels = [PageChooserPanel("related", "cms.LibraryPage")]


class Attachment(Orderable):
    """A file of a page. `public_id` is its name in addresses."""

    page = ParentalKey(LibraryPage, on_delete=models.CASCADE, related_name="attachments")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    document = models.ForeignKey(
        "wagtaildocs.Document", verbose_name=_("file"), on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(_("name for readers"), max_length=160, blank=True)

    panels = [FieldPanel("document"), FieldPanel("name")]

    def __str__(self) -> str:
        return self.name or self.document.title
