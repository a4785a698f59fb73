"""Pictures in messages, named by their content."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from templates_lib.render.document import Image as DrawnImage


class LightManager(models.Manager["Picture"]):
    """Lists and links need no bytes: the content is fetched when somebody asks for it."""

    def get_queryset(self) -> models.QuerySet[Picture]:
        return super().get_queryset().defer("content")


class Picture(models.Model):
    """An image in a message, re-encoded without metadata. Anonymous visitors get it only once `published`.

    Until then a `private` one, which came with somebody's draft, is for those who share the draft; see
    `templates_lib.pictures.may_see`.
    """

    sha256 = models.CharField(primary_key=True, max_length=64)
    content = models.BinaryField()
    content_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    published = models.BooleanField(default=False)
    private = models.BooleanField(default=False, editable=False)
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
