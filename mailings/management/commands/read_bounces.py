"""manage.py read_bounces [--file FILE]: what came back by mail, from the bounce mailbox or from one mail on a pipe."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, transaction
from django.utils import timezone

from mailings.facts import intake, mailbox, returned


class Command(BaseCommand):
    help = "Read returned mail: from the mailbox of BOUNCE_IMAP_URL, or one mail from a file or a pipe."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", help="one mail; - reads it from a pipe, as an alias of Postfix does")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"]:
            self._one(_content(options["file"]))
        elif settings.BOUNCE_IMAP_URL:
            self._mailbox()
        else:
            raise CommandError("Set BOUNCE_IMAP_URL, or name a file with --file.")

    def _one(self, content: bytes) -> None:
        """Exit status 75 tells Postfix to try again later."""
        facts = returned.read(content, now=timezone.now(), to=os.environ.get("ORIGINAL_RECIPIENT", ""))
        try:
            with transaction.atomic():
                intake.store(facts, now=timezone.now())
        except Error as error:
            self.stderr.write(f"The database did not take it ({type(error).__name__}).")
            sys.exit(os.EX_TEMPFAIL)
        self.stdout.write(f"{len(facts)} stored.")

    def _mailbox(self) -> None:
        try:
            found = mailbox.read(settings.BOUNCE_IMAP_URL, now=timezone.now())
        except (mailbox.Failed, ValueError) as error:
            raise CommandError(f"The mailbox could not be read: {error}.") from error
        self.stdout.write(f"{found} mails stored and deleted.")


def _content(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(mailbox.MOST_BYTES)
    with Path(name).open("rb") as file:
        return file.read(mailbox.MOST_BYTES)
