"""manage.py resolve_unknown MAILING --arrived|--again [RECIPIENT …]|--postfix-log FILE: what a server's log says."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from mailings import dispatch
from mailings.facts import handling, intake, postfix_log
from mailings.models import Mailing, Recipient, RecipientState


class Command(BaseCommand):
    help = "Settle mails whose fate is unknown: somebody, or this command, looks them up in the mail server's log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("mailing", type=uuid.UUID, help="the mailing's id, as in its address")
        parser.add_argument("recipients", nargs="*", type=uuid.UUID, help="ids from the report; all when left out")
        answer = parser.add_mutually_exclusive_group(required=True)
        answer.add_argument("--arrived", action="store_true", help="the server has taken them")
        answer.add_argument("--again", action="store_true", help="the server never got them: send them once more")
        answer.add_argument("--postfix-log", metavar="FILE", help="look them up in this log; - reads it from a pipe")

    def handle(self, *args: Any, **options: Any) -> None:
        mailing = Mailing.unscoped.filter(public_id=options["mailing"]).first()
        if mailing is None:
            raise CommandError("There is no such mailing.")
        rows = Recipient.unscoped.for_mailing(mailing).filter(state=RecipientState.UNKNOWN).select_related("mailing")
        if options["recipients"]:
            rows = rows.filter(public_id__in=options["recipients"])
        found = list(rows)
        if options["postfix_log"]:
            self._look_up(found, options["postfix_log"])
            return
        dispatch.resolve(found, arrived=options["arrived"], now=timezone.now())
        dispatch.ring()
        self.stdout.write(f"{len(found)} settled.")

    def _look_up(self, rows: list[Recipient], name: str) -> None:
        """What the log does not show stays unknown: a log may be incomplete, and nobody is mailed twice."""
        now = timezone.now()
        wanted = {row.message_id: row.public_id for row in rows}
        with _opened(name) as log:
            facts = list(postfix_log.facts(log, wanted, now=now))
        intake.store(facts, now=now)
        while handling.handle(now=now):
            pass
        self.stdout.write(f"{len(facts)} of {len(rows)} found in the log.")


def _opened(name: str) -> TextIO:
    if name == "-":
        return sys.stdin
    try:
        return Path(name).open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CommandError(f"The log cannot be read: {error.strerror}.") from error
