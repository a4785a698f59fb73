"""What a list that is taken out says about itself: whose it is, when, why, who is in it, and what to do with it."""

from __future__ import annotations

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from comms.members.lists import Wanted
from comms.members.models import ListExport
from comms.people.freshness import as_of
from comms.people.models import Placement, Unit
from comms.people.scope import Scope

MOMENT = "j F Y H.i"


def lines(export: ListExport, *, scope: Scope) -> list[tuple[str, str]]:
    """Pairs of what and its value, in the active language. `export.count` and `left_out` are known."""
    register = as_of(scope)
    found = [
        (_("Taken out by"), str(export.by)),
        (_("Under the mandate"), str(export.mandate)),
        (_("Ordered"), _moment(export.created_at)),
        (_("Why"), export.reason),
        (_("Members on the list"), str(export.count)),
        (_("Narrowed to"), "; ".join(narrowing(Wanted(**export.wanted))) or _("everybody in the mandate")),
    ]
    if export.left_out:
        found.append((_("Left out"), left_out(export.left_out)))
    if register:
        found.append((_("Member register as of"), _moment(register)))
    return [*found, *((_("What you must do"), said) for said in duties())]


def duties() -> list[str]:
    """What whoever has the file must do with it."""
    return [
        _("Use the list only for what you have said, and only in your mandate."),
        _("Do not forward it, print it for others or put it where others can open it."),
        _("Delete it as soon as you are done, also from downloads, mail and backups of your own."),
        _("If it is lost or seen by somebody else, tell the office at once."),
    ]


def narrowing(wanted: Wanted) -> list[str]:
    """In words."""
    found = list(Unit.objects.filter(path=wanted.below).values_list("name", flat=True)) if wanted.below else []
    if wanted.position:
        found.append(wanted.position)
    if wanted.employment:
        found.append(str(Placement.Employment(wanted.employment).label))
    return [*found, wanted.words] if wanted.words else found


def left_out(n: int) -> str:
    return ngettext(
        "%(n)s member, whose data must not be used at the moment",
        "%(n)s members, whose data must not be used at the moment",
        n,
    ) % {"n": n}


def foot(export: ListExport) -> str:
    """At the foot of each printed page."""
    said = {"name": export.by, "time": _moment(export.created_at)}
    return _("Taken out by %(name)s, %(time)s. Not to be forwarded.") % said


def sheet_names() -> tuple[str, str]:
    return _("Members"), _("About this list")


def file_name(export: ListExport) -> str:
    """Says when, and names nobody."""
    at, what = timezone.localtime(export.created_at), _("members")
    return f"{what}-{at:%Y-%m-%d-%H%M}-{export.public_id.hex[:6]}.{export.format}"


def _moment(at: object) -> str:
    return date_format(timezone.localtime(at), MOMENT)  # type: ignore[arg-type]
