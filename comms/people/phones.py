"""Mobile numbers as people write them, kept as E.164."""

from __future__ import annotations

import phonenumbers
from django.utils.translation import gettext_lazy as _

from comms.people.addresses import INVISIBLE


class PhoneRefused(ValueError):
    """Why a number cannot be called; the message is lazily translated."""

    def __init__(self, message: object) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


def normalise_phone(raw: str, region: str) -> str:
    """The number as E.164 (`+46701234567`); `region` ("SE") is assumed where no country code is written.

    Raises `PhoneRefused`.
    """
    text = raw.translate(INVISIBLE).strip()
    if "@" in text:
        raise PhoneRefused(_("This is an e-mail address, not a phone number."))
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise PhoneRefused(_REASONS.get(error.error_type, _NOT_A_NUMBER)) from error
    if not phonenumbers.is_valid_number(number):
        raise PhoneRefused(_verdict(number))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_NOT_A_NUMBER = _("This is not a phone number.")
_REASONS = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: _("The country code does not exist."),
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: _("The number is too short."),
    phonenumbers.NumberParseException.TOO_SHORT_NSN: _("The number is too short."),
    phonenumbers.NumberParseException.TOO_LONG: _("The number is too long."),
}


def _verdict(number: phonenumbers.PhoneNumber) -> object:
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible == phonenumbers.ValidationResult.TOO_LONG:
        return _("The number is too long.")
    if possible in {phonenumbers.ValidationResult.TOO_SHORT, phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY}:
        return _("The number is too short.")
    return _("No such number is in use. Check the digits and the country code.")
