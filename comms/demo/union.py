"""The invented union, whole: `seed()` fills an empty database. Same seed, same people, same addresses."""

from __future__ import annotations

import datetime
import random
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from comms.demo import members, office, places, press, shelves
from comms.people.models import Member, RosterImport, Unit
from comms.people.scope import Scope
from comms.privacy import pledge
from templates_lib import library, samples

PLEDGED = datetime.timedelta(days=90)  # ago


class NotEmpty(Exception):
    """There are units already: the demo union is never mixed with a real one."""


@transaction.atomic
def seed(*, count: int, number: int, now: datetime.datetime) -> dict[str, Any]:
    """A union of `count` members from the seed `number`; what was made, with ids and sign-ins. Raises `NotEmpty`."""
    if Unit.objects.exists():
        raise NotEmpty
    dice, today = random.Random(number), timezone.localdate(now)
    forest = places.plant(name=settings.UNION_NAME, members=count)
    sign_ins = office.appoint(forest, dice=dice, today=today)
    topics = samples.topics()
    members.write(members.invent(forest, members=count, topics=topics, dice=dice, today=today))
    RosterImport.objects.create(
        covers=forest.root, as_of=now - datetime.timedelta(hours=9), sha256=f"{number:064x}", counts={"added": count}
    )
    press.brands(forest)
    templates = library.install(topics)
    named = {person.key: person for person in sign_ins}
    drafts = press.drafts(templates, mandate=named["alice"].mandates[0], now=now)
    pages = shelves.fill(by=named["tove"].user)
    for mandate in named["ingeborg"].mandates:  # everybody else is asked once, before the first names
        pledge.give(mandate=mandate, by=mandate.user, now=now - PLEDGED)
    return {
        "seed": number,
        "members": count,
        "union": forest.root.name,
        "units": {
            "root": forest.root.pk,
            "region": forest.regions[0].pk,
            "branch_a": forest.branch_a.unit.pk,
            "branch_b": forest.branch_b.unit.pk,
        },
        "members_in": {
            "branch_a": _reach(forest.branch_a.unit, today),
            "branch_b": _reach(forest.branch_b.unit, today),
            "region": _reach(forest.regions[0], today),
        },
        "topics": {category: topic.pk for category, topic in topics.items()},
        "templates": {template.name: template.pk for template in templates},
        "drafts": [str(draft.public_id) for draft in drafts],
        "pages": pages,
        "sign_ins": [_sign_in(person) for person in sign_ins],
    }


def _sign_in(person: office.SignIn) -> dict[str, Any]:
    return {
        "key": person.key,
        "who": person.who,
        "name": person.user.get_full_name(),
        "email": person.user.email,
        "password": person.password,
        "mandates": [{"id": str(m.public_id), "unit": m.unit.name, "role": m.role} for m in person.mandates],
    }


def _reach(unit: Unit, on: datetime.date) -> int:
    """How many members a mandate at the unit reaches."""
    return Member.objects.within(Scope(on=on, mandates=(0,), paths=(unit.path,))).count()
