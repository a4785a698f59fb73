"""manage.py export_member NUMBER FOLDER: everything we know about a member, for the member (GDPR art. 15 and 20)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from comms.people.models import Member
from comms.privacy import subject_access


class Command(BaseCommand):
    help = "Write what is known about a member as JSON and as a page to read; the files belong to whoever runs this."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="the member number")
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        member = Member.unscoped.filter(number=options["number"]).first()
        if member is None:
            raise CommandError("There is no member with this number.")
        folder: Path = options["folder"]
        folder.mkdir(parents=True, exist_ok=True)
        copy = subject_access.Copy.of(member, now=timezone.now())
        for ending in ("json", "html"):
            path = folder / f"member-{member.public_id.hex}.{ending}"
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(copy.as_(ending))
            self.stdout.write(str(path))
