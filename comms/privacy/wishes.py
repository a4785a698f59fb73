"""What members ask for about their data: staff carry it out once, or answer with why it is not possible.

What a member asks for by telephone or letter staff do at once, and say why: `act`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from comms.people.models import Correction, Member, User
from comms.privacy import erasing, ledger, suppression
from comms.privacy.models import Channel, Suppression, Wish

Kind = Wish.Kind


class NotNow(Exception):
    """There is nothing left to do; the text says so."""


def waiting() -> QuerySet[Wish]:
    """The open ones, the oldest first."""
    return Wish.objects.filter(state=Wish.State.OPEN).select_related("member").order_by("at", "pk")


@transaction.atomic
def carry_out(wish: Wish, *, by: User, now: datetime.datetime) -> None:
    """Does what the member asked for and closes the wish; a copy is handed over by whoever asks for it.

    Raises `NotNow` when the member has taken it back or somebody else has seen to it.
    """
    _close(wish, Wish.State.DONE, by=by, now=now)
    _do(wish.member_id, wish.kind, wish.said, by=by, now=now)


@transaction.atomic
def act(
    member: Member, kind: str, *, by: User, why: str, now: datetime.datetime, said: Mapping[str, str] | None = None
) -> None:
    """Staff do it at once and say why; what the member may have asked for by the link is done with it.

    `said` is column -> new value for a correction, `channel` and `reason` for a refusal that is lifted; an empty value
    takes out what stood there. Raises `NotNow`.
    """
    done = {"state": Wish.State.DONE, "closed_at": now, "closed_by": by}
    if kind in (Kind.RESTRICT, Kind.LIFT, Kind.ERASE):
        Wish.objects.filter(member=member, kind=kind, state=Wish.State.OPEN).update(**done)
    Wish.objects.create(member=member, kind=kind, at=now, why=why, said=dict(said or {}), **done)
    _do(member.pk, kind, said or {}, by=by, now=now)


@transaction.atomic
def write_again(member: Member, *, channel: str, reason: str, now: datetime.datetime) -> Wish:
    """The member lifts what they themselves had refused (`suppression.LIFTED_BY_MEMBER`). Raises `NotNow`."""
    if reason not in suppression.LIFTED_BY_MEMBER:
        raise NotNow
    said = {"channel": channel, "reason": reason}
    _release(member, said)
    done = {"state": Wish.State.DONE, "at": now, "closed_at": now}
    return Wish.objects.create(member=member, kind=Kind.RELEASE, said=said, **done)


def refuse(wish: Wish, *, answer: str, by: User, now: datetime.datetime) -> None:
    """The member reads the answer on their page. Raises `NotNow`."""
    _close(wish, Wish.State.REFUSED, by=by, now=now, answer=answer)


def _close(wish: Wish, state: str, *, by: User, now: datetime.datetime, answer: str = "") -> None:
    closed = {"state": state, "closed_at": now, "closed_by": by, "answer": answer}
    if not Wish.objects.filter(pk=wish.pk, state=Wish.State.OPEN).update(**closed):
        raise NotNow(_("It has been taken back, or somebody has seen to it already."))


# --- what is done ----------------------------------------------------------------------------------------------------
def _do(member_id: int, kind: str, said: Mapping[str, str], *, by: User, now: datetime.datetime) -> None:
    member = Member.unscoped.select_for_update().get(pk=member_id)
    if kind in (Kind.ADDRESS, Kind.CORRECT):
        _correct(member, said, by=by, now=now)
    elif kind in (Kind.RESTRICT, Kind.LIFT):
        restrict(member, kind == Kind.RESTRICT)
    elif kind == Kind.ERASE:
        erasing.erase(member, now=now)
    elif kind == Kind.RELEASE:
        _release(member, said)


def restrict(member: Member, paused: bool) -> None:
    """A running mailing asks again before each batch and every two seconds in it, so the pause holds for what has not
    left yet (GDPR art. 18).

    Raises `NotNow` when it is so already.
    """
    if not Member.unscoped.filter(pk=member.pk, restricted=not paused).update(restricted=paused):
        raise NotNow(_("It is so already. Nothing was changed."))
    member.restricted = paused
    transaction.on_commit(lambda: ledger.note("restricted", member.public_id.hex, paused, durable=True))


def _release(member: Member, said: Mapping[str, str]) -> None:
    address = suppression.address_of(member, said["channel"])
    if not Suppression.objects.release(address, said["reason"], channel=said["channel"]):
        raise NotNow(_("It does not stand any longer. Nothing was changed."))
    if said["channel"] == Channel.MAIL:
        suppression.arrived([address])


def _correct(member: Member, said: Mapping[str, str], *, by: User, now: datetime.datetime) -> None:
    """Holds until the registry's file agrees, and is told to the registry with the other corrections.

    Whoever names an address says that its mailbox exists, so what came back from it before is forgotten.
    """
    for column, value in said.items():
        setattr(member, column, value)
        Correction.objects.update_or_create(member=member, field=column, defaults={"value": value, "by": by, "at": now})
    if "email" in said:
        member.email_problem = ""
        Suppression.objects.release(said["email"], Suppression.Reason.BOUNCED)
        suppression.arrived([said["email"]])
    member.save()
