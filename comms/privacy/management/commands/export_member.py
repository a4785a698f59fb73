"""manage.py export_member NUMBER FOLDER: everything we know about a member, for the member (GDPR art. 15 and 20)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.loader import render_to_string
from django.utils import timezone, translation

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
        with translation.override(member.language):
            found = subject_access.export(member, now=timezone.now())
            page = render_to_string("privacy/export.html", {**found, "language": member.language})
        name = f"member-{member.public_id.hex}"
        for ending, text in (("json", json.dumps(found, default=str, ensure_ascii=False, indent=1)), ("html", page)):
            path = folder / f"{name}.{ending}"
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            self.stdout.write(str(path))
