"""The second person: whether an invitation needs one, and who it may be."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from comms.people.models import Mandate, User
from mailings.models import Mailing

SHOWN = 60  # on the page, the nearest first


def is_needed(mailing: Mailing, *, recipients: int) -> bool:
    """Staff have said so of the template, as it is today, or more people get it than one person may write to alone."""
    if mailing.practice:
        return False
    above = settings.MAILING_APPROVAL_ABOVE
    return mailing.template.invitations_approved or bool(above and recipients > above)


def _mandates(mailing: Mailing, *, on: datetime.date) -> Any:
    """Live mandates that may send, of the mailing's own unit, those above it in its tree, and staff; never its
    author's or the one's in whose name it is sent.
    """
    units = [mailing.unit_id, *mailing.unit.get_ancestors().values_list("pk", flat=True)]
    staff = Q(role=Mandate.Role.STAFF, unit__depth=1, unit__kind="union")
    rows = Mandate.objects.live(on).filter(Q(unit__in=units) | staff, role__in=Mandate.SENDING_ROLES)
    return rows.filter(user__is_active=True).exclude(user__in=[mailing.author_id, mailing.mandate.user_id])


def ids(mailing: Mailing, *, on: datetime.date) -> set[int]:
    """The users who may approve it."""
    return set(_mandates(mailing, on=on).values_list("user_id", flat=True))


def approvers(mailing: Mailing, *, on: datetime.date) -> list[Mandate]:
    """One mandate a person: those of the unit itself first, then level by level upwards."""
    rows = _mandates(mailing, on=on).select_related("user", "unit")
    nearest: dict[int, Mandate] = {}
    for mandate in sorted(rows, key=lambda one: (-one.unit.depth, str(one.user), one.pk)):
        nearest.setdefault(mandate.user_id, mandate)
    return list(nearest.values())[:SHOWN]


class ApproverForm(forms.Form):
    """Chosen from a list, never typed. Afterwards `cleaned_data["approver"]` is the user."""

    approver = forms.ChoiceField(label=_("Who is to approve it"), error_messages={"required": _("Choose a person")})

    def __init__(self, data: Any = None, *, offered: list[Mandate]) -> None:
        super().__init__(data)
        self.offered = {str(mandate.public_id): mandate for mandate in offered}
        field: Any = self.fields["approver"]
        several = [("", _("Choose a person"))] if len(offered) > 1 else []
        field.choices = [*several, *((key, f"{one.user}, {one}") for key, one in self.offered.items())]

    def clean_approver(self) -> User:
        return self.offered[self.cleaned_data["approver"]].user


class SendBackForm(forms.Form):
    """One line to the author."""

    says = forms.CharField(
        label=_("What should be changed"), max_length=500, widget=forms.Textarea(attrs={"rows": "3"}), strip=True
    )
