"""A sent invitation once more: a correction to those who got it, or the same with its dates moved on.

The dates in date fields move together; words in running text that speak of days are found, for a person to look at.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from comms.people.models import Mandate, User
from mailings import composing, coverage, drafts, enclosures
from mailings.audience import Filter
from mailings.models import Mailing
from mailings.preflight import NOT_THE_BEGINNING
from mailings.reading import words
from templates_lib import slots
from templates_lib.slots import Slot, parse_moment

FURTHEST = 3660  # days something may be moved


# --- a correction ---------------------------------------------------------------------------------------------------
@transaction.atomic
def correct(*, mailing: Mailing, mandate: Mandate, by: User) -> Mailing:
    """A draft with the same text and documents to exactly those who got the mailing, its subject saying what it is."""
    said = {
        language: {**texts, "subject": _corrected(texts.get("subject", ""), language)}
        for language, texts in mailing.translations.items()
    }
    draft = drafts.copy_draft(
        mailing=mailing,
        mandate=mandate,
        by=by,
        subject=_corrected(mailing.subject, mailing.language),
        translations=said,
        audience=Filter(mailed=(mailing.pk,)).to_json(),
    )
    enclosures.copy(mailing, into=draft)
    return draft


def _corrected(subject: str, language: str) -> str:
    """“Rättelse: …” in the message's language; said once, however often one corrects."""
    with translation.override(language):
        word = gettext("Correction: %(subject)s")
    begins = word.partition("%")[0]
    return subject if not subject or subject.startswith(begins) else word % {"subject": subject}


# --- the same once more ---------------------------------------------------------------------------------------------
def times(mailing: Mailing) -> list[tuple[Slot, datetime.datetime]]:
    """Every date field that is filled in, in the order of the message."""
    asked = (slot for slot in composing.slots_of(mailing) if slot.type == "date_time")
    found = ((slot, parse_moment(mailing.values.get(slot.key))) for slot in asked)
    return [(slot, moment) for slot, moment in found if moment]


def main_day(moments: list[tuple[Slot, datetime.datetime]]) -> datetime.date | None:
    """The day of the event: the earliest time that is neither an end nor a last day to answer."""
    begins = [moment for slot, moment in moments if not slot.key.rpartition(".")[2].startswith(NOT_THE_BEGINNING)]
    days = [moment.date() for moment in begins or [moment for _slot, moment in moments]]
    return min(days, default=None)


def a_year_on(day: datetime.date, *, today: datetime.date) -> datetime.timedelta:
    """How far the same weekday nearest to the same date lies away, in the first year in which it is yet to come."""
    year = day.year
    while True:
        year += 1
        date = _same_date(day, year)
        nearest = date + datetime.timedelta(days=(day.weekday() - date.weekday() + 3) % 7 - 3)
        if nearest > today:
            return nearest - day


def _same_date(day: datetime.date, year: int) -> datetime.date:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return datetime.date(year, 2, 28)


def repeat(*, mailing: Mailing, mandate: Mandate, by: User, move: datetime.timedelta) -> Mailing:
    """A draft with the same text and choice of recipients, every date field moved by the same time."""
    moved = {slot.key: (moment + move).strftime("%Y-%m-%dT%H:%M") for slot, moment in times(mailing)}
    chosen = Filter.from_json(mailing.audience)
    if chosen.new_since:
        chosen = replace(chosen, new_since=chosen.new_since + move)
    return drafts.copy_draft(
        mailing=mailing, mandate=mandate, by=by, values={**mailing.values, **moved}, audience=chosen.to_json()
    )


# --- words that speak of days ---------------------------------------------------------------------------------------
DAYS = (
    "måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag|mandag|tirsdag|lørdag|søndag"
    "|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
)
MONTHS = (
    "januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december"
    "|januar|februar|mai|august|desember|marts|january|february|march|may|june|july|october"
)
ALONE = "|".join(month for month in MONTHS.split("|") if month not in {"march", "may", "mars"})  # also other words
SPEAKS = re.compile(
    rf"\b(?:(?:{DAYS})\w{{0,3}}(?:\s+(?:den\s+)?\d{{1,2}}[.:]?(?:[a-zåäöæø]{{0,2}})?(?:\s+(?:{MONTHS})\b)?)?"
    rf"|\d{{1,2}}[.:]?(?:st|nd|rd|th|a|e)?\s+(?:of\s+)?(?:{MONTHS})\b(?:\s+\d{{4}})?"
    rf"|(?:{MONTHS})\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?"
    rf"|(?:{ALONE})\b(?:\s+\d{{4}})?"
    r"|\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}(?:[-/ ]\d{2,4})?|\d{1,2}\.\d{1,2}\.(?:\d{2,4})?|20\d\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Look:
    """A text with days in it: where it stands (`key`, `language` "" for the sender's own), and the words."""

    key: str
    label: Any
    language: str
    found: list[str]


def days_in(text: str) -> list[str]:
    """The words in a text that speak of a day, a month or a year, each once, in any of our languages."""
    return list(dict.fromkeys(match.group().strip() for match in SPEAKS.finditer(text)))


def to_look_at(mailing: Mailing) -> list[Look]:
    """Every text of the draft that speaks of days, in the sender's language first, then the translations."""
    texts = [*_own(mailing), *_translated(mailing)]
    return [Look(key, label, language, found) for key, label, language, text in texts if (found := days_in(text))]


def _own(mailing: Mailing) -> Iterator[tuple[str, Any, str, str]]:
    asked = composing.slots_of(mailing)
    gone = slots.left_out(asked, mailing.values)
    yield "subject", "", "", mailing.subject
    yield "preheader", "", "", mailing.preheader
    for slot in asked:
        if slot.worded and slot.block not in gone:
            yield slot.key, slot.label, "", words(coverage.words_of(slot, mailing.values.get(slot.key)))


def _translated(mailing: Mailing) -> Iterator[tuple[str, Any, str, str]]:
    labels = {slot.key: slot.label for slot in composing.slots_of(mailing)}
    for language, said in mailing.translations.items():
        heads: Mapping[str, Any] = {name: said.get(name, "") for name in ("subject", "preheader")}
        for key, text in {**heads, **said.get("values", {})}.items():
            yield key, labels.get(key, ""), language, words(text)
