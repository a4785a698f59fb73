"""What people are told by mail, in their language: that a mailing is done, waits for them, or has stopped, and that an
article has changed which they took a text from.
"""

from __future__ import annotations

import datetime
import logging
from itertools import groupby

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from comms.people.models import Mandate, User
from comms.people.scope import Scope
from mailings import insertions
from mailings.insertions import Change
from mailings.models import Insertion, Mailing, MailingState, News
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


# --- an article has changed -----------------------------------------------------------------------------------------
def tell_changes(*, now: datetime.datetime) -> int:
    """Tell senders what has become of the passages they took from the library into what they have sent, or have
    confirmed: one mail a sender, each change once. Answers how many were told. Claimed and tried again as in `tell`.

    Only who may still send for that unit is told, and of articles only what they may read themselves.
    """
    told = 0
    stale = Insertion.objects.filter(stale=True)
    rows = Mailing.unscoped.filter(pk__in=stale.values("mailing")).select_related("mandate__user", "unit")
    waiting = rows.order_by("mandate__user_id", "pk")[:AT_ONCE]
    for sender, group in groupby(waiting, key=lambda mailing: mailing.mandate.user):
        claimed = [one for one in group if stale.filter(mailing=one).update(stale=False)]
        news = [change for mailing in claimed for change in _untold(mailing, sender, now=now)]
        try:
            told += _send_changes(sender, news)
        except OSError as error:
            Insertion.objects.filter(pk__in=[one.insertion.pk for one in news]).update(stale=True)
            log.warning("a sender could not be told of the library: %s", type(error).__name__)
            break
    return told


def _untold(mailing: Mailing, sender: User, *, now: datetime.datetime) -> list[Change]:
    """What the sender has not been told yet; a draft says it by itself."""
    day = timezone.localdate(now)
    own = Mandate.objects.live(day).filter(user=sender, unit=mailing.unit, role__in=Mandate.SENDING_ROLES)
    mandate = own.select_related("unit", "user").first()
    if mailing.state == MailingState.DRAFT or mandate is None:
        return []
    found = insertions.changes(mailing, Scope.of_mandate(mandate, on=day))
    return [one for one in found if one.state != one.insertion.told and (one.entry or one.is_withdrawn)]


def _send_changes(sender: User, news: list[Change]) -> bool:
    changes = {(one.insertion.mailing_id, one.title): one for one in news}  # an article once, whatever was taken of it
    if not changes:
        return False
    with translation.override(sender.language):
        subject = _("A text you took from the library has changed")
        context = {"sender": sender, "changes": list(changes.values()), "base": settings.BASE_URL}
        text = render_to_string("mailings/mail/changed.txt", context).strip() + "\n"
    EmailMessage(subject, text, to=[sender.email]).send()
    for one in news:
        Insertion.objects.filter(pk=one.insertion.pk).update(told=one.state)
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
