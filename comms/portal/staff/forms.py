"""What staff fill in. Forms check the shape; whether it may happen is asked of the modules beside this one."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import validate_email
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from comms.people import work_mail
from comms.people.addresses import AddressRefused, normalise_address
from comms.people.models import Mandate, Unit, User
from comms.people.phones import PhoneRefused, normalise_phone
from comms.people.scope import Scope
from comms.portal.forms import DateInput
from comms.portal.staff import units


def clean_address(raw: str) -> str:
    """A canonical address somebody can sign in with, or a ValidationError that names what is wrong."""
    try:
        address = normalise_address(raw)
    except AddressRefused as error:
        hint = _("Did you mean %s?") % error.suggestion if error.suggestion else ""
        raise forms.ValidationError(f"{error.message} {hint}".strip()) from error
    validate_email(address)
    return address.lower()


class UserForm(forms.ModelForm):
    """A person's account."""

    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The person signs in with it, and the codes go there."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "phone", "language"]
        widgets = {"phone": forms.TextInput(attrs={"type": "tel", "inputmode": "tel"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = self.fields["last_name"].required = True

    def clean_email(self) -> str:
        address = clean_address(self.cleaned_data["email"])
        if User.objects.filter(email__iexact=address).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Somebody has this address already. Search for it among the users."))
        return address

    def clean_phone(self) -> str:
        """A number signs in one person, so no two accounts may share one."""
        raw = self.cleaned_data["phone"].strip()
        try:
            phone = normalise_phone(raw, settings.PHONE_REGION) if raw else ""
        except PhoneRefused as error:
            raise forms.ValidationError(str(error)) from error
        if phone and User.objects.filter(phone=phone, is_active=True).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Somebody has this number already."))
        return phone


class MandateForm(forms.ModelForm):
    """Dates and role; person and unit are in the URL. Staff roles have a screen of their own."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=[choice for choice in Mandate.Role.choices if choice[0] != Mandate.Role.STAFF],
        widget=forms.RadioSelect,
        initial=Mandate.Role.REPRESENTATIVE,
    )

    class Meta:
        model = Mandate
        fields = ["role", "start", "end", "mailbox"]
        labels = {"start": _("First day"), "end": _("Last day")}
        widgets = {"start": DateInput(), "end": DateInput()}
        help_texts = {
            "end": _("After this day the person reaches nobody. Leave it empty only if there is no end date."),
            "mailbox": _("Where answers from members go. Empty: the unit's mailbox, or the person's own address."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and end < start:
            self.add_error("end", _("The last day comes before the first day."))
        return cleaned


class LastDayForm(forms.Form):
    """When something ends: at once, or after a day."""

    WHEN = [("now", _("At once")), ("day", _("After a day I choose"))]

    when = forms.ChoiceField(label=_("When does it end?"), choices=WHEN, widget=forms.RadioSelect, initial="now")
    last_day = forms.DateField(label=_("Last day"), widget=DateInput(), required=False)

    def __init__(self, *args: Any, on: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("when") == "now":
            cleaned["last_day"] = self.on - datetime.timedelta(days=1)
        elif "last_day" in cleaned and not cleaned["last_day"]:
            self.add_error("last_day", _("Choose the last day."))
        elif cleaned.get("last_day") and cleaned["last_day"] < self.on:
            self.add_error("last_day", _("That day has passed. Choose “At once”, or a later day."))
        return cleaned


class UnitForm(forms.ModelForm):
    """A unit; `parent` decides which kinds are possible, `branch` and `domains` are asked of employers only.

    `scope` is staff's, in which it is looked up which domains its members use.
    """

    domains = forms.CharField(
        label=_("Its e-mail domains"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_(
            "One a line, such as company.example. Whoever sends is told when members would get a mail at such an "
            "address, because the employer may be able to read it."
        ),
    )

    class Meta:
        model = Unit
        fields = ["kind", "name", "code", "branch", "mailbox", "address"]
        help_texts = {
            "code": _("The number the membership register uses, so that imports find the unit."),
            "mailbox": _("Where members' answers go when a mandate has no mailbox of its own."),
        }
        widgets = {"address": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, parent: Unit | None = None, scope: Scope | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["kind"]
        else:
            kinds = units.kinds_below(parent)
            labels = dict(Unit.Kind.choices)
            self.fields["kind"] = forms.ChoiceField(
                label=_("Kind"),
                choices=[(kind, labels[kind]) for kind in kinds],
                initial=kinds[0],
                widget=forms.RadioSelect,
            )
        employer = self.instance.kind == Unit.Kind.EMPLOYER if self.instance.pk else parent is None
        if employer:
            branches = Unit.objects.filter(kind__in=("branch", "region", "union"), ended_on__isnull=True)
            self.fields["branch"] = forms.ModelChoiceField(
                branches, label=_("Belongs to the branch"), help_text=Unit._meta.get_field("branch").help_text
            )
            self._domains(scope)
        else:
            del self.fields["branch"], self.fields["domains"]

    def _domains(self, scope: Scope | None) -> None:
        """Those it has, and what many who work there use."""
        if not self.instance.pk:
            return
        self.initial["domains"] = "\n".join(one.domain for one in self.instance.domains.all())
        if used := work_mail.hints(self.instance, scope=scope) if scope else []:
            seen = ", ".join(f"{domain} ({n})" for domain, n in used)
            said = _("Members who work there have addresses at: %(domains)s.") % {"domains": seen}
            self.fields["domains"].help_text = format_lazy("{} {}", self.fields["domains"].help_text, said)

    @property
    def employer_domains(self) -> list[str]:
        """In our form; none for a unit that is no employer."""
        return self.cleaned_data.get("domains") or []

    def clean_domains(self) -> list[str]:
        try:
            return work_mail.parse(self.cleaned_data["domains"])
        except work_mail.BadDomain as error:
            raise forms.ValidationError(str(error)) from error


class UserFilter(forms.Form):
    STATES = [
        ("", _("Open accounts")),
        ("none", _("Without a mandate")),
        ("ended", _("Ended accounts")),
        ("all", _("All")),
    ]

    q = forms.CharField(label=_("Name or e-mail"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(label=_("Show"), choices=STATES, required=False)


class MandateFilter(forms.Form):
    STATES = [
        ("", _("Now")),
        ("soon", _("Ending within 60 days")),
        ("later", _("Not yet begun")),
        ("ended", _("Ended")),
    ]

    q = forms.CharField(label=_("Person or unit"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    role = forms.ChoiceField(label=_("Role"), choices=[("", _("All roles")), *Mandate.Role.choices], required=False)
    state = forms.ChoiceField(label=_("Show"), choices=STATES, required=False)


class UnitFilter(forms.Form):
    q = forms.CharField(label=_("Name or number"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All kinds")), *Unit.Kind.choices], required=False)
    state = forms.ChoiceField(label=_("Show"), choices=[("", _("Open")), ("closed", _("Closed"))], required=False)
