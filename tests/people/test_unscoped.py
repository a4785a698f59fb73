"""`.unscoped` goes round the lock on members. Whoever needs it stands on this list, with the reason."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("comms", "mailings", "templates_lib", "cms")

ALLOWED = {
    # who exists: the registry's file names everybody
    "comms/people/models/members.py",
    "comms/people/roster/apply.py",
    "comms/people/roster/plan.py",
    # those who are gone, taken off a count of placements
    "comms/people/sizes.py",
    # the invented union
    "comms/demo/members.py",
    # what we may send: decided per member, by id or by token
    "comms/privacy/permission.py",
    "comms/privacy/unsubscribe.py",
    "comms/privacy/choices.py",
    "comms/privacy/wishes.py",
    # what staff do for one member who calls or writes, former ones too: by the member number
    "comms/members/rights.py",
    # a page of a list: the ids that `within(scope)` has just answered; a place in the alphabet, by a sealed token
    "comms/members/lists.py",
    "comms/members/rows.py",
    # the access log, for staff: whom somebody saw who may have moved or left since
    "comms/members/seen.py",
    "comms/members/looks.py",
    # the post office: works through the recipients of a mailing whose scope was checked when it was confirmed
    "mailings/audience.py",
    "mailings/by_clock.py",
    "mailings/composing.py",
    "mailings/courier.py",
    "mailings/dispatch.py",
    "mailings/facts/consequences.py",
    "mailings/facts/handling.py",
    "mailings/leases.py",
    "mailings/incidents.py",
    "mailings/letters.py",
    "mailings/lifecycle.py",
    "mailings/drafts.py",
    "mailings/enclosures.py",
    "mailings/notices.py",
    "mailings/models/mailing.py",
    "mailings/models/recipient.py",
    "mailings/updates.py",
    "mailings/personal.py",
    "mailings/reports.py",
    "mailings/settle.py",
    "mailings/tasks.py",
    # what was refused or sent before a backup was restored: by the ids of a ledger
    "comms/privacy/restoring.py",
    "mailings/operations/restoring.py",
    # figures for staff and monitoring, and what is removed after its time
    "mailings/operations/figures.py",
    "mailings/operations/metrics.py",
    # a practice is its author's: her own row by its key; whether somebody has sent at all
    "mailings/practice/course.py",
    # how many branches use a template: figures for staff, nobody's mailing
    "mailings/wagtail_hooks.py",
    # a page opened by a mailed token: whoever holds it is the recipient
    "mailings/views/web.py",
    "mailings/views/enclosed.py",
    # the library's index, made of what is published; pages that staff have opened to everybody
    "cms/models/entry.py",
    "cms/indexing.py",
    "cms/views/open.py",
    # what staff are told of a page: that it has expired, or that it answers what nobody found
    "cms/expiry.py",
    "cms/learning.py",
    # whether an ancestor writes to the same people that day: unit and hour, nothing else of that mailing
    "mailings/quiet.py",
}
ALWAYS = re.compile(r"/management/commands/")


def users_of_unscoped() -> set[str]:
    files = (path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)
    found = {str(path.relative_to(ROOT)) for path in files if re.search(r"\bunscoped\b", path.read_text())}
    return {path for path in found if not ALWAYS.search(path)}


def test_only_listed_files_go_round_the_scope():
    assert users_of_unscoped() - ALLOWED == set()


def test_the_search_finds_somebody():
    assert "comms/people/roster/plan.py" in users_of_unscoped()
