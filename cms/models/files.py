"""What files say: read once, kept for the search."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import F, OuterRef
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import Document

from cms.models.base import LibraryPage


class FileTextQuerySet(models.QuerySet["FileText"]):
    def unreadable(self) -> Self:
        """Those of which readers find nothing by searching, although one would expect it."""
        return self.exclude(state__in=(FileText.State.READ, FileText.State.PICTURE))


class FileText(models.Model):
    """The text of a document as it was when its file was called `file`; another file of it is read anew."""

    class State(models.TextChoices):
        READ = "read", _("Read")
        EMPTY = "empty", _("No text in it, perhaps a scanned paper")
        PICTURE = "picture", _("A picture")
        LOCKED = "locked", _("Locked with a password")
        BROKEN = "broken", _("Cannot be read")
        TOO_LARGE = "too_large", _("Too large to read")

    document = models.OneToOneField(Document, on_delete=models.CASCADE, primary_key=True, related_name="read_as")
    file = models.CharField(max_length=255)
    text = models.TextField(blank=True)
    state = models.CharField(_("what we found"), max_length=10, choices=State.choices)
    at = models.DateTimeField(_("read"))

    objects = models.Manager.from_queryset(FileTextQuerySet)()

    class Meta:
        verbose_name = _("text of a file")
        verbose_name_plural = _("texts of files")
        ordering = ["document__title"]

    def __str__(self) -> str:
        return str(self.document)


def unread() -> models.QuerySet[Any]:
    """The documents whose present file nobody has read."""
    read = FileText.objects.filter(document=OuterRef("pk"), file=F("document__file"))
    return Document.objects.exclude(models.Exists(read)).order_by("pk")


def text_of(page: LibraryPage) -> str:
    """What the files of a page say, as far as they have been read, a file after the other. One query."""
    held = FileText.objects.filter(document__in=page.attachments.order_by().values("document"))
    return "\n".join(held.order_by("document").exclude(text="").values_list("text", flat=True))
