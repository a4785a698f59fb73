"""Who may be shown a test besides the sender: people with a live mandate at the same unit or above it."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from comms.people.models import Mandate, Unit, User

MOST = 5  # at a time
SHOWN = 60  # on the page, the nearest first


def colleagues(unit: Unit, *, besides: User, on: datetime.date) -> list[Mandate]:
    """One mandate per person, those of the unit itself first, then level by level upwards."""
    levels = {above.pk: n for n, above in enumerate(reversed(unit.lineage()))}
    rows = Mandate.objects.live(on).filter(unit__in=levels, user__is_active=True).exclude(user=besides)
    nearest: dict[int, Mandate] = {}
    for mandate in sorted(rows.select_related("user", "unit"), key=lambda m: (levels[m.unit_id], str(m.user), m.pk)):
        nearest.setdefault(mandate.user_id, mandate)
    return list(nearest.values())[:SHOWN]


class AlsoForm(forms.Form):
    """Ticked from a list, never typed: a test goes to nobody who could not see the invitation anyway."""

    also: forms.MultipleChoiceField = forms.MultipleChoiceField(
        label=_("Also to"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("At most five.")
    )

    def __init__(self, data: Any = None, *, offered: list[Mandate]) -> None:
        super().__init__(data)
        self.offered = {str(mandate.public_id): mandate for mandate in offered}
        field: Any = self.fields["also"]
        field.choices = [(key, f"{one.user}, {one}") for key, one in self.offered.items()]

    def clean_also(self) -> list[User]:
        ticked = self.cleaned_data["also"]
        if len(ticked) > MOST:
            raise ValidationError(_("At most five people at a time. No test was sent."))
        return [self.offered[key].user for key in ticked]
