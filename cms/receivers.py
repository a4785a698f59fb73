"""Wagtail's publish signals: the library's index follows what is published. After each migrate: what editors may do."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.utils import timezone
from wagtail.signals import page_published, page_unpublished, post_page_move

from cms import editors, indexing, learning
from cms.models import LibraryPage, ShelfPage


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
def answered(sender: Any, instance: Any, **_: Any) -> None:
    learning.answered_by(instance, on=timezone.localdate())


@receiver(post_migrate)
def editors_may_keep_the_library(sender: Any, using: str, **_: Any) -> None:
    """Heard after all of Wagtail's apps have made their permissions: by the order of the apps this one is later."""
    if sender.label == "auth" and using == "default":
        editors.ensure_library_editors()
