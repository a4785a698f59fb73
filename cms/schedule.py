"""Pages that are published, or taken down, at a time staff chose."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import Page, Revision


def keep(*, now: datetime.datetime) -> int:
    """Publishes what is due and takes down what is over. Answers how many pages changed."""
    over = Page.objects.filter(live=True, expire_at__lte=now).values_list("pk", flat=True)
    due = _due(now).order_by("approved_go_live_at").values_list("pk", flat=True)
    return sum(_take_down(pk, now) for pk in list(over)) + sum(_publish(pk, now) for pk in list(due))


def _due(now: datetime.datetime) -> Any:
    of_pages = ContentType.objects.get_for_model(Page)
    return Revision.objects.filter(base_content_type=of_pages, approved_go_live_at__lte=now)


def _take_down(pk: int, now: datetime.datetime) -> bool:
    with transaction.atomic():
        page = Page.objects.select_for_update().filter(pk=pk, live=True, expire_at__lte=now).first()
        if page:
            page.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
        return page is not None


def _publish(pk: int, now: datetime.datetime) -> bool:
    with transaction.atomic():
        revision = _due(now).select_for_update().filter(pk=pk).first()  # another worker may have been first
        if revision:
            revision.publish(log_action="wagtail.publish.scheduled")
        return revision is not None
