"""manage.py delivery_report MAILING [--json]: what became of every recipient."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mailings import reports
from mailings.models import Mailing


class Command(BaseCommand):
    help = "What became of every recipient of a mailing: id, state, reason, attempts, message id, reply, times."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("mailing", type=uuid.UUID, help="the mailing's id, as in its address")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            mailing = Mailing.unscoped.get(public_id=options["mailing"])
        except Mailing.DoesNotExist as error:
            raise CommandError("There is no such mailing.") from error
        report = reports.delivery(mailing)
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=1))
        else:
            self._table(report)

    def _table(self, report: dict[str, Any]) -> None:
        for row in report["recipients"]:
            reason = row["reason"] or "-"
            self.stdout.write(f"{row['id']}  {row['state']:10} {reason:16} {row['attempts']}  {row['reply']}")
        counts = ", ".join(f"{n} {state}" for state, n in report["states"].items())
        self.stdout.write(f"{report['state']}: {report['locked']} on the list = {counts or 'nobody'}")
