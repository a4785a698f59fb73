"""Earlier versions of a draft: kept while one writes, shown beside the text of today, and got back (demand V9)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from comms.people.models import User
from mailings.models import DraftVersion, Mailing

WORDS = ("subject", "preheader", "values", "translations")
ONE_SITTING = datetime.timedelta(minutes=10)  # what one person types within it is one version
SHOWN = 100


def words_of(mailing: Mailing) -> dict[str, Any]:
    return {name: getattr(mailing, name) for name in WORDS}


def note(mailing: Mailing, *, by: User, now: datetime.datetime, apart: bool = False) -> None:
    """Keep what the draft says now: in the version being written, or in one of its own.

    A new one begins with another person, ten minutes after the last began, after a conflict, and when asked `apart`.
    """
    newest = mailing.versions.order_by("-id").only("id", "mailing", "by", "began_at", "aside").first()
    goes_on = newest and newest.by_id == by.pk and not newest.aside and now - newest.began_at < ONE_SITTING
    if newest and goes_on and not apart:
        mailing.versions.filter(pk=newest.pk).update(words=words_of(mailing), at=now)
        return
    mailing.versions.create(by=by, began_at=now, at=now, words=words_of(mailing))


def set_aside(mailing: Mailing, fields: Mapping[str, Any], *, by: User, now: datetime.datetime) -> None:
    """Keep a text that was not saved because somebody else had saved in between. Repeatable."""
    words = words_of(mailing) | {name: value for name, value in fields.items() if name in WORDS}
    newest = mailing.versions.order_by("-id").first()
    if words != words_of(mailing) and not (newest and newest.aside and newest.words == words):
        mailing.versions.create(by=by, began_at=now, at=now, words=words, aside=True)


def versions(mailing: Mailing) -> list[DraftVersion]:
    """The newest first, without their words."""
    return list(mailing.versions.select_related("by").defer("words").order_by("-id")[:SHOWN])
