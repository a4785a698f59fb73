"""“Was this right?”: a reader's answer, kept without the reader, and how the responsible gets to know."""

from __future__ import annotations

import datetime
import logging
from itertools import groupby

from django.utils.translation import gettext as _

from cms import notices
from cms.models import LibraryPage, Verdict
from comms.people.models import User

log = logging.getLogger(__name__)


def give(page: LibraryPage, *, right: bool, line: str, on: datetime.date, answer_to: User | None = None) -> bool:
    """Keeps the answer. A line whose writer may be answered goes to the responsible at once, with the writer's address
    in the mail and nowhere else; every other waits for the day's mail. False if somebody asked for an answer and
    cannot get one, because nobody is responsible or no mail could be sent.
    """
    verdict = Verdict.objects.create(page=page, right=right, line=line, on=on)
    if answer_to is None or not line:
        return True
    reader = page.responsible
    if not notices.can_be_told(reader) or not _send_at_once(reader, verdict, answer_to):
        return False
    Verdict.objects.filter(pk=verdict.pk).update(told=True)
    return True


def _send_at_once(reader: User, verdict: Verdict, writer: User) -> bool:
    page = verdict.page
    try:
        notices.send(
            reader,
            subject=lambda: _("A reader would like an answer: %(title)s") % {"title": page.title},
            template="cms/mail/verdict.txt",
            context={"verdict": verdict, "page": page, "writer": writer},
            reply_to=writer.email,
        )
    except OSError as error:
        log.warning("the answer about page %s was not mailed: %s", page.public_id, type(error).__name__)
        return False
    return True


def tell() -> int:
    """One mail to each responsible about the answers since the last; answers how many were told.

    Run once a day. Claimed before its mail leaves; what the server does not take is tried again the next day.
    """
    waiting = Verdict.objects.filter(told=False, page__responsible__is_active=True)
    rows = waiting.select_related("page__responsible").order_by("page__responsible", "page", "pk")
    by_reader = groupby(list(rows), key=lambda row: row.page.responsible)
    return sum(_tell_one(reader, list(group)) for reader, group in by_reader if reader)


def _tell_one(reader: User, verdicts: list[Verdict]) -> bool:
    mine = Verdict.objects.filter(pk__in=[verdict.pk for verdict in verdicts])
    if not mine.filter(told=False).update(told=True):
        return False
    try:
        notices.send(
            reader,
            subject=lambda: _("What readers say about your pages"),
            template="cms/mail/verdicts.txt",
            context={"pages": [_of_page(list(rows)) for _page, rows in groupby(verdicts, lambda row: row.page_id)]},
        )
    except OSError as error:
        mine.update(told=False)
        log.warning("answers of readers could not be told: %s", type(error).__name__)
        return False
    return True


def _of_page(verdicts: list[Verdict]) -> dict[str, object]:
    yes = sum(verdict.right for verdict in verdicts)
    lines = [verdict for verdict in verdicts if verdict.line]
    return {"page": verdicts[0].page, "yes": yes, "no": len(verdicts) - yes, "lines": lines}
