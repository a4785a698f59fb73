"""The choice of recipients in practice: one row, by language, drawn like those of a real invitation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comms.people.models import LANGUAGES
from mailings.models import Mailing


class PracticeForm(forms.Form):
    """Nothing ticked means everybody."""

    languages = forms.MultipleChoiceField(
        label=_("Only some languages"), choices=LANGUAGES, required=False, widget=forms.CheckboxSelectMultiple
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, mailing: Mailing) -> None:
        self.stored: list[str] = mailing.audience.get("languages") or []
        super().__init__(data, initial={"version": mailing.version, "languages": self.stored})

    def rows(self) -> list[forms.BoundField]:
        return [self["languages"]]

    def filter(self) -> dict[str, Any]:
        """The choice as `audience.Filter` in JSON."""
        ticked = self.cleaned_data["languages"]
        return {"languages": ticked} if ticked else {}

    @property
    def said(self) -> list[str]:
        """What is stored, in words."""
        names = ", ".join(str(name) for code, name in LANGUAGES if code in self.stored)
        return [f"{self.fields['languages'].label}: {names}"] if names else []
