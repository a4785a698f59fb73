"""The calendar entry: the right moment everywhere, the same text each time, nobody's name."""

import datetime

import pytest
from icalendar import Calendar

from templates_lib.render.calendar import calendar_entry
from templates_lib.render.document import RichText

pytestmark = pytest.mark.django_db
ZONE = "Europe/Stockholm"


def read(document) -> Calendar:
    return Calendar.from_ical(calendar_entry(document, zone=ZONE))


@pytest.mark.parametrize(
    ("when", "utc"),
    [
        ("2027-03-12T18:00:00", "2027-03-12T17:00:00+00:00"),  # winter
        ("2027-06-12T18:00:00", "2027-06-12T16:00:00+00:00"),  # summer
        ("2027-03-28T01:30:00", "2027-03-28T00:30:00+00:00"),  # the night the clocks go forward
        ("2027-03-28T03:00:00", "2027-03-28T01:00:00+00:00"),
        ("2027-10-31T01:59:00", "2027-10-30T23:59:00+00:00"),  # the night they go back
    ],
)
def test_it_begins_when_the_message_says(make_document, when, utc):
    entry = read(make_document(when=when, until=None))
    (event,) = entry.walk("VEVENT")
    assert event.decoded("dtstart").astimezone(datetime.UTC).isoformat() == utc
    assert event.decoded("dtend") - event.decoded("dtstart") == datetime.timedelta(hours=1)
    assert [zone["tzid"] for zone in entry.walk("VTIMEZONE")] == [ZONE]


def test_it_says_what_and_where_and_ends_when_told(make_document):
    document = make_document(when="2027-03-12T18:00:00", until="2027-03-12T20:30:00", heading="Årsmöte; mat, dans")
    (event,) = read(document).walk("VEVENT")
    assert event.decoded("dtend") - event.decoded("dtstart") == datetime.timedelta(hours=2, minutes=30)
    assert str(event["summary"]) == document.first("heading").values["text"]
    assert event["location"]


def test_an_end_before_the_beginning_is_no_negative_meeting(make_document):
    (event,) = read(make_document(when="2027-03-12T18:00:00", until="2027-03-12T17:00:00")).walk("VEVENT")
    assert event.decoded("dtend") == event.decoded("dtstart")


def test_the_same_document_gives_the_same_text(document):
    assert calendar_entry(document, zone=ZONE) == calendar_entry(document, zone=ZONE)


def test_a_message_without_a_time_has_none(make_document):
    assert calendar_entry(make_document(when=None, until=None), zone=ZONE) == ""


@pytest.mark.parametrize(
    "typed", ["x\r\nATTENDEE:mailto:eve@example.com", "x\nBEGIN:VALARM", "a;b,c\\d", "[[full_name]]"]
)
def test_nothing_typed_becomes_a_property_of_its_own(make_document, typed):
    entry = calendar_entry(make_document(text=typed, intro=RichText(f"<p>{typed} och flera ord till</p>")), zone=ZONE)
    assert not [line for line in entry.split("\r\n") if line.startswith(("ATTENDEE", "BEGIN:VALARM"))]
    assert "[[" not in entry
    assert all(len(line.encode()) <= 75 for line in entry.split("\r\n"))
