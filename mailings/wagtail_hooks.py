"""What staff's screens say about the use of a template: “Used by 14 branches, last 12 March”."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import ngettext
from wagtail import hooks

from mailings.models import UNCONFIRMED, Mailing, MailingState

UNUSED = (*UNCONFIRMED, MailingState.CANCELLED)


@hooks.register("describe_template_use")
def used_by(template_ids: Iterable[int]) -> dict[int, str]:
    """Template id -> words, from what was confirmed for members. One query; staff see figures of the whole union."""
    sent = Mailing.unscoped.filter(template__in=list(template_ids)).exclude(state__in=UNUSED)
    rows = sent.values("template").annotate(units=Count("unit", distinct=True), last=Max("confirmed_at"))
    return {row["template"]: _words(row["units"], row["last"]) for row in rows if row["last"]}


def _words(units: int, last: object) -> str:
    said = ngettext("Used by %(count)d branch, last %(date)s", "Used by %(count)d branches, last %(date)s", units)
    return said % {"count": units, "date": date_format(timezone.localtime(last), "j F Y")}  # type: ignore[arg-type]
