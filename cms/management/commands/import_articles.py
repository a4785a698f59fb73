"""`manage.py import_articles FOLDER`: an existing site's texts become pages of the library."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from cms import importing
from cms.importing import report
from comms.people.models import LANGUAGES, User

PROGRESS_SECONDS = 2.0


class Command(BaseCommand):
    help = (
        "Bring a folder of HTML, Markdown and Word files into the library. The same folder again brings the same pages "
        "up to date. See docs/library.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder with the files")
        parser.add_argument("--dry-run", action="store_true", help="only show what would happen")
        parser.add_argument("--publish", action="store_true", help="publish the pages; without it they are drafts")
        parser.add_argument("--shelf", default="", metavar="“A / B”", help="the shelf of files that do not name one")
        parser.add_argument("--language", choices=[code for code, _name in LANGUAGES], help="of files that do not say")
        parser.add_argument("--by", metavar="EMAIL", help="who the history says wrote the pages; one of the staff")
        parser.add_argument("--overwrite", action="store_true", help="also where staff have written in the page since")
        parser.add_argument("--examples", type=int, default=10, metavar="N", help="lines shown per kind (10)")
        parser.add_argument("--json", type=Path, metavar="FILE", help="also write the result as JSON")

    def handle(self, **options: Any) -> None:
        self._last_progress = time.monotonic()
        folder, by = options["folder"], self.by(options["by"])
        if not folder.is_dir():
            raise CommandError(_("There is no folder %s.") % folder)
        terms = importing.Terms(options["language"] or settings.LANGUAGE_CODE[:2], options["shelf"])
        try:
            reading = importing.read(folder.resolve(), terms, progress=self.progress)
        except importing.FolderError as error:
            raise CommandError(str(error)) from error
        plan = importing.make_plan(reading, publish=options["publish"], overwrite=options["overwrite"])
        for line in report.lines(plan, examples=options["examples"]):
            self.stdout.write(line)
        done = importing.Done()
        if not options["dry_run"]:
            done = importing.apply(plan, by=by, publish=options["publish"], progress=self.progress)
        plan.refusals += done.refusals
        if options["json"]:
            text = json.dumps(report.as_json(plan, written=done.written), ensure_ascii=False, indent=1)
            options["json"].write_text(text, encoding="utf-8")
        self.conclude(plan, done, options)

    @staticmethod
    def by(address: str | None) -> User | None:
        if not address:
            return None
        user = User.objects.filter(email__iexact=address, is_staff=True).first()
        if user is None:
            raise CommandError(_("Nobody among the staff has the address %s.") % address)
        return user

    def progress(self, what: str, count: int) -> None:
        """A line to stderr now and then."""
        now = time.monotonic()
        if now - self._last_progress >= PROGRESS_SECONDS:
            self._last_progress = now
            self.stderr.write(f"{count:>9,} {what}".replace(",", " "))

    def conclude(self, plan: importing.Plan, done: importing.Done, options: dict[str, Any]) -> None:
        """The last words; exit status 1 when a file was refused."""
        self.stdout.write("")
        for refusal in done.refusals:
            self.stdout.write(report.sentence(refusal))
        if options["dry_run"]:
            self.stdout.write(_("Nothing has been changed. To import, run it again without --dry-run."))
        elif not done.written:
            self.stdout.write(_("Nothing has been changed."))
        elif options["publish"]:
            self.stdout.write(_("Done. The pages are published."))
        else:
            self.stdout.write(_("Done. The pages are drafts until staff publish them."))
        if plan.refusals:
            sys.exit(1)
