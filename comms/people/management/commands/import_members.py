"""`manage.py import_members FILE`: what a membership file would change, and with --apply the change itself."""

from __future__ import annotations

import datetime
import json
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from comms.people import roster
from comms.people.models import Unit
from comms.people.roster import report

PROGRESS_SECONDS = 2.0


class Command(BaseCommand):
    help = (
        "Import members from a csv, xlsx, ods or xls file of the registry. "
        "Without --apply nothing is changed: you see what would be."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the membership file")
        parser.add_argument("--apply", action="store_true", help="change the register as shown")
        parser.add_argument("--covers", metavar="CODE", help="number of the unit the file is complete for (the union)")
        parser.add_argument("--as-of", metavar="TIME", help="when the registry wrote the file (the file's own time)")
        parser.add_argument("--allow-leaving", action="store_true", help="go on though more than 5 %% would leave")
        parser.add_argument("--create-units", action="store_true", help="make regions, branches and clubs we lack")
        parser.add_argument("--examples", type=int, default=10, metavar="N", help="lines shown per kind (10)")
        parser.add_argument("--json", type=Path, metavar="FILE", help="also write the result as JSON")

    def handle(self, **options: Any) -> None:
        self._last_progress = time.monotonic()
        path, examples = options["file"], options["examples"]
        if not path.is_file():
            raise CommandError(_("There is no file %s.") % path)
        try:
            plan = roster.make_plan(path, self.terms(options), examples=examples, progress=self.progress)
        except roster.RosterError as error:
            raise CommandError(str(error)) from error
        if options["allow_leaving"]:
            plan.stops = [stop for stop in plan.stops if stop.code != "leaving"]
        for line in report.lines(plan, examples=examples):
            self.stdout.write(line)
        applied = options["apply"] and not plan.stops
        if applied:
            roster.apply(plan, key=settings.SUPPRESSION_KEY, progress=self.progress)
        if options["json"]:
            text = json.dumps(report.as_json(plan, applied=applied), ensure_ascii=False, indent=1)
            options["json"].write_text(text, encoding="utf-8")
        plan.stage.close()
        self.conclude(plan, applied=applied, asked=options["apply"])

    def terms(self, options: dict[str, Any]) -> roster.Terms:
        as_of = self.as_of(options["as_of"], options["file"])
        if as_of > timezone.now() + datetime.timedelta(hours=1):
            raise CommandError(_("The file's time lies in the future. Use --as-of."))
        return roster.Terms(
            covers=self.covers(options["covers"]),
            as_of=as_of,
            phone_region=settings.PHONE_REGION,
            language=settings.LANGUAGE_CODE[:2],
            create_units=options["create_units"],
        )

    @staticmethod
    def as_of(text: str | None, path: Path) -> datetime.datetime:
        if not text:
            return datetime.datetime.fromtimestamp(path.stat().st_mtime, tz=datetime.UTC)
        try:
            when = parse_datetime(text) or datetime.datetime.combine(parse_date(text) or _never(), datetime.time())
        except ValueError as error:
            raise CommandError(_("Write --as-of like 2027-03-12 or 2027-03-12T06:10.")) from error
        return when if timezone.is_aware(when) else timezone.make_aware(when)

    @staticmethod
    def covers(code: str | None) -> Unit:
        units = Unit.objects.filter(code=code) if code else Unit.objects.filter(depth=1, kind=Unit.Kind.UNION)
        found = list(units[:2])
        if len(found) == 1:
            return found[0]
        if code:
            raise CommandError(_("There is no unit with the number %s.") % code)
        if found:
            raise CommandError(_("There are several unions. Say which with --covers."))
        raise CommandError(_("There is no union yet. Create it in the staff screens first."))

    def progress(self, what: str, count: int) -> None:
        """A line to stderr now and then; counts only, nobody's data."""
        now = time.monotonic()
        if now - self._last_progress >= PROGRESS_SECONDS:
            self._last_progress = now
            self.stderr.write(f"{count:>9,} {what}".replace(",", " "))

    def conclude(self, plan: roster.Plan, *, applied: bool, asked: bool) -> None:
        self.stdout.write("")
        for stop in plan.stops:
            self.stdout.write(_("Stopped") + f": {stop.message}")
        if applied:
            self.stdout.write(_("Done. The register now says what the file says."))
        elif asked:
            raise CommandError(_("Nothing has been changed."))
        else:
            self.stdout.write(_("Nothing has been changed. To change the register, run it again with --apply."))


def _never() -> datetime.date:
    raise ValueError
