"""See `careless`."""

from __future__ import annotations

from celery import shared_task

from comms.people.models import Member


class Broken(Exception):
    """Says what a careless exception says."""


def greet(member: Member) -> None:
    name, address = f"{member.first_name} {member.last_name}", member.email
    raise Broken(f"cannot greet {name} <{address}>")


@shared_task(ignore_result=True)
def careless(member_id: int) -> None:
    greet(Member.unscoped.get(pk=member_id))
