"""Going through those who get a mailing one by one, in the order of their names, and what each of them gets."""

from __future__ import annotations

import datetime
import email
import email.policy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Length
from django.utils import timezone

from comms.members.lists import SORTED
from comms.people import work_mail
from comms.people.models import LANGUAGES, Member
from comms.people.scope import Asked
from mailings import audience, composing, messages
from mailings.discretion import hushes_work
from mailings.models import Mailing
from mailings.practice.people import Invented

ORDER = ("last_name", "first_name", "id")


@dataclass(frozen=True, slots=True)
class Got:
    """One person's message, taken apart again from the bytes that would leave."""

    sender: str
    to: str
    subject: str
    html: str
    text: str


def readers(mailing: Mailing, *, now: datetime.datetime, asked: Asked | None = None) -> Any:
    """Those who would get the mail if it were sent now, by name."""
    scope, chosen = composing.scope_of(mailing, now=now), audience.Filter.of(mailing)
    return audience.members(scope=scope, topic=mailing.topic, filter=chosen, reason="", asked=asked)


def some(mailing: Mailing, n: int, *, reach: int, now: datetime.datetime) -> list[Member]:
    """The first `n` of them. Where they are many (`reach`), a few names further the next one is found: nobody sorts
    them all for that.
    """
    asked = Asked.NAMES_AGAINST_SET if reach > SORTED else None
    return list(readers(mailing, now=now, asked=asked)[:n])


def reader(mailing: Mailing, public_id: UUID, *, now: datetime.datetime) -> Member | None:
    known = readers(mailing, now=now).annotate(at_work=ExpressionWrapper(work_mail.at_work(), BooleanField()))
    found: Member | None = known.filter(public_id=public_id).first()
    return found


def neighbours(mailing: Mailing, member: Member, *, now: datetime.datetime) -> tuple[UUID | None, UUID | None]:
    """The ones before and after, None at the ends."""
    every = readers(mailing, now=now).values_list("public_id", flat=True)
    before = every.filter(_beside(member, "lt")).order_by(*(f"-{name}" for name in ORDER)).first()
    return before, every.filter(_beside(member, "gt")).first()


def _beside(member: Member, side: str) -> Q:
    """Names on one side of the member's in the database's own order."""
    last, first = Q(last_name=member.last_name), Q(first_name=member.first_name)
    return (
        Q(**{f"last_name__{side}": member.last_name})
        | (last & Q(**{f"first_name__{side}": member.first_name}))
        | (last & first & Q(**{f"id__{side}": member.pk}))
    )


# --- the ones worth a look ------------------------------------------------------------------------------------------
def first(mailing: Mailing, who: str, *, now: datetime.datetime) -> UUID | None:
    """The first of them, or the first of a kind: `longest` name, `nameless`, or the code of a language."""
    every = readers(mailing, now=now)
    if who == "longest":
        every = every.annotate(letters=Length("first_name") + Length("last_name")).order_by("-letters", *ORDER)
    elif who == "nameless":
        every = every.filter(first_name="")
    elif who in dict(LANGUAGES):
        every = every.filter(language=who)
    public_id: UUID | None = every.values_list("public_id", flat=True).first()
    return public_id


def kinds(mailing: Mailing, *, now: datetime.datetime) -> tuple[bool, list[tuple[str, Any]]]:
    """(whether somebody has no first name, the other languages that somebody reads)."""
    every = readers(mailing, now=now).order_by()
    spoken = set(every.exclude(language=mailing.language).values_list("language", flat=True).distinct())
    return every.filter(first_name="").exists(), [(code, name) for code, name in LANGUAGES if code in spoken]


# --- what one of them gets ------------------------------------------------------------------------------------------
def got(mailing: Mailing, member: Member | Invented, *, now: datetime.datetime) -> Got:
    """The message by the road of the sending: rendered, compiled, filled, and read back from the bytes.

    Raises `RenderRefused` and `HeaderRefused`.
    """
    discreet = hushes_work(mailing) and bool(getattr(member, "at_work", False))
    face = composing.render(mailing, language=member.language, with_pdf=False, discreet=discreet)
    raw = messages.content_for(mailing, face, member, date=timezone.localtime(now), discreet=discreet)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    return Got(
        sender=str(message["From"]),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        html=html.get_content() if html else "",
        text=text.get_content() if text else "",
    )
