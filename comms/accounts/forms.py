"""Sign-in by code or password in one form, and what people may change about themselves."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, LoginForm, VerifyPhoneForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm
from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from comms.accounts import codes
from comms.accounts.adapter import OWN_DEVICE
from comms.people.addresses import INVISIBLE
from comms.people.models import User
from comms.people.phones import PhoneRefused, normalise_phone

CODE_FIELD = {
    "autocomplete": "one-time-code",
    "inputmode": "numeric",
    "class": "code",
    "maxlength": "12",
    "autofocus": True,
}
ABROAD = _("We cannot send SMS to this country. Use your e-mail address.")


def clean_phone(raw: str) -> str:
    """A number as E.164, or empty. Raises ValidationError that says what is wrong with it."""
    try:
        return normalise_phone(raw, settings.PHONE_REGION) if raw.strip() else ""
    except PhoneRefused as error:
        raise ValidationError(str(error)) from error


class SignInForm(LoginForm):
    """Without a password a code is sent; with one it is checked (`way=password` asks for it aloud)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password, remember = self.fields["login"], self.fields["password"], self.fields["remember"]
        login.label = _("E-mail or mobile")
        login.widget.attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        password.label = _("Password")
        password.help_text = ""
        password.widget.attrs = {"autocomplete": "current-password"}
        remember.label = _("This is my own device: keep me signed in for 14 days")
        remember.initial = bool(self.request) and self.request.COOKIES.get(OWN_DEVICE) == "1"

    def _setup_password_field(self) -> None:
        """allauth drops the field where sign-up asks for none; here it is optional instead."""
        self.fields["password"].required = False

    def clean_login(self) -> str:
        """An address in lower case, or a number as E.164."""
        login = super().clean_login().translate(INVISIBLE)
        if "@" in login:
            try:
                validate_email(login)
            except ValidationError:
                raise ValidationError(
                    _("This does not look like an e-mail address. Write it like name@example.org.")
                ) from None
            return login.lower()
        if not any(sign.isdigit() for sign in login):
            raise ValidationError(_("Write your e-mail address, or the number of your mobile."))
        return clean_phone(login)

    def clean(self) -> Any:
        login, password = self.cleaned_data.get("login", ""), self.cleaned_data.get("password")
        if self.data.get("way") == "password" and not password:
            self.add_error("password", _("Type your password, or leave it and ask for a code."))
        if login.startswith("+") and not password and not codes.goes_to(login):
            self.add_error("login", ABROAD)
        return super().clean()

    def login(self, request: Any, redirect_url: str | None = None) -> Any:
        request.session["own_device"] = bool(self.cleaned_data["remember"])
        return super().login(request, redirect_url=redirect_url)


class SixDigits(forms.Form):
    """A code as people type it, with blanks; the telephone offers it from the message by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].widget.attrs = CODE_FIELD

    def clean_code(self) -> str:
        self.cleaned_data["code"] = "".join(self.cleaned_data["code"].split())
        return super().clean_code()  # type: ignore[misc]


class CodeForm(SixDigits, ConfirmLoginCodeForm):
    """The code of a sign-in."""


class SecondStepForm(AuthenticateForm):
    """Six digits from the app, or eight of a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code from the app, or a recovery code")
        self.fields["code"].widget.attrs = CODE_FIELD

    def clean_code(self) -> str:
        self.cleaned_data["code"] = "".join(self.cleaned_data["code"].split())
        return super().clean_code()


class _Forgiving:
    """A forged answer makes fido2 raise what it likes; here it is simply not the right one."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (KeyError, AttributeError, TypeError, ValueError) as error:
            raise ValidationError(_("That passkey did not work here. Try again.")) from error


class PasskeySignInForm(_Forgiving, LoginWebAuthnForm):
    """What a device answers when anybody may sign in with it."""


class PasskeyStepForm(_Forgiving, AuthenticateWebAuthnForm):
    """What a device answers as the second step of one person."""


class DetailsForm(forms.ModelForm):
    """What a person keeps up to date themselves; the address is the sign-in and is changed by staff."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "language"]
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
        }
        help_texts = {"language": _("Of the portal and of the mails you get from it.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = True


class PhoneForm(forms.Form):
    """A new number, or none."""

    phone = forms.CharField(
        label=_("Mobile"),
        required=False,
        max_length=40,
        help_text=_("We send it a code, so that nobody else's number gets on your account. Empty: none."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean_phone(self) -> str:
        phone = clean_phone(self.cleaned_data["phone"])
        if phone and not codes.goes_to(phone):
            raise ValidationError(_("We cannot send SMS to this country."))
        return phone


class NewNumberForm(SixDigits, VerifyPhoneForm):
    """The code that was sent to the new number."""


class AppForm(forms.Form):
    """The first code from an app. The secret travels sealed in the form: looking at the page changes nothing."""

    SALT = "accounts.app"

    sealed = forms.CharField(widget=forms.HiddenInput)
    code = forms.CharField(label=_("Code from the app"), widget=forms.TextInput(attrs=CODE_FIELD))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.secret = self._secret() if self.is_bound else totp.generate_totp_secret()
        self.fields["sealed"].initial = signing.dumps([user.pk, self.secret], salt=self.SALT)

    def _secret(self) -> str:
        """That of the form; a new one where the form is not ours, not this person's or an hour old."""
        try:
            pk, secret = signing.loads(self.data.get("sealed", ""), salt=self.SALT, max_age=3600)
        except signing.BadSignature:
            pk, secret = None, ""
        self.genuine = pk == self.user.pk
        return secret if self.genuine else totp.generate_totp_secret()

    def clean_code(self) -> str:
        forget_attempt = check_rate_limit(self.user, error_key="rate_limited")
        code = "".join(self.cleaned_data["code"].split())
        if not self.genuine or not totp.validate_totp_code(self.secret, code):
            raise ValidationError(_("That is not the code the app shows now. Wait for the next one and try again."))
        forget_attempt()
        return code


class NameForm(forms.Form):
    """What a person calls a passkey."""

    name = forms.CharField(label=_("What do you call it?"), max_length=60, help_text=_("For example: my phone."))


class PasskeyForm(NameForm):
    """A new passkey; the browser fills in the credential."""

    credential = forms.JSONField(widget=forms.HiddenInput)
