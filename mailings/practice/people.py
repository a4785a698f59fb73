"""The invented members of every practice: one of each kind a sender meets. They are in no table."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from comms.people.models import LANGUAGES
from mailings.audience import Ledger
from mailings.models import Mailing

OTHER = {"sv": "en"}  # the sender's language -> the one somebody else reads; Swedish where none is named


@dataclass(frozen=True, slots=True)
class Invented:
    """Somebody who does not exist, with the parts of a member that pages ask for.

    `skipped` is why no mail is sent, `missed` why it is not taken (keys of `mailings.reasons`), "" when it is.
    """

    n: int
    first_name: str
    last_name: str
    email: str
    language: str = ""  # "" for the sender's own
    skipped: str = ""
    missed: str = ""
    mobile: str = ""

    @property
    def public_id(self) -> uuid.UUID:
        return uuid.UUID(int=self.n)

    @property
    def number(self) -> str:
        return f"{self.n:04d}"

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


EVERYBODY = (
    Invented(1, "Kim", "Andersson", "kim@example.org"),
    Invented(2, "Alexandra-Margareta", "von Falkenberg-Lagerstedt", "alexandra@example.org"),
    Invented(3, "", "Lind", "lind@example.org"),
    Invented(4, "Alex", "Morgan", "alex@example.org", language="other"),
    Invented(5, "Robin", "Nyberg", "robin@example.org", missed="mailbox_unknown"),
    Invented(6, "Åsa", "Öberg", "asa@example.org"),
    Invented(7, "Ida", "Strand", "", skipped="no_address"),
    Invented(8, "Noa", "Vik", "noa@example.org", skipped="unsubscribed"),
)


def everybody(mailing: Mailing) -> Iterator[Invented]:
    """All of them by name, in languages that fit the sender's; nobody can say no to a statutory notice."""
    other = OTHER.get(mailing.language, "sv")
    for one in sorted(EVERYBODY, key=lambda one: (one.last_name, one.first_name)):
        gone = "" if one.skipped == "unsubscribed" and not mailing.topic.can_refuse else one.skipped
        yield replace(one, language=other if one.language else mailing.language, skipped=gone)


def chosen(mailing: Mailing) -> list[Invented]:
    """Those the draft's choice of recipients leaves: by language, the one row that practice knows."""
    wanted = mailing.audience.get("languages")
    return [one for one in everybody(mailing) if wanted is None or one.language in wanted]


def reached(mailing: Mailing) -> list[Invented]:
    return [one for one in chosen(mailing) if not one.skipped]


def ledger(mailing: Mailing) -> Ledger:
    """Whom it reaches and whom not and why, as `audience.ledger` answers for real members."""
    return Ledger.counted((one.skipped, one.language, 1) for one in chosen(mailing))


# --- one by one -----------------------------------------------------------------------------------------------------
def reader(mailing: Mailing, public_id: uuid.UUID) -> Invented | None:
    return next((one for one in reached(mailing) if one.public_id == public_id), None)


def neighbours(mailing: Mailing, one: Invented) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """The ones before and after, None at the ends."""
    keys = [other.public_id for other in reached(mailing)]
    at = keys.index(one.public_id)
    return (keys[at - 1] if at else None), (keys[at + 1] if at + 1 < len(keys) else None)


def first(mailing: Mailing, who: str) -> uuid.UUID | None:
    """The first of them, or the first of a kind, as `stepping.first`; of a kind there is nobody of, the first."""
    every = reached(mailing)
    if who == "longest":
        every.sort(key=lambda one: -len(one.full_name))
    elif who == "nameless":
        every.sort(key=lambda one: bool(one.first_name))
    elif who in dict(LANGUAGES):
        every.sort(key=lambda one: one.language != who)
    return every[0].public_id if every else None


def kinds(mailing: Mailing) -> tuple[bool, list[tuple[str, Any]]]:
    """(whether somebody has no first name, the other languages that somebody reads)."""
    every = reached(mailing)
    spoken = {one.language for one in every} - {mailing.language}
    named = [(code, name) for code, name in LANGUAGES if code in spoken]
    return any(not one.first_name for one in every), named
