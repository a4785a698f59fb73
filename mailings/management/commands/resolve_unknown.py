"""manage.py resolve_unknown MAILING --arrived|--again [RECIPIENT …]: a person has looked into the server's log."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from mailings import dispatch
from mailings.models import Mailing, Recipient, RecipientState


class Command(BaseCommand):
    help = "Settle mails whose fate is unknown after somebody looked their message ids up in the mail server's log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("mailing", type=uuid.UUID, help="the mailing's id, as in its address")
        parser.add_argument("recipients", nargs="*", type=uuid.UUID, help="ids from the report; all when left out")
        answer = parser.add_mutually_exclusive_group(required=True)
        answer.add_argument("--arrived", action="store_true", help="the server has taken them")
        answer.add_argument("--again", action="store_true", help="the server never got them: send them once more")

    def handle(self, *args: Any, **options: Any) -> None:
        mailing = Mailing.unscoped.filter(public_id=options["mailing"]).first()
        if mailing is None:
            raise CommandError("There is no such mailing.")
        rows = Recipient.unscoped.for_mailing(mailing).filter(state=RecipientState.UNKNOWN)
        if options["recipients"]:
            rows = rows.filter(public_id__in=options["recipients"])
        found = list(rows)
        dispatch.resolve(found, arrived=options["arrived"], now=timezone.now())
        dispatch.ring()
        self.stdout.write(f"{len(found)} settled.")
