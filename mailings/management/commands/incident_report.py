"""manage.py incident_report --user EMAIL --from DAY --to DAY [--json]: what an account saw, told to the authority.

Within 72 hours the union must say who is concerned, what about them, and since when (GDPR art. 33). Both days are
included, in local time.
"""

from __future__ import annotations

import datetime
import json
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from comms.people.models import User
from mailings import incidents

WORDS = {
    "list": "names, workplace, position and branch, in lists",
    "search": "the same, searched for by name",
    "contact": "e-mail address, mobile number and postal address",
    "export": "a list taken out",
    "mailing": "names and addresses as recipients of a mailing",
}


def day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is no day like 2026-03-12") from error


class Command(BaseCommand):
    help = "What one account looked at between two days: how many members, which of their details, when."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="the e-mail address of the account")
        parser.add_argument("--from", dest="first", type=day, required=True)
        parser.add_argument("--to", dest="last", type=day, required=True)
        parser.add_argument("--json", action="store_true", help="with the member numbers of everybody concerned")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["user"]).first()
        if user is None:
            raise CommandError("There is no account with this address.")
        if options["last"] < options["first"]:
            raise CommandError("--to is before --from.")
        since, until = (
            timezone.make_aware(datetime.datetime.combine(one, datetime.time()))
            for one in (options["first"], options["last"] + datetime.timedelta(days=1))
        )
        found = incidents.report(user, since=since, until=until)
        self.stdout.write(json.dumps(found, default=str) if options["json"] else self._said(found))

    def _said(self, found: dict[str, Any]) -> str:
        lines = [
            f"Members concerned: {len(found['members'])}",
            *(f"  {WORDS[kind]}: {n} members in {looks} looks" for kind, (n, looks) in found["kinds"].items()),
            f"First look: {found['first'] or 'none'}. Last look: {found['last'] or 'none'}.",
            f"Mandates: {'; '.join(found['mandates']) or 'none'}",
            f"Mailings confirmed: {len(found['mailings'])}, to {sum(one['recipients'] for one in found['mailings'])}",
            f"Devices still known: {len(found['devices'])}",
            f"Days whose log is not as it was written: {', '.join(map(str, found['broken'])) or 'none'}",
            "The member numbers are in --json.",
        ]
        return "\n".join(lines)
