"""What a role may do beyond reading lists: nothing, until staff say so."""

from __future__ import annotations

from django.db import transaction

from comms.members.models import RolePower
from comms.people.models import Mandate, User
from comms.portal.staff import history


def may(mandate: Mandate, power: str) -> bool:
    """Whether staff let the role of the mandate do it."""
    return RolePower.objects.filter(role=mandate.role, power=power, allowed=True).exists()


def roles_with(power: str) -> set[str]:
    return set(RolePower.objects.filter(power=power, allowed=True).values_list("role", flat=True))


@transaction.atomic
def switch(role: str, power: str, *, allowed: bool, by: User) -> bool:
    """Lets a role do it from now on, or no longer. Answers whether that changed anything."""
    row, _made = RolePower.objects.get_or_create(role=role, power=power)
    if not RolePower.objects.filter(pk=row.pk, allowed=not allowed).update(allowed=allowed):
        return False
    history.note("people.power.give" if allowed else "people.power.end", row, by=by, role=role, power=power)
    return True
