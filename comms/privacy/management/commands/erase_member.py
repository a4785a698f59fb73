"""manage.py erase_member NUMBER --yes: take a person out (GDPR art. 17). It cannot be undone."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from comms.people.models import Member
from comms.privacy import erasing


class Command(BaseCommand):
    help = "Blank everything that names a member; sums, the archive and a keyed hash of each address stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="the member number")
        parser.add_argument("--yes", action="store_true", help="it cannot be undone")

    def handle(self, *args: Any, **options: Any) -> None:
        member = Member.unscoped.filter(number=options["number"]).first()
        if member is None:
            raise CommandError("There is no member with this number.")
        if not options["yes"]:
            raise CommandError("Nothing was erased. It cannot be undone: say --yes.")
        erasing.erase(member, now=timezone.now())
        self.stdout.write("Erased. Backups made before today still hold the person until they are deleted.")
