"""Plain functions that read like a sentence: `make_member(placed=[branch])`."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from comms.people.models import Mandate, Member, Placement, Unit, User
from comms.privacy import pledge
from comms.privacy.models import Consent
from mailings.models import Mailing
from templates_lib.models import InvitationTemplate, Topic

TODAY = datetime.date.today
_numbers = itertools.count(1)


def make_unit(name: str, *, kind: str = "branch", under: Unit | None = None, **fields: Any) -> Unit:
    fields.setdefault("code", f"U{next(_numbers)}")
    if under is None:
        return Unit.add_root(name=name, kind=kind, **fields)
    return Unit.objects.get(pk=under.pk).add_child(name=name, kind=kind, **fields)


def make_user(first_name: str, *, email: str = "", **fields: Any) -> User:
    return User.objects.create_user(
        email or f"{first_name.lower()}@example.org", fields.pop("password", None), first_name=first_name, **fields
    )


def make_mandate(
    user: User,
    unit: Unit,
    *,
    role: str = "representative",
    start_in: int = -365,
    end_in: int | None = None,
    pledged: bool = True,
) -> Mandate:
    """`start_in` and `end_in` are days from today; confidentiality was pledged a moment ago."""
    mandate = Mandate.objects.create(user=user, unit=unit, role=role, start=day(start_in), end=day(end_in))
    if pledged:
        pledge.give(mandate=mandate, by=user, now=timezone.now())
    return mandate


def day(offset: int | None) -> Any:
    return None if offset is None else TODAY() + datetime.timedelta(days=offset)


def make_member(
    first_name: str = "Astrid",
    last_name: str = "Lind",
    *,
    placed: Iterable[Unit] = (),
    start_in: int = -365,
    end_in: int | None = None,
    **fields: Any,
) -> Member:
    n = next(_numbers)
    fields.setdefault("number", f"M{n}")
    fields.setdefault("email", f"member{n}@example.com")
    member = Member(first_name=first_name, last_name=last_name, **fields)
    member.save()
    for unit in placed:
        Placement.objects.create(member=member, unit=unit, start=day(start_in), end=day(end_in))
    return member


def make_topic(slug: str = "meetings", *, category: str = "information") -> Topic:
    return Topic.objects.get_or_create(
        slug=slug, defaults={"category": category, "names": {"sv": "Möten", "en": "Meetings"}}
    )[0]


def make_consent(member: Member, topic: Topic, *, granted: bool, channel: str = "mail") -> Consent:
    return Consent.objects.create(
        member=member, topic=topic, channel=channel, granted=granted, how="page", basis=topic.legal_basis
    )


def make_mailing(mandate: Mandate, *, topic: Topic | None = None, **fields: Any) -> Mailing:
    """A draft under the mandate, from an empty template."""
    topic = topic or make_topic()
    template = InvitationTemplate.objects.create(name="Invitation", topic=topic, body=[])
    return Mailing.unscoped.create(
        mandate=mandate,
        unit=mandate.unit,
        author=mandate.user,
        template=template,
        revision=template.save_revision(),
        topic=topic,
        **{"subject": "Welcome", **fields},
    )
