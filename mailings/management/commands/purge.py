"""manage.py purge [--dry-run] [--json]: remove what has been kept long enough."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from comms.privacy import retention
from mailings import dispatch
from mailings.operations import purging


class Command(BaseCommand):
    help = "Remove what has been kept as long as comms/privacy/retention.toml says."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        now = dispatch.database_now()
        counts = retention.due(now=now) if options["dry_run"] else purging.purge(now=now)[0]
        if options["json"]:
            self.stdout.write(json.dumps(counts))
            return
        said = ", ".join(f"{n} {name}" for name, n in counts.items() if n) or "nothing"
        self.stdout.write(f"{'Would remove' if options['dry_run'] else 'Removed'}: {said}.")
