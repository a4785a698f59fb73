"""The first day of a real installation: the union, its first staff person, and something to send."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from comms.people.models import Mandate, Unit, User
from comms.portal.staff import Refused, history, roles
from templates_lib import library, samples


@transaction.atomic
def found(*, union: str, code: str, email: str, on: datetime.date, **details: Any) -> User:
    """The union as the root unit, a staff person who may also edit templates, the usual topics and templates.

    `details` are further fields of the person. Raises `Refused` when a union is here already: then its staff make
    further accounts in the portal.
    """
    if Unit.objects.filter(depth=1, kind=Unit.Kind.UNION).exists():
        raise Refused(_("There is a union here already. Its staff make further accounts in the portal."))
    root = Unit.add_root(name=union, kind=Unit.Kind.UNION, code=code)
    person = User.objects.create_user(email, is_staff=True, **details)
    Mandate.objects.create(user=person, unit=root, role=Mandate.Role.STAFF, start=on)
    roles.ensure_editors().user_set.add(person)
    library.install(samples.topics())
    history.note("people.staff.give", person, by=person)
    return person
