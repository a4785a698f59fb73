"""The forms behind a mailed link."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from comms.people.addresses import AddressRefused, normalise_address
from comms.people.models import LANGUAGES
from comms.people.phones import PhoneRefused, normalise_phone
from comms.privacy.choices import Answers, Choices, may_be_said
from comms.privacy.models import Channel

NATIVE = {"sv": "Svenska", "nb": "Norsk", "da": "Dansk", "en": "English"}


class ChoicesForm(forms.Form):
    """A box per topic and channel, named "<topic>-<channel>", and the language."""

    language = forms.ChoiceField(label=_("Language"), choices=[(code, NATIVE[code]) for code, _name in LANGUAGES])

    def __init__(self, data: Any = None, *, choices: Choices, language: str) -> None:
        super().__init__(data, initial={"language": language})
        self.choices, self.speaks = choices, language
        for topic in choices.topics:
            for channel in Channel.values:
                if may_be_said(topic, channel):
                    yes = choices.answers[topic.pk, channel]
                    self.fields[f"{topic.pk}-{channel}"] = forms.BooleanField(required=False, initial=yes)

    def wanted(self) -> Answers:
        named = (name.partition("-") for name in self.fields if "-" in name)
        return {(int(topic), channel): self.cleaned_data[f"{topic}-{channel}"] for topic, _dash, channel in named}

    def rows(self) -> list[dict[str, Any]]:
        """One per topic: the topic, its name, and a bound field or None for each channel."""
        return [
            {
                "topic": topic,
                "name": topic.name(self.speaks),
                "boxes": [self._box(f"{topic.pk}-{channel}") for channel in Channel.values],
            }
            for topic in self.choices.topics
        ]

    def _box(self, name: str) -> Any:
        return self[name] if name in self.fields else None


class AddressForm(forms.Form):
    """What the member says is their address now; staff put it into the registry. It begins empty: a mailed link shows
    no address to whoever finds the mail.
    """

    COLUMNS: tuple[str, ...] = ("email", "mobile", "street", "postcode", "city")

    email = forms.CharField(
        label=_("E-mail"), required=False, max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    mobile = forms.CharField(label=_("Mobile"), required=False, max_length=20, widget=forms.TextInput)
    street = forms.CharField(label=_("Street address"), required=False, max_length=200)
    postcode = forms.CharField(label=_("Postcode"), required=False, max_length=16)
    city = forms.CharField(label=_("Town"), required=False, max_length=80)

    def clean_email(self) -> str:
        try:
            return normalise_address(self.cleaned_data["email"]) if self.cleaned_data["email"] else ""
        except AddressRefused as refused:
            raise forms.ValidationError(str(refused)) from refused

    def clean_mobile(self) -> str:
        try:
            number = self.cleaned_data["mobile"]
            return normalise_phone(number, settings.PHONE_REGION) if number else ""
        except PhoneRefused as refused:
            raise forms.ValidationError(str(refused)) from refused

    def clean(self) -> dict[str, Any]:
        if not self.errors and not any(self.cleaned_data.get(name) for name in self.COLUMNS):
            raise forms.ValidationError(_("Write at least one of them."))
        return self.cleaned_data

    def said(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.COLUMNS if self.cleaned_data[name]}
