"""The text message: who, what, when, where, one link; and exactly what it costs (3GPP TS 23.038, TS 23.040)."""

from __future__ import annotations

import dataclasses

import pytest

from templates_lib.render.sms import Segments, segments, sms_text

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("GSM-7", 0, 1, 160)),
        ("a" * 160, ("GSM-7", 160, 1, 0)),
        ("a" * 161, ("GSM-7", 161, 2, 145)),
        ("a" * 306, ("GSM-7", 306, 2, 0)),
        ("a" * 307, ("GSM-7", 307, 3, 152)),
        ("å" * 160, ("GSM-7", 160, 1, 0)),
        ("€" * 80, ("GSM-7", 160, 1, 0)),
        ("€" * 81, ("GSM-7", 162, 2, 143)),  # 76 in a part of 153 places: the last place stays empty
        ("a" * 152 + "€" + "a" * 7, ("GSM-7", 161, 2, 144)),  # the euro does not lie over two parts
        ("š" * 70, ("UCS-2", 70, 1, 0)),
        ("š" * 71, ("UCS-2", 71, 2, 63)),
        ("š" * 134, ("UCS-2", 134, 2, 0)),
        ("š" * 135, ("UCS-2", 135, 3, 66)),
        ("😀" * 35, ("UCS-2", 70, 1, 0)),
        ("😀" * 36, ("UCS-2", 72, 2, 61)),  # 33 in a part of 67 places
        ("a" * 160 + "š", ("UCS-2", 161, 3, 40)),
    ],
)
def test_the_borders_are_exact(text, expected):
    found = segments(text)
    assert (found.encoding, found.characters, found.segments, found.left) == expected


@pytest.mark.parametrize("character", "åäöæøÅÄÖÆØÉéèüñß§@£¥\n")
def test_nordic_letters_cost_one_place(character):
    assert segments(character) == Segments("GSM-7", 1, 1, 159, ())


@pytest.mark.parametrize("character", "^{}\\[~]|€\f")
def test_signs_of_the_extension_table_cost_two(character):
    assert segments(character) == Segments("GSM-7", 2, 1, 158, ())


@pytest.mark.parametrize("character", "šđŋáčžŧðþÁ–’`\u00a0\t")
def test_the_dear_characters_are_named(character):
    assert segments(f"abc{character}{character}") == Segments("UCS-2", 5, 1, 65, (character,))


def test_it_says_who_what_when_where_and_the_address(document):
    text = sms_text(dataclasses.replace(document, page_url="https://example.org/p/x/"))
    assert text == (
        "Förbundet Samklang: Välkommen till medlemsmöte. "
        "Fredag 12 mars kl. 18.00-20.30, Folkets hus, Stora salen. https://example.org/p/x/"
    )
    assert segments(text).encoding == "GSM-7"


def test_the_branch_speaks_in_its_own_name(document):
    brand = dataclasses.replace(document.brand, own_name="Avdelning Norr")
    assert sms_text(dataclasses.replace(document, brand=brand)).startswith("Avdelning Norr: ")


@pytest.mark.parametrize("language", ["sv", "nb", "da", "en"])
def test_the_year_is_left_out_in_every_language(make_document, language):
    assert "2027" not in sms_text(make_document(language=language))


def test_it_names_no_member_and_leaves_no_hole(make_document):
    text = sms_text(make_document(text="Hej [[first_name]] i [[unit]]!"))
    assert text.startswith("Förbundet Samklang: Hej i Avdelning Älvdalen! Fredag")


def test_fine_typography_becomes_plain_but_letters_stay(make_document):
    text = sms_text(make_document(text="“Lön” – så här… för Máret"))
    assert '"Lön" - så här... för Máret' in text
    assert segments(text).odd_characters == ("á",)


def test_a_message_without_facts_is_still_a_sentence(make_document):
    text = sms_text(make_document(when="", until="", where={}, text="Tack för i går"))
    assert text == "Förbundet Samklang: Tack för i går."
