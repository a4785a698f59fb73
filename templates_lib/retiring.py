"""Templates that staff no longer want used: out of the gallery, while drafts and what was sent keep theirs."""

from __future__ import annotations

import datetime

from django.db.models import QuerySet
from wagtail.log_actions import log

from comms.people.models import User
from templates_lib.models import InvitationTemplate

RETIRED, TAKEN_BACK = "templates_lib.retire", "templates_lib.take_back"


class CannotRetire(ValueError):
    """It is retired already, or no longer, or what should replace it is not in use."""


def replacements(template: InvitationTemplate) -> QuerySet[InvitationTemplate]:
    """What may stand in for a retired template: published ones in use."""
    return InvitationTemplate.objects.filter(live=True, retired_at=None).exclude(pk=template.pk).order_by("name")


def retire(
    *, template: InvitationTemplate, replacement: InvitationTemplate | None, by: User, now: datetime.datetime
) -> None:
    """Raises `CannotRetire`. What the template itself stood in for is from now on replaced by its replacement."""
    if replacement and not replacements(template).filter(pk=replacement.pk).exists():
        raise CannotRetire
    in_use = InvitationTemplate.objects.filter(pk=template.pk, retired_at=None)
    if not in_use.update(retired_at=now, replaced_by=replacement):
        raise CannotRetire
    if replacement:
        InvitationTemplate.objects.filter(replaced_by=template).update(replaced_by=replacement)
    log(template, RETIRED, user=by, data={"replaced_by": replacement.pk if replacement else None})


def take_back(*, template: InvitationTemplate, by: User) -> None:
    """Into the gallery again, as it was. Raises `CannotRetire`."""
    retired = InvitationTemplate.objects.filter(pk=template.pk).exclude(retired_at=None)
    if not retired.update(retired_at=None, replaced_by=None):
        raise CannotRetire
    log(template, TAKEN_BACK, user=by)
