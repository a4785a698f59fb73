"""Sign-in by code or password in one form, and what people may change about themselves."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, LoginForm
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from comms.people.models import User
from comms.people.phones import PhoneRefused, normalise_phone


class SignInForm(LoginForm):
    """Without a password a code is mailed; with one it is checked (`way=password` asks for it aloud)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label = _("E-mail")
        login.error_messages["invalid"] = _(
            "This does not look like an e-mail address. Write it like name@example.org."
        )
        login.widget.attrs = {
            "type": "email",
            "autocomplete": "username",
            "inputmode": "email",
            "autocapitalize": "none",
        }
        password.label = _("Password")
        password.help_text = ""
        password.widget.attrs = {"autocomplete": "current-password"}

    def _setup_password_field(self) -> None:
        """allauth drops the field where sign-up asks for none; here it is optional instead."""
        self.fields["password"].required = False

    def clean(self) -> Any:
        if self.data.get("way") == "password" and not self.cleaned_data.get("password"):
            self.add_error("password", _("Type your password, or leave it and ask for a code."))
        return super().clean()


class CodeForm(ConfirmLoginCodeForm):
    """Six digits; the telephone offers the code from the mail by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label = _("Code")
        code.widget.attrs = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "class": "code",
            "maxlength": "12",
            "autofocus": True,
        }

    def clean_code(self) -> str:
        self.cleaned_data["code"] = "".join(self.cleaned_data["code"].split())
        return super().clean_code()


class DetailsForm(forms.ModelForm):
    """What a person keeps up to date themselves; the address is the sign-in and is changed by staff."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "phone", "language"]
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        }
        help_texts = {"language": _("Of the portal and of the mails you get from it.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = True

    def clean_phone(self) -> str:
        raw = self.cleaned_data["phone"].strip()
        try:
            return normalise_phone(raw, settings.PHONE_REGION) if raw else ""
        except PhoneRefused as error:
            raise forms.ValidationError(str(error)) from error
