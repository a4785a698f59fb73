"""Which file a page was brought in from, so that the same file brings it up to date instead of making another."""

from __future__ import annotations

from django.db import models
from wagtail.models import Revision

from cms.models.base import LibraryPage


class ImportedPage(models.Model):
    """`key` is what the file is known by; `fingerprint` says what it contained. `revision` is what the import wrote:
    when the page has a newer one, somebody has written in it since.
    """

    page = models.OneToOneField(LibraryPage, on_delete=models.CASCADE, primary_key=True, related_name="imported")
    key = models.CharField(max_length=255, unique=True)
    fingerprint = models.CharField(max_length=64)
    revision = models.ForeignKey(Revision, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.key

    def written_in_since(self) -> bool:
        return self.revision_id is None or self.page.latest_revision_id != self.revision_id
