"""What the post wants to know of an address: whether it is one, where it lies in the order, and the country on it."""

from __future__ import annotations

import re

from django.conf import settings

COUNTRIES = {
    "SE": "SWEDEN", "NO": "NORWAY", "DK": "DENMARK", "FI": "FINLAND", "IS": "ICELAND", "FO": "FAROE ISLANDS",
    "GL": "GREENLAND", "AX": "ÅLAND ISLANDS", "DE": "GERMANY", "PL": "POLAND", "EE": "ESTONIA", "LV": "LATVIA",
    "LT": "LITHUANIA", "NL": "NETHERLANDS", "BE": "BELGIUM", "FR": "FRANCE", "ES": "SPAIN", "PT": "PORTUGAL",
    "IT": "ITALY", "GR": "GREECE", "AT": "AUSTRIA", "CH": "SWITZERLAND", "GB": "UNITED KINGDOM", "IE": "IRELAND",
    "US": "UNITED STATES", "TH": "THAILAND", "RO": "ROMANIA", "CZ": "CZECHIA", "HU": "HUNGARY", "HR": "CROATIA",
}  # fmt: skip


def has_address(*, street: str, city: str) -> bool:
    return bool(street.strip() and city.strip())


def sorting(country: str, postcode: str) -> tuple[bool, str, str]:
    """At home first, then by country and by the letters and digits of the postcode."""
    there = country.strip().upper() if abroad(country) else ""
    return there != "", there, re.sub(r"\W", "", postcode).upper()


def abroad(country: str) -> str:
    """The country as it stands on an envelope from here; "" at home."""
    code = country.strip().upper()
    return "" if code in {"", settings.PHONE_REGION} else COUNTRIES.get(code, code)
