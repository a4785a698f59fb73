"""Wagtail's publish signals: the library's index follows what is published."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver
from wagtail.signals import page_published, page_unpublished, post_page_move

from cms import indexing
from cms.models import Entry, LibraryPage, ShelfPage


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


@receiver(pre_delete, sender=Entry)
def going(sender: Any, instance: Any, **_: Any) -> None:
    indexing.forgotten(instance)
