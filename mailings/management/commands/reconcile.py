"""manage.py reconcile [--json]: whether the sums of every mailing agree. Exit status 1 when one does not."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mailings import reports


class Command(BaseCommand):
    help = "Say whether the sums over all states equal the locked list of every mailing; exit status 1 if not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = reports.disagreements()
        if options["json"]:
            self.stdout.write(json.dumps({"agree": not wrong, "disagreements": wrong}))
        elif wrong:
            for mailing, texts in wrong.items():
                self.stdout.write(f"{mailing}: {'; '.join(texts)}")
        else:
            self.stdout.write("All sums agree.")
        if wrong:
            sys.exit(1)
