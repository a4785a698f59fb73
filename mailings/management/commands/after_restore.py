"""manage.py after_restore [--ledger FOLDER …]: the last step of every restored backup, before anything is started."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from mailings import dispatch
from mailings.operations import restoring

WORDS = {
    "entries": "entries of the ledger are newer than the backup",
    "paused": "mailings paused; each goes on when somebody says so",
    "sent": "recipients had got their mail since",
    "unknown": "recipients may have got it: look them up, then resolve_unknown",
    "joined": "of them were not on the restored lists and are there now",
    "sent_as_drafts": "drafts were sent since; they are stopped now",
    "suppressed": "addresses not to be written to again",
    "released": "addresses that may be written to again",
    "consent": "answers about kinds of mail",
    "erased": "members erased again",
    "restricted": "pauses in the use of a member's data begun or ended again",
}


class Command(BaseCommand):
    help = "After restoring a backup: pause what was sending, and do not send again what was sent since."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ledger", action="append", type=Path, default=[], help="a further machine's LEDGER_DIR")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        folders = [settings.LEDGER_DIR, *options["ledger"]]
        found = restoring.after_restore(folders, now=dispatch.database_now())
        if options["json"]:
            self.stdout.write(json.dumps(found))
            return
        for name, text in WORDS.items():
            self.stdout.write(f"{found.get(name, 0):>8} {text}")
        gone: Any = found["unknown_mailings"]
        for mailing, n in gone.items():
            self.stdout.write(f"Mailing {mailing}, sent to {n} since, is not in this database: do not write it again.")
