"""What narrows the list, and why somebody needs to reach one member."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comms.members.columns import CONTACT, LIST, USUAL, choices, ordered
from comms.members.lists import Wanted
from comms.members.models import ListExport
from comms.people.models import Member, Placement, Unit
from comms.people.placements import visible
from comms.people.scope import Scope
from comms.privacy.forms import AddressForm
from comms.privacy.models import AccessLog, Channel, Suppression

OFFERED = 300  # units in one choice; of more, the one above is chosen first
UNITS = {"employer": Unit.Kind.EMPLOYER, "mid_level": Unit.Kind.MID_LEVEL, "workplace": Unit.Kind.WORKPLACE}
IN_URL = (*UNITS, "position", "employment")  # the words of a search are not: they name people


class ListForm(forms.Form):
    """Search and filters. What a filter names that is not in the scope is as if it had not been said."""

    q = forms.CharField(
        label=_("Name or member number"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    employer = forms.ChoiceField(label=_("Employer"), required=False)
    mid_level = forms.ChoiceField(label=_("Mid-level"), required=False)
    workplace = forms.ChoiceField(label=_("Workplace"), required=False)
    position = forms.CharField(
        label=_("Position"), required=False, max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    employment = forms.ChoiceField(
        label=_("Employment"), required=False, choices=[("", _("All")), *Placement.Employment.choices]
    )

    def __init__(self, data: Mapping[str, Any], *, scope: Scope) -> None:
        super().__init__(data)
        self.units: dict[str, Unit] = {}
        self.too_many = False
        below = ""
        for name, kind in UNITS.items():
            below = self._offer(name, kind, scope, below) or below
        self.below = below
        self.is_valid()

    def _offer(self, name: str, kind: str, scope: Scope, below: str) -> str:
        """Fills a choice with the units of the kind below those chosen already; the path of the chosen one."""
        chosen = str(self.data.get(name, ""))
        found = Unit.objects.filter(visible(scope, path="path"), kind=kind, path__startswith=below, ended_on=None)
        offered = list(found.order_by("name", "id")[: OFFERED + 1])
        if not offered or len(offered) > OFFERED:
            self.too_many = self.too_many or bool(offered)
            del self.fields[name]
            return ""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *((str(unit.pk), unit.name) for unit in offered)]
        unit = next((unit for unit in offered if str(unit.pk) == chosen), None)
        if unit is None:
            return ""
        self.units[name] = unit
        return unit.path

    def narrowing(self) -> list[forms.BoundField]:
        """The filters, without the search."""
        return [self[name] for name in IN_URL if name in self.fields]

    def in_url(self) -> dict[str, str]:
        """What narrows the list, as it stands in the URL."""
        said = {name: str(self.cleaned_data.get(name) or "") for name in IN_URL}
        return {name: value for name, value in said.items() if value}

    def wanted(self) -> Wanted:
        said = self.cleaned_data.get
        return Wanted(
            below=self.below,
            position=said("position") or "",
            employment=said("employment") or "",
            words=said("q") or "",
        )

    def reasons(self) -> list[tuple[str, str]]:
        """Why the list is shorter than the mandate: (name in the URL, in words)."""
        wanted = self.wanted()
        parts = [(name, unit.name) for name, unit in self.units.items()]
        if wanted.position:
            parts.append(("position", wanted.position))
        if wanted.employment:
            parts.append(("employment", str(Placement.Employment(wanted.employment).label)))
        return [*parts, ("search", wanted.words)] if wanted.words else parts


class ContactForm(forms.Form):
    """Contact details are shown for a reason, which the member can read later (feature D5)."""

    reason = forms.ChoiceField(
        label=_("Why do you need them?"), widget=forms.RadioSelect,
        choices=[choice for choice in AccessLog.Reason.choices if choice[0] != AccessLog.Reason.RIGHTS],
    )  # fmt: skip


class ExportForm(forms.Form):
    """What is taken out, and why. Contact details only where they are ticked."""

    columns = forms.MultipleChoiceField(
        label=_("Besides the name"), required=False, choices=choices(LIST), initial=USUAL,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    contact = forms.MultipleChoiceField(
        label=_("Contact details"), required=False, choices=choices(CONTACT),
        help_text=_("Only if you cannot do without them. An invitation reaches everybody without a list."),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    format = forms.ChoiceField(
        label=_("Kind of file"), choices=ListExport.Format.choices, initial=ListExport.Format.XLSX,
        widget=forms.RadioSelect,
    )  # fmt: skip
    reason = forms.CharField(
        label=_("What do you need the list for?"), min_length=10, max_length=300,
        help_text=_("In a few words, without naming anybody. It is noted, and the members may read it."),
        error_messages={"min_length": _("Say in a few words more what you need it for.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def keys(self) -> list[str]:
        """Of the columns."""
        return ordered([*self.cleaned_data["columns"], *self.cleaned_data["contact"]])


# --- what staff do about one member's data ---------------------------------------------------------------------------
class ReasonForm(forms.Form):
    """Why staff do it: kept beside it, and in the member's copy."""

    why = forms.CharField(
        label=_("Why"), min_length=10, max_length=300, widget=forms.Textarea(attrs={"rows": "2"}),
        help_text=_("Who asked, how, and how you know that it was the member. The member can read it."),
    )  # fmt: skip

    def said(self) -> dict[str, str]:
        """What is done, besides why."""
        return {}


class CopyForm(ReasonForm):
    ending = forms.ChoiceField(choices=[("html", ""), ("json", "")], widget=forms.HiddenInput)  # the button pressed


class ReleaseForm(ReasonForm):
    """Which refusal: hidden fields of a row of the page."""

    channel = forms.ChoiceField(choices=Channel.choices, widget=forms.HiddenInput)
    reason = forms.ChoiceField(choices=Suppression.Reason.choices, widget=forms.HiddenInput)

    def said(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("channel", "reason")}


class TakeOutForm(ReasonForm):
    number = forms.CharField(label=_("Write the member number"), max_length=40, widget=forms.TextInput)

    def __init__(self, *args: Any, number: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = number
        self.fields["number"].widget.attrs["autocomplete"] = "off"

    def clean_number(self) -> str:
        if self.cleaned_data["number"] != self.known:
            raise forms.ValidationError(_("That is not the member number. Nothing was erased."))
        return self.known


class CorrectForm(AddressForm):
    """The details as we have them. What is emptied is taken out; the reason is asked for as well."""

    COLUMNS = ("first_name", "last_name", *AddressForm.COLUMNS)

    first_name = forms.CharField(label=_("First name"), required=False, max_length=120)
    last_name = forms.CharField(label=_("Last name"), required=False, max_length=120)
    why = ReasonForm.base_fields["why"]

    field_order = (*COLUMNS, "why")

    def __init__(self, data: Any = None, *, member: Member) -> None:
        self.before = {name: getattr(member, name) for name in self.COLUMNS}
        super().__init__(data, initial=self.before)

    def clean_email(self) -> str:
        return self._kept("email") or super().clean_email()

    def clean_mobile(self) -> str:
        return self._kept("mobile") or super().clean_mobile()

    def _kept(self, name: str) -> str:
        """What the register says is not questioned as long as nobody changes it."""
        return self.before[name] if self.cleaned_data[name] == self.before[name] else ""

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.changed():
            raise forms.ValidationError(_("Nothing is changed in the details."))
        return self.cleaned_data

    def changed(self) -> dict[str, str]:
        """Column -> new value."""
        said = {name: self.cleaned_data[name] for name in self.COLUMNS}
        return {name: value for name, value in said.items() if value != self.before[name]}
