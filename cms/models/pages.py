"""The kinds of pages of the library, as staff write them in Wagtail."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.fields import StreamField
from wagtail.models import PagePermissionTester

from cms.blocks import Body
from cms.models.base import TITLE, Audience, LibraryPage
from comms.people.models import User


class ShelfPage(LibraryPage):
    """A topic: what lies on it inherits who may read it."""

    introduction = models.TextField(_("introduction"), max_length=400, blank=True)

    kind = "shelf"
    parent_page_types = ["cms.HomePage", "cms.ShelfPage"]
    subpage_types = ["cms.ShelfPage", "cms.ArticlePage", "cms.MinutesPage", "cms.DocumentPage", "cms.NewsPage"]
    content_panels = [
        TITLE,
        FieldPanel("introduction"),
        *LibraryPage.access_panels,
        *LibraryPage.about_panels,
    ]

    class Meta:
        verbose_name = _("shelf")
        verbose_name_plural = _("shelves")

    def summary(self) -> str:
        return self.introduction


class FrontDoor(PagePermissionTester):
    """Whoever may keep everything behind it may still not take the door away."""

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        return False

    def can_unpublish(self) -> bool:
        return False


class HomePage(LibraryPage):
    """The library's front door: the root of the site."""

    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["cms.ShelfPage", "cms.NewsPage"]
    content_panels: list[Any] = [TITLE]
    preview_modes: list[Any] = []  # it is made of what others have published

    class Meta:
        verbose_name = _("library")

    def get_url_parts(self, request: Any = None) -> tuple[int, str, str] | None:
        parts = super().get_url_parts(request)
        return parts and (parts[0], parts[1], reverse("cms:home"))

    def permissions_for_user(self, user: User) -> FrontDoor:
        return FrontDoor(user, self)


class ArticlePage(LibraryPage):
    """A question people ask, and its answer: the short one first."""

    short_answer = models.TextField(_("short answer"), max_length=600)
    body = StreamField(Body(), verbose_name=_("text"), blank=True)

    kind = "article"
    parent_page_types = ["cms.ShelfPage"]
    content_panels = [
        FieldPanel("title", heading=_("Question"), help_text=_("As a representative would ask it.")),
        FieldPanel("short_answer", help_text=_("Two or three sentences that answer the question by themselves.")),
        FieldPanel("body"),
        InlinePanel("attachments", heading=_("Files"), label=_("File")),
        *LibraryPage.access_panels,
        *LibraryPage.about_panels,
    ]

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")

    def summary(self) -> str:
        return self.short_answer

    def plain_text(self) -> str:
        return Body.plain(self.body)


class Filed(LibraryPage):
    """What mostly consists of files and stands under a day."""

    description = models.TextField(_("what it is about"), max_length=600, blank=True)
    dated = models.DateField(_("date"))

    class Meta:
        abstract = True

    parent_page_types = ["cms.ShelfPage"]
    content_panels = [
        TITLE,
        FieldPanel("dated"),
        FieldPanel("description"),
        InlinePanel("attachments", heading=_("Files"), label=_("File")),
        *LibraryPage.access_panels,
        *LibraryPage.about_panels,
    ]

    def summary(self) -> str:
        return self.description

    def day(self) -> Any:
        return self.dated


class MinutesPage(Filed):
    """The minutes of a meeting, for the unit that met."""

    body = StreamField(Body(), verbose_name=_("text"), blank=True)

    kind = "minutes"
    content_panels = [*Filed.content_panels[:3], FieldPanel("body"), *Filed.content_panels[3:]]

    class Meta:
        verbose_name = _("minutes")
        verbose_name_plural = _("minutes")

    def clean(self) -> None:
        super().clean()
        if self.audience == Audience.EVERYBODY:
            raise ValidationError({"audience": _("Minutes belong to the unit that met. Choose it.")})

    def plain_text(self) -> str:
        return Body.plain(self.body)


class DocumentPage(Filed):
    """One or more files that belong together: an agreement, a form, a letter."""

    kind = "document"

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")


class NewsPage(LibraryPage):
    """Something new, of interest for a while."""

    lead = models.TextField(_("lead"), max_length=600)
    body = StreamField(Body(), verbose_name=_("text"), blank=True)

    kind = "news"
    parent_page_types = ["cms.HomePage", "cms.ShelfPage"]
    content_panels = [
        TITLE,
        FieldPanel("lead"),
        FieldPanel("body"),
        InlinePanel("attachments", heading=_("Files"), label=_("File")),
        *LibraryPage.access_panels,
        *LibraryPage.about_panels,
    ]

    class Meta:
        verbose_name = _("news")
        verbose_name_plural = _("news")

    def summary(self) -> str:
        return self.lead

    def plain_text(self) -> str:
        return Body.plain(self.body)
