"""One fault at one seed: what is done to the house, and what was found. `@fault` registers it for the command."""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.ground import House

SQLITE, POSTGRES = ("sqlite",), ("postgres",)
BOTH = SQLITE + POSTGRES


@dataclass
class Case:
    """`unknown` is how many mails this fault may leave unknown; `notes` are figures for people."""

    house: House
    dice: random.Random
    short: bool
    unknown: int = 0
    wrong: dict[str, object] = field(default_factory=dict)
    notes: dict[str, object] = field(default_factory=dict)

    def must(self, what: str, good: object, *, found: object = False) -> None:
        if not good:
            self.wrong[what] = found

    def some(self, mailing: Any, n: int, **where: object) -> list[str]:
        """The addresses of n of its recipients, or of those for whom `where` holds."""
        from mailings.models import Recipient

        rows = Recipient.unscoped.for_mailing(mailing).filter(**where)
        return self.dice.sample(sorted(rows.values_list("address", flat=True)), n)


@dataclass(frozen=True)
class Fault:
    """`does` hurts the house while it sends and answers with the mailing to judge, whose sending is over."""

    id: str
    does: Callable[[Case], Any]
    databases: tuple[str, ...]
    short: tuple[str, ...]
    own_postgres: bool
    missing: Callable[[], str]

    @property
    def name(self) -> str:
        return self.does.__name__


FAULTS: list[Fault] = []


def fault(
    id: str, *, databases: tuple[str, ...] = BOTH, short: tuple[str, ...] = (), own_postgres: bool = False,
    missing: Callable[[], str] = str,
) -> Callable[[Callable[[Case], Any]], Callable[[Case], Any]]:  # fmt: skip
    """`short`: on which databases it belongs to the everyday tests. `missing` answers why this machine cannot do it,
    empty when it can.
    """

    def register(does: Callable[[Case], Any]) -> Callable[[Case], Any]:
        FAULTS.append(Fault(id, does, databases, short, own_postgres, missing))
        return does

    return register


def run(fault: Fault, house: House, *, seed: int, short: bool) -> dict[str, object]:
    """The verdict; its `wrong` is empty when all is well."""
    case = Case(house, random.Random(f"{fault.name} {seed}"), short)
    began = time.monotonic()
    states: dict[str, int] = {}
    try:
        mailing = fault.does(case)
        states = mailing.recipients.by_state()
        case.wrong |= house.judge(mailing, unknown=case.unknown)
        if not case.wrong:
            _settled(case, mailing)
    except Exception as error:
        case.wrong["failed"] = "".join(traceback.format_exception(error))[-2000:]
    if case.wrong:
        case.notes["log"] = house.log()[-3000:]
    house.as_at_first()
    seconds = round(time.monotonic() - began, 1)
    return {"states": states, "seconds": seconds, **case.notes, "wrong": case.wrong}


def _settled(case: Case, mailing: Any) -> None:
    """Whoever was unknown has been looked up: then all is over, and still nobody has it twice."""
    case.house.resolve(mailing)
    case.wrong |= case.house.judge(mailing, unknown=0)
    case.must("not done", case.house.until(lambda: _state(mailing) in {"done", "cancelled"}), found=_state(mailing))


def _state(mailing: Any) -> str:
    mailing.refresh_from_db(fields=["state"])
    return str(mailing.state)
