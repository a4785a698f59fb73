"""The published templates by task, in one's own language and brand, and when one's branch used each."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Max, QuerySet

from comms.people.models import Unit
from comms.people.scope import Scope
from mailings.models import Mailing
from templates_lib import thumbnails
from templates_lib.models import InvitationTemplate
from templates_lib.render.document import Brand

NEVER = datetime.datetime.fromtimestamp(0, tz=datetime.UTC)


@dataclass(frozen=True, slots=True)
class Card:
    """One template. `drawing` names its thumbnail; `used_at` and `used_by` are the branch's latest use, if any."""

    template: InvitationTemplate
    title: str
    description: str
    drawing: str
    used_at: datetime.datetime | None
    used_by: str


def offered() -> QuerySet[InvitationTemplate]:
    """What can be chosen: published and not retired."""
    return InvitationTemplate.objects.filter(live=True, retired_at=None).select_related("topic").order_by("pk")


def shelves(*, scope: Scope, unit: Unit, language: str, brand: Brand) -> list[tuple[Any, list[Card]]]:
    """(task, its cards) in the order of the tasks; what the branch used last comes first. Two queries."""
    used = last_used(scope=scope, unit=unit)
    cards = list(_cards(offered(), used, language=language, brand=brand))
    order = {task: n for n, task in enumerate(InvitationTemplate.Task.values)}
    cards.sort(key=lambda card: (order[card.template.task], -(card.used_at or NEVER).timestamp(), card.title))
    tasks = groupby(cards, key=lambda card: card.template.task)
    return [(InvitationTemplate.Task(task).label, list(found)) for task, found in tasks]


def last_used(*, scope: Scope, unit: Unit) -> dict[int, Mailing]:
    """Template id -> the newest confirmed mailing of exactly this unit on it, with its author."""
    confirmed = Mailing.objects.within(scope).filter(unit=unit, confirmed_at__isnull=False)
    newest = confirmed.order_by().values("template").annotate(newest=Max("pk")).values("newest")
    return {row.template_id: row for row in confirmed.filter(pk__in=newest).select_related("author")}


def _cards(
    templates: Iterable[InvitationTemplate], used: dict[int, Mailing], *, language: str, brand: Brand
) -> Iterator[Card]:
    for template in templates:
        latest = used.get(template.pk)
        yield Card(
            template=template,
            title=template.title(language),
            description=template.description(language),
            drawing=thumbnails.key(template, brand=brand, language=language),
            used_at=latest.confirmed_at if latest else None,
            used_by=str(latest.author) if latest else "",
        )
