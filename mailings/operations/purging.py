"""The nightly purge and the sign that it was done; what goes when is in `comms/privacy/retention.toml`."""

from __future__ import annotations

import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from comms.privacy import retention
from comms.privacy.policy import Rule
from mailings.models import Pulse
from mailings.operations import pulses

OVERDUE = datetime.timedelta(hours=26)
NAMES = {  # of the rules that are carried out every night
    "pledges": _("Pledges of confidentiality"),
    "doubts": _("Days on which mail to an address came back"),
    "wishes": _("What members have asked for about their data"),
    "access_log": _("Who has looked at whom"),
    "exports": _("Member lists that were taken out"),
    "recipients": _("Names and addresses of recipients"),
    "deliveries": _("Which member a recipient was, and the mail server's answer"),
    "events": _("What providers told about a mail"),
    "tasks": _("Tasks about returned mail that are closed"),
    "lists": _("Deleted lists"),
    "practice": _("Practice"),
    "attempts": _("Attempts to sign in"),
    "sessions": _("Sign-ins that are over"),
    "sign_ins": _("Devices somebody was signed in on"),
    "heard": _("Searches in the library, sealed"),
    "unfound": _("Searches in the library that found nothing"),
    "verdicts": _("Readers' answers about a page of the library"),
    "tallies": _("Mails a minute"),
    "ledgers": _("What a restored backup must know"),
}


def purge(*, now: datetime.datetime, seconds: float = 0) -> tuple[dict[str, int], bool]:
    """See `retention.purge`. The counts of a purge that was done in several sittings are those of its last."""
    removed, done = retention.purge(now=now, seconds=seconds)
    if done:
        pulses.record("purge", removed, now=now)
    return removed, done


def is_overdue(*, now: datetime.datetime) -> bool:
    """Whether no purge has ended for more than a day; before the first one, whether there is something to remove."""
    last = Pulse.objects.filter(pk="purge").first()
    return last.at <= now - OVERDUE if last else any(retention.due(now=now).values())


def watch(*, now: datetime.datetime) -> None:
    """Rings the alarm when the night's purge has not been done."""
    if is_overdue(now=now):
        pulses.alarm("what must not be kept any longer has not been removed for more than a day: see manage.py purge")


def kept(*, now: datetime.datetime) -> list[tuple[str, str, int, int]]:
    """(what, how long, removed by the last purge, what waits for the next) of each rule that a night carries out."""
    last = Pulse.objects.filter(pk="purge").first()
    removed = last.figures if last else {}
    waits = retention.due(now=now)
    rules = [rule for rule, _how in retention.nightly()]
    return [(str(NAMES[rule.name]), _in_words(rule), removed.get(rule.name, 0), waits[rule.name]) for rule in rules]


def _in_words(rule: Rule) -> str:
    if months := rule.period.months + 12 * rule.period.years:
        return ngettext("%(n)d month", "%(n)d months", months) % {"n": months}
    if days := rule.period.days:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    return str(_("not once it is over"))
