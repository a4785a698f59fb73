import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comms.people.addresses import AddressRefused, address_key, normalise_address, split_wire

CORPORA = Path(__file__).parent.parent / "corpora"
ISEMAIL = json.loads((CORPORA / "addresses.json").read_text())
NAUGHTY = json.loads((CORPORA / "blns.json").read_text())


def with_control_characters(address: str) -> str:
    return "".join(chr(ord(c) - 0x2400) if 0x2400 <= ord(c) <= 0x241F else c for c in address)


def refusal(address: str) -> AddressRefused:
    with pytest.raises(AddressRefused) as caught:
        normalise_address(address)
    return caught.value


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("åsa@exempel.se", "åsa@exempel.se"),
        ("  anna@example.org\u00a0", "anna@example.org"),
        ("an\u200bna@example.org\ufeff", "anna@example.org"),
        (unicodedata.normalize("NFD", "åsa@exempel.se"), "åsa@exempel.se"),
        ("Anna.Lind+möten@EXAMPLE.org", "Anna.Lind+möten@example.org"),
        ("anna@Räksmörgås.example.org", "anna@räksmörgås.example.org"),
        ("anna@xn--rksmrgs-5wao1o.example.org", "anna@räksmörgås.example.org"),
        ("máret.ánne@sámi.example.org", "máret.ánne@sámi.example.org"),
        ("o'brien@example.com", "o'brien@example.com"),
        ("x@mail.example", "x@mail.example"),
    ],
)
def test_addresses_as_people_have_them_are_accepted(raw, canonical):
    assert normalise_address(raw) == canonical
    assert normalise_address(canonical) == canonical


@pytest.mark.parametrize(
    ("raw", "character", "suggestion"),
    [
        ("anna@example,se", ",", "anna@example.se"),
        ("anna@example.con", "", "anna@example.com"),
        ("anna@gmial.com", "", "anna@gmail.com"),
        ("anna lind@example.org", " ", "annalind@example.org"),
        ("anna@ example.org", " ", "anna@example.org"),
        ("anna@example..org", ".", "anna@example.org"),
        ("anna..lind@example.org", ".", "anna.lind@example.org"),
        ("anna.@example.org", ".", "anna@example.org"),
        ("annagmail.com", "@", "anna@gmail.com"),
        ("anna(at)example.org", "@", "anna@example.org"),
        ("anna@@example.org", "@", "anna@example.org"),
        ("anna@example.org;", ";", "anna@example.org"),
        ("mailto:anna@example.org", ":", "anna@example.org"),
        ("Anna Lind <anna@example.org>", "<", "anna@example.org"),
        ("anna@example.org; per@example.org", "@", "anna@example.org"),
        ("anna@example.org\r\n", "\r", "anna@example.org"),
        ("anna\x00@example.org", "\x00", "anna@example.org"),
        ('"anna"@example.org', '"', "anna@example.org"),
        ("anna@[192.0.2.1]", "[", ""),
        ("☃@example.org", "☃", ""),
        ("anna", "@", ""),
        ("a@localhost", "", ""),
        ("", "", ""),
    ],
)
def test_a_refusal_names_the_character_and_suggests(raw, character, suggestion):
    refused = refusal(raw)
    assert (refused.character, refused.suggestion) == (character, suggestion)
    assert str(refused)


@pytest.mark.parametrize("domain", ["localhost", "x.localhost", "mail.invalid", "x.test", "printer.local", "x.onion"])
def test_reserved_names_nobody_can_write_to_are_refused(domain):
    assert refusal(f"anna@{domain}").suggestion == ""


@pytest.mark.parametrize("case", [c for c in ISEMAIL if c["category"] == "ISEMAIL_ERR"], ids=lambda c: str(c["id"]))
def test_what_the_standard_calls_an_error_is_refused(case):
    refusal(case["address"])
    refusal(with_control_characters(case["address"]))


@pytest.mark.parametrize("case", [c for c in ISEMAIL if c["diagnosis"] == "ISEMAIL_VALID"], ids=lambda c: str(c["id"]))
def test_what_the_standard_calls_valid_is_accepted(case):
    normalise_address(case["address"])


def answer(raw: str) -> str | AddressRefused:
    try:
        return normalise_address(raw)
    except AddressRefused as refused:
        return refused


def assert_an_address_or_a_reason(raw: str) -> None:
    got = answer(raw)
    if isinstance(got, str):
        assert normalise_address(got) == got
        assert split_wire(got)[1].isascii()
        assert not any(unicodedata.category(c) in {"Cc", "Cf", "Zs"} for c in got)
    else:
        assert str(got)
        assert not got.suggestion or normalise_address(got.suggestion) == got.suggestion


def test_naughty_strings_give_an_address_or_a_reason():
    for text in NAUGHTY:
        for raw in (text, f"{text}@example.org", f"anna@{text}"):
            assert_an_address_or_a_reason(raw)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_gives_an_address_or_a_reason(local, domain):
    assert_an_address_or_a_reason(f"{local}@{domain}")


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("anna@example.org", ("anna", "example.org", False)),
        ("anna@räksmörgås.example.org", ("anna", "xn--rksmrgs-5wao1o.example.org", False)),
        ("åsa@exempel.se", ("åsa", "exempel.se", True)),
    ],
)
def test_only_a_local_part_with_letters_beyond_ascii_needs_smtputf8(address, wire):
    assert split_wire(address) == wire


def test_an_address_key_ignores_case_and_depends_on_the_key():
    assert address_key("Anna@Example.org", key="k") == address_key("anna@example.org", key="k")
    assert address_key("anna@example.org", key="k") != address_key("anna@example.org", key="other")
    assert address_key("", key="k") == ""
