"""Pages that are no longer valid: the responsible hears of it once, and one tap makes a page valid for another year."""

from __future__ import annotations

import datetime
import logging
from collections import defaultdict

from django.conf import settings
from django.core.mail import mail_admins
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from cms import indexing, notices
from cms.models import Entry, LibraryPage, ToldExpired
from comms.people.models import User

log = logging.getLogger(__name__)


def expired(on: datetime.date) -> QuerySet[Entry]:
    """Published pages whose last valid day has passed, the oldest first."""
    rows = Entry.unscoped.filter(valid_until__lt=on).select_related("page__responsible")
    return rows.order_by("valid_until", "pk")


def tell(*, on: datetime.date) -> int:
    """Tells each responsible of the pages that have expired since they were last told; answers how many mails went.

    A page is told of once for each date it had. Where nobody is responsible the list goes to ALARM_TO.
    """
    told = ToldExpired.objects.filter(page=OuterRef("pk"), valid_until=OuterRef("valid_until"))
    lists: dict[User | None, list[Entry]] = defaultdict(list)
    for entry in expired(on).filter(~Exists(told)):
        who = entry.page.responsible
        lists[who if notices.can_be_told(who) else None].append(entry)
    return sum(_tell_one(who, entries) for who, entries in lists.items())


def _tell_one(who: User | None, entries: list[Entry]) -> bool:
    """Noted and sent in one: a mail that does not leave is tried again the next night."""
    try:
        with transaction.atomic():
            ToldExpired.objects.bulk_create(
                [ToldExpired(page_id=entry.pk, valid_until=entry.valid_until) for entry in entries if entry.valid_until]
            )
            _send(who, entries)
    except OSError as error:
        log.warning("the list of expired pages could not be mailed: %s", type(error).__name__)
        return False
    return True


def _send(who: User | None, entries: list[Entry]) -> None:
    context = {"entries": entries, "base": settings.BASE_URL}
    if who is not None:
        subject = lambda: _("Pages of yours are no longer valid")  # noqa: E731  (worded in the reader's language)
        notices.send(who, subject=subject, template="cms/mail/expired.txt", context=context)
        return
    with translation.override(settings.LANGUAGE_CODE):
        text = render_to_string("cms/mail/expired.txt", context).strip() + "\n"
        mail_admins(_("Pages are no longer valid, and nobody is responsible for them"), text)


def a_year_on(day: datetime.date) -> datetime.date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year + 1, day=28)


def extend(page: LibraryPage, *, by: User, on: datetime.date) -> datetime.date:
    """The page is valid for a year from today. A draft that waits stays a draft, with the new date in it."""
    until = a_year_on(on)
    page = page.specific
    draft = page.get_latest_revision_as_object()
    waits = page.has_unpublished_changes
    with transaction.atomic():
        draft.valid_until = until
        revision = draft.save_revision(user=by, log_action=True)
        if not waits:
            revision.publish(user=by)
            return until
        LibraryPage.objects.filter(pk=page.pk).update(valid_until=until)
        indexing.index(page)
    return until
