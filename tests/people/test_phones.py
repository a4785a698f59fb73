import json
from pathlib import Path

import pytest

from comms.people.phones import PhoneRefused, normalise_phone

NAUGHTY = json.loads((Path(__file__).parent.parent / "corpora" / "blns.json").read_text())


@pytest.mark.parametrize(
    ("raw", "region", "number"),
    [
        ("070-174 06 05", "SE", "+46701740605"),
        ("701740605", "SE", "+46701740605"),
        ("+46 (0)70 174 06 05", "SE", "+46701740605"),
        ("0047 406 12 345", "SE", "+4740612345"),
        ("406 12 345", "NO", "+4740612345"),
        ("20 12 34 56", "DK", "+4520123456"),
        ("\u200b070\u00a01740605", "SE", "+46701740605"),
    ],
)
def test_numbers_become_e164(raw, region, number):
    assert normalise_phone(raw, region) == number


@pytest.mark.parametrize("raw", ["", "anna@example.org", "123", "070-17", "ring mig", "+999 12345678", "0" * 40])
def test_what_is_no_number_is_refused_with_a_reason(raw):
    with pytest.raises(PhoneRefused) as refused:
        normalise_phone(raw, "SE")
    assert str(refused.value)


def answer(raw: str) -> str:
    try:
        return normalise_phone(raw, "SE")
    except PhoneRefused as refused:
        return str(refused)


def test_naughty_strings_never_crash():
    assert all(answer(text) for text in NAUGHTY)
