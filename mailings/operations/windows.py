"""Every window of mails is also written to the ledger: a restored backup must not write to anybody twice."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from comms.privacy import ledger
from mailings.messages import Row
from mailings.settle import Result


class Ledger:
    """For one lease: `note` after each commit and before the dots that follow it."""

    def __init__(self, mailing: uuid.UUID, rows: Iterable[Row]) -> None:
        self.mailing = mailing.hex
        self.members = {row.id: row.member__public_id.hex for row in rows if row.member__public_id}

    def note(self, marked: Iterable[Row], results: Iterable[Result]) -> None:
        """`marked` may get a mail from now on; `results` are in the database. A lost answer stays marked."""
        results = list(results)
        accepted = self._members(result.id for result in results if result.fact == "accepted")
        free = self._members(result.id for result in results if result.fact not in {"accepted", "lost"})
        may_get = self._members(row.id for row in marked)
        if accepted or free or may_get:
            ledger.note("window", self.mailing, may_get, accepted, free)

    def _members(self, rows: Iterable[int]) -> list[str]:
        return [self.members[row] for row in rows if row in self.members]
