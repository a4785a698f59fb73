"""The access log in names, for staff: which members somebody saw, and who looked at one of them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from comms.people.models import Member, User
from comms.privacy import access
from comms.privacy.models import AccessLog
from comms.sql import subquery

PAGE = 50
SHOWN = ("public_id", "number", "first_name", "last_name")


@dataclass(frozen=True, slots=True)
class Looks:
    """What one person saw in a time."""

    kinds: dict[str, access.Seen]

    @property
    def members(self) -> set[int]:
        """Ids of everybody seen."""
        return set().union(*(one.members for one in self.kinds.values()))

    def counts(self) -> list[tuple[str, int, int]]:
        """(kind in words, looks, different members), in the order of `AccessLog.Kind`."""
        return [
            (str(AccessLog.Kind(kind).label), self.kinds[kind].looks, len(self.kinds[kind].members))
            for kind in AccessLog.Kind.values
            if kind in self.kinds
        ]

    def page(self, number: int | str) -> Page[Member]:
        """Those seen, by name, as far as they still are in the register, each with `how` it was: kinds in words."""
        seen = subquery(self.members, "bigint")
        found: QuerySet[Member] = Member.unscoped.filter(pk__in=seen).by_name().only(*SHOWN)
        page = Paginator(found, PAGE).get_page(number)
        for member in page:
            kinds = [AccessLog.Kind(kind) for kind, one in self.kinds.items() if member.pk in one.members]
            member.how = [str(kind.label) for kind in kinds]  # type: ignore[attr-defined]
        return page


def by(user: User, *, since: datetime.datetime, until: datetime.datetime) -> Looks:
    """From `since` until before `until`."""
    return Looks(access.seen(access.by(user, since=since, until=until)))


def at(member: int, number: int | str) -> Page[AccessLog]:
    """Who has looked at the member of this id, the newest first."""
    looks = access.at(member).prefetch_related("user", "mandate__unit")
    page = Paginator(looks, PAGE).get_page(number)
    page.object_list = list(page.object_list)  # now, and not when this look is in the log as well
    return page
