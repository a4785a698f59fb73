"""How words are compared: one spelling, one root, the parts of compounds. Nothing of it asks a database."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.search.folding import fold
from cms.search.nodes import OURS, leaf
from cms.search.words import LONGEST, STOP, lexemes, parts, root, tokens

pytestmark = pytest.mark.once  # says nothing about the database
NORDIC = st.text(alphabet="abcdeorståäöæøéÅÄÖÆØ -’", max_size=30)


@pytest.mark.parametrize(
    "same",
    [
        "årsmöte årsmøte ÅRSMÖTE arsmote aarsmoete a\u030arsmo\u0308te",
        "ærlig ärlig aerlig arlig",
        "idé ide IDÉ",
        "strasse straße",
    ],
)
def test_one_spelling(same):
    assert len({fold(word) for word in same.split()}) == 1


@pytest.mark.parametrize(
    "family",
    [
        "möte möten mötet mötena mötes møte møter møtet møtene mote",
        "avtal avtalet avtalen avtalens",
        "medlem medlemmar medlemmarna medlemmen medlemmer medlemmene medlems",
        "semester semestern semestrar",
        "regel regler reglerna regeln reglerne",
        "nyckel nycklar nyckeln",
        "arbete arbetet arbeten arbetena",
        "lön löner lönen lönerna lønn lønnen",
        "møde mødet møder møderne",
        "overenskomst overenskomster overenskomsten",
        "ombud ombudet ombuden",
        "kvitto kvitton",
        "protokoll protokollet",
    ],
)
def test_the_inflections_of_a_word_have_one_root(family):
    assert len({root(word) for word in family.split()}) == 1


@pytest.mark.parametrize(
    ("word", "made_of"),
    [
        ("medlemsmöte", "medlem möte"),
        ("årsmöte", "års möte"),
        ("reseersättning", "rese ersättning"),
        ("föräldraledighet", "föräldra ledighet"),
        ("semesterlön", "semester lön"),
        ("huvudskyddsombud", "huvud skydd ombud"),
        ("tillidsrepræsentant", "tillid repræsentant"),
        ("feriepenger", "ferie penger"),
    ],
)
def test_a_compound_is_cut_where_people_would(word, made_of):
    assert parts(fold(word)) == tuple(map(fold, made_of.split()))


@pytest.mark.parametrize("word", "förening berättelse rättighet protokoll kallelse medlemmar kontakt styrelse".split())  # noqa: SIM905
def test_what_only_looks_like_a_compound_stays_whole(word):
    assert parts(fold(word)) == ()


@given(NORDIC)
def test_folding_does_not_depend_on_how_a_letter_is_made_and_changes_nothing_twice(text):
    assert fold(text) == fold(unicodedata.normalize("NFD", text)) == fold(text.upper()) == fold(fold(text))


@given(st.text(max_size=60))
def test_whatever_is_written_only_lexemes_of_ours_are_indexed(text):
    for lexeme in lexemes(text, "sv"):
        assert OURS.fullmatch(lexeme)
        assert len(lexeme) <= LONGEST * 4  # a letter folds to four at most
        assert not lexeme.startswith("_") or lexeme.startswith(("_p", "_x"))  # nobody writes a mark


@given(st.text(alphabet=st.characters(blacklist_characters="abcdefghijklmnopqrstuvwxyz0123456789_"), min_size=1))
def test_nothing_else_gets_into_a_question(text):
    with pytest.raises(ValueError, match="no lexeme"):
        leaf(text)


@given(NORDIC)
def test_a_page_is_found_by_each_of_its_words(text):
    found = lexemes(text, "sv")
    for token in tokens(text):
        whole = token.replace("-", "").replace("’", "")
        wanted = {f"_x{fold(whole)}"} if whole in STOP else {fold(whole), root(whole)}
        assert wanted - {""} <= found


def test_a_word_with_a_hyphen_is_found_whole_and_by_its_parts():
    assert {"epost", "post", "_ppost"} - lexemes("e-post", "sv") == {"_ppost"}


def test_a_long_document_gives_so_many_words_and_no_more():
    assert len(lexemes(" ".join(f"ord{n}" for n in range(100)), "en", most=10)) <= 30
