"""`manage.py demo_run`: one invitation of the demo union through the running workers."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone, translation

from comms.demo import sending
from mailings import links
from mailings.models import Mailing
from mailings.reasons import explain


class Command(BaseCommand):
    help = "Sends an invitation as Alice, waits for the workers, and says who was reached and where everything is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--timeout", type=float, default=300, help="seconds to wait for the workers (300)")

    def handle(self, *args: Any, timeout: float, **options: Any) -> None:
        translation.activate("en")
        try:
            mandate = sending.alice()
            mailing, ledger = sending.send(mandate=mandate, now=timezone.now())
        except sending.NotSent as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"\n{mandate.user}, {mandate}: “{mailing.subject}”")
        self._ledger(ledger)
        self.stdout.write(f"\nUndo time {settings.MAILING_HOLD_SECONDS} s, then:")
        by_state = sending.wait(mailing, seconds=timeout, tell=self._tell)
        outcome = sending.Outcome(mailing=mailing, ledger=ledger, by_state=by_state)
        self._where(mailing)
        self._verdict(outcome)
        if not outcome.good:
            sys.exit(1)

    def _ledger(self, ledger: Any) -> None:
        self.stdout.write(f"  {ledger.total:6} in the mandate\n  {ledger.mail:6} by e-mail")
        for reason, count in ledger.skipped:
            self.stdout.write(f"  {count:6} not reached: {explain(reason).text}")

    def _tell(self, by_state: dict[str, int]) -> None:
        self.stdout.write("  " + "  ".join(f"{state} {count}" for state, count in sorted(by_state.items())))
        self.stdout.flush()

    def _where(self, mailing: Mailing) -> None:
        rendition = mailing.renditions.get(language=mailing.language)
        sent = mailing.recipients.filter(state="sent").order_by("id").first()
        pdf = settings.VAR_DIR / "demo-invitation.pdf"
        Path(pdf).write_bytes(rendition.pdf)
        self.stdout.write("\nWhere it is:")
        if settings.MAIL_TRANSPORT == "file":
            self.stdout.write(f"  mails     {settings.MAIL_DIR}  ({settings.BASE_URL}/outbox/)")
        else:
            self.stdout.write("  mails     at the mail server of EMAIL_URL")
        self.stdout.write(f"  PDF       {pdf}  ({len(rendition.pdf) // 1024} kB)")
        if sent:
            self.stdout.write(f"  web copy  {links.web_url(sent.public_id)}")
        self.stdout.write(f"  report    {settings.BASE_URL}{reverse('mailings:sent', args=[mailing.public_id])}")

    def _verdict(self, outcome: sending.Outcome) -> None:
        sums = " + ".join(str(count) for count in outcome.by_state.values())
        self.stdout.write(f"\n  {sums} = {outcome.mailing.locked_count}, the locked list: ", ending="")
        self.stdout.write("the sums agree" if outcome.sums_agree else "THE SUMS DO NOT AGREE")
        if outcome.left:
            self.stdout.write(f"  {outcome.left} without a final state; the mailing is “{outcome.mailing.state}”")
