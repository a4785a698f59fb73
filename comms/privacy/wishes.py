"""What staff do about a member's wish: it is carried out once, or answered with why it is not possible."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from comms.people.models import Correction, Member, User
from comms.privacy import erasing
from comms.privacy.models import Wish


class NotNow(Exception):
    """The wish is no longer open; the text says so."""


def waiting() -> QuerySet[Wish]:
    """The open ones, the oldest first."""
    return Wish.objects.filter(state=Wish.State.OPEN).select_related("member").order_by("at", "pk")


@transaction.atomic
def carry_out(wish: Wish, *, by: User, now: datetime.datetime) -> None:
    """Does what the member asked for and closes the wish; a copy is handed over by whoever asks for it.

    Raises `NotNow` when the member has taken it back or somebody else has seen to it.
    """
    _close(wish, Wish.State.DONE, by=by, now=now)
    member = Member.unscoped.select_for_update().get(pk=wish.member_id)
    if wish.kind == Wish.Kind.ADDRESS:
        _correct(member, wish.said, by=by, now=now)
    elif wish.kind == Wish.Kind.RESTRICT:
        Member.unscoped.filter(pk=member.pk).update(restricted=True)
    elif wish.kind == Wish.Kind.ERASE:
        erasing.erase(member, now=now)


def refuse(wish: Wish, *, answer: str, by: User, now: datetime.datetime) -> None:
    """The member reads the answer on their page. Raises `NotNow`."""
    _close(wish, Wish.State.REFUSED, by=by, now=now, answer=answer)


def lift(wish: Wish) -> None:
    """Ends the pause that the member had asked for."""
    Member.unscoped.filter(pk=wish.member_id).update(restricted=False)


def _close(wish: Wish, state: str, *, by: User, now: datetime.datetime, answer: str = "") -> None:
    closed = {"state": state, "closed_at": now, "closed_by": by, "answer": answer}
    if not Wish.objects.filter(pk=wish.pk, state=Wish.State.OPEN).update(**closed):
        raise NotNow(_("It has been taken back, or somebody has seen to it already."))


def _correct(member: Member, said: dict[str, str], *, by: User, now: datetime.datetime) -> None:
    """Holds until the registry's file agrees, and is told to the registry with the other corrections."""
    for column, value in said.items():
        setattr(member, column, value)
        Correction.objects.update_or_create(member=member, field=column, defaults={"value": value, "by": by, "at": now})
    if "email" in said:
        member.email_problem = ""
    member.save()
