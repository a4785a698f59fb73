"""Signals of others: the index follows what is published, files are read or drawn anew; what editors may do."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.signals import post_migrate, post_save, pre_delete, pre_save
from django.dispatch import receiver
from django.utils import timezone
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.signals import page_published, page_unpublished, post_page_move

from cms import editors, indexing, learning, pictures
from cms.models import Entry, LibraryPage, ShelfPage
from templates_lib import bell


@receiver([page_published, page_unpublished])
def published(sender: Any, instance: Any, **_: Any) -> None:
    if isinstance(instance, ShelfPage):
        indexing.index_below(instance)
    elif isinstance(instance, LibraryPage):
        indexing.index(instance)


@receiver(post_page_move)
def moved(sender: Any, instance: Any, **_: Any) -> None:
    if isinstance(instance.specific, LibraryPage):
        indexing.index_below(instance.specific)


@receiver(page_published)
def pictures_of_a_page(sender: Any, instance: Any, **_: Any) -> None:
    pictures.prepare(instance)


@receiver(pre_save, sender=Image)
def image_comes(sender: Any, instance: Image, **_: Any) -> None:
    pictures.strip(instance)


@receiver(post_save, sender=Document)
def document_came(sender: Any, instance: Document, **_: Any) -> None:
    """A worker is told to read it; should nobody hear, the sweep finds it."""
    transaction.on_commit(lambda: bell.ring("cms.tasks.extract", instance.pk))


@receiver(page_published)
def answered(sender: Any, instance: Any, **_: Any) -> None:
    learning.answered_by(instance, on=timezone.localdate())


@receiver(post_migrate)
def editors_may_keep_the_library(sender: Any, using: str, **_: Any) -> None:
    """Heard after all of Wagtail's apps have made their permissions: by the order of the apps this one is later."""
    if sender.label == "auth" and using == "default":
        editors.ensure_library_editors()


@receiver(pre_delete, sender=Entry)
def going(sender: Any, instance: Any, **_: Any) -> None:
    indexing.forgotten(instance)
