"""Templates that become public, or stop being so, at a time staff chose. They were checked when it was chosen."""

from __future__ import annotations

import datetime
import logging
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import Revision

from templates_lib.models import InvitationTemplate

log = logging.getLogger(__name__)


def keep(*, now: datetime.datetime) -> int:
    """Publishes what is due and takes down what has expired. Answers how many templates changed.

    A version that may no longer be published (retired meanwhile, say) loses its date and stays a draft.
    """
    expired = InvitationTemplate.objects.filter(live=True, expire_at__lte=now).values_list("pk", flat=True)
    due = _due(now).order_by("approved_go_live_at").values_list("pk", flat=True)
    return sum(_take_down(pk, now) for pk in list(expired)) + sum(_publish(pk, now) for pk in list(due))


def _due(now: datetime.datetime) -> Any:
    of_templates = ContentType.objects.get_for_model(InvitationTemplate, for_concrete_model=False)
    return Revision.objects.filter(base_content_type=of_templates, approved_go_live_at__lte=now)


def _take_down(pk: int, now: datetime.datetime) -> bool:
    with transaction.atomic():
        template = InvitationTemplate.objects.select_for_update().filter(pk=pk, live=True, expire_at__lte=now).first()
        if template:
            template.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
        return template is not None


def _publish(pk: int, now: datetime.datetime) -> bool:
    with transaction.atomic():
        revision = _due(now).select_for_update().filter(pk=pk).first()  # another worker may have been first
        if revision is None:
            return False
        if not revision.content_object.is_cleared(revision):
            log.warning("template %s was due, but may no longer be published", revision.object_id)
            revision.approved_go_live_at = None
            revision.save(update_fields=["approved_go_live_at"])
            return False
        revision.publish(log_action="wagtail.publish.scheduled")
        return True
