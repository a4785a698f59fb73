"""What people are told by mail, in their language: that a mailing is done, waits for them, or has stopped."""

from __future__ import annotations

import datetime
import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from mailings.models import Mailing, MailingState, News
from mailings.models import RecipientState as R

log = logging.getLogger(__name__)

NEWS = datetime.timedelta(days=1)  # what has been done longer is no news, for example after a restored backup
AT_ONCE = 50  # mailings in one sweep
REACHED = (R.SENT, R.DELIVERED)
MISSED = (R.FAILED, R.BOUNCED, R.COMPLAINED, R.UNKNOWN)


def tell(*, now: datetime.datetime) -> int:
    """Tell the senders of what was done lately; answers how many were told.

    A mailing is claimed before its mail leaves, so two sweeps never tell twice; a mail that the server does not take
    is tried again by the next sweep. Whoever has no account any more is not written to.
    """
    told = 0
    done = Mailing.unscoped.filter(state=MailingState.DONE, told_at=None)
    waiting = done.filter(finished_at__gt=now - NEWS).order_by("finished_at", "pk")
    for mailing in waiting.select_related("confirmed_by")[:AT_ONCE]:
        if not done.filter(pk=mailing.pk).update(told_at=now):
            continue
        try:
            told += _send(mailing)
        except OSError as error:  # smtplib's own errors are among them
            Mailing.unscoped.filter(pk=mailing.pk).update(told_at=None)
            log.warning("mailing %s: its sender could not be told: %s", mailing.public_id, type(error).__name__)
            break
    return told


def _send(mailing: Mailing) -> bool:
    sender = mailing.confirmed_by
    if sender is None or not sender.is_active:
        return False
    with translation.override(sender.language):
        subject = _("Sent: %(subject)s") % {"subject": mailing.subject}
        context = {**figures(mailing), "sender": sender, "mailing": mailing}
        text = render_to_string("mailings/mail/done.txt", context).strip() + "\n"
    EmailMessage(subject, text, to=[sender.email]).send()
    return True


# --- what else there is to tell -------------------------------------------------------------------------------------
def tell_news(*, now: datetime.datetime) -> int:
    """Tell the second person that they are asked, and a sender what has become of it; answers how many were told.

    Claimed and tried again as in `tell`.
    """
    told = 0
    waiting = Mailing.unscoped.exclude(to_tell="").order_by("pk").select_related("approver", "mandate__user")
    for mailing in waiting[:AT_ONCE]:
        news, row = mailing.to_tell, Mailing.unscoped.filter(pk=mailing.pk)
        if not row.filter(to_tell=news, approver=mailing.approver_id).update(to_tell=""):  # not asked of another since
            continue
        try:
            told += _send_news(mailing, news)
        except OSError as error:
            row.filter(to_tell="").update(to_tell=news)
            log.warning("mailing %s: news could not be told: %s", mailing.public_id, type(error).__name__)
            break
    return told


def _send_news(mailing: Mailing, news: str) -> bool:
    reader = mailing.approver if news == News.ASKED else mailing.mandate.user
    if reader is None or not reader.is_active:
        return False
    subjects = {
        News.ASKED: gettext_noop("Waits for your approval: %(subject)s"),
        News.APPROVED: gettext_noop("Approved: %(subject)s"),
        News.SENT_BACK: gettext_noop("Sent back to you: %(subject)s"),
        News.STOPPED: gettext_noop("Not sent yet, look at the list: %(subject)s"),
    }
    paths = {News.ASKED: "approval/", News.SENT_BACK: "check/"}  # else to what it has become
    with translation.override(reader.language):
        subject = _(subjects[News(news)]) % {"subject": mailing.subject}
        url = f"{settings.BASE_URL}/invitations/{mailing.public_id}/{paths.get(News(news), '')}"
        context = {"reader": reader, "mailing": mailing, "url": url}
        text = render_to_string(f"mailings/mail/{news}.txt", context).strip() + "\n"
    EmailMessage(subject, text, to=[reader.email]).send()
    return True


# --- the figures ----------------------------------------------------------------------------------------------------
def figures(mailing: Mailing) -> dict[str, str]:
    """How it went, in words of the active language, and where the report is.

    “All” are those it was sent to; whoever was left out from the start is told apart.
    """
    by_state = mailing.recipients.by_state()
    reached = sum(by_state.get(state, 0) for state in REACHED)
    missed = sum(by_state.get(state, 0) for state in MISSED)
    left_out = by_state.get(R.SKIPPED, 0)
    need = ngettext("%(n)d needs you.", "%(n)d need you.", missed) % {"n": missed} if missed else ""
    skipped = ngettext(
        "%(n)d member was left out from the start; the report says why.",
        "%(n)d members were left out from the start; the report says why.",
        left_out,
    ) % {"n": left_out}
    return {
        "reached": _("%(reached)d of %(all)d reached.") % {"reached": reached, "all": reached + missed},
        "need": need,
        "skipped": skipped if left_out else "",
        "url": f"{settings.BASE_URL}/invitations/{mailing.public_id}/",
    }
