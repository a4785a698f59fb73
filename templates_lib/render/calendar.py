"""The event of a message as a calendar entry (RFC 5545): the same for everybody, so it names nobody invited."""

from __future__ import annotations

import datetime
import hashlib
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from templates_lib.render.document import Document, Place
from templates_lib.render.gist import gist

PRODUCT = "-//Union invitations//EN"
LENGTH = datetime.timedelta(hours=1)  # where no end is given


def calendar_entry(document: Document, *, zone: str) -> str:
    """The .ics text, lines ended by CRLF; "" for a message without a time. `zone` is an IANA name.

    The same document gives the same text: DTSTAMP is the event's own beginning, and the UID comes from the address of
    the shared page, which all languages have in common.
    """
    begins = starts_at(document, zone=zone)
    if begins is None:
        return ""
    facts = document.first("facts")
    assert facts is not None
    until, place = facts.values.get("until"), facts.values.get("where") or Place("")
    told = gist(document)
    event = Event()
    event.add("uid", hashlib.sha256((document.page_url or document.subject).encode()).hexdigest()[:32])
    event.add("dtstamp", begins.astimezone(datetime.UTC))
    event.add("dtstart", begins)
    event.add("dtend", max(_moment(until.iso, zone), begins) if until else begins + LENGTH)
    event.add("summary", told.heading)
    event.add("location", ", ".join(part for part in (place.name, place.address) if part) or place.url)
    event.add("description", "\n".join(part for part in (told.introduction, document.page_url) if part))
    if document.page_url:
        event.add("url", document.page_url)
    entry = Calendar()
    entry.add("prodid", PRODUCT)
    entry.add("version", "2.0")
    entry.add("method", "PUBLISH")
    entry.add_component(event)
    entry.add_missing_timezones(begins.date(), begins.date() + datetime.timedelta(days=366))
    return entry.to_ical().decode()


def starts_at(document: Document, *, zone: str) -> datetime.datetime | None:
    """When the event begins, None where the message names no time."""
    facts = document.first("facts")
    when = facts.values.get("when") if facts else None
    return _moment(when.iso, zone) if when else None


def _moment(iso: str, zone: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(iso).replace(tzinfo=ZoneInfo(zone))
