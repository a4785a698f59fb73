"""A passage in a text: found by its words, and exchanged with everything around it left as it was."""

from __future__ import annotations

import pytest

from mailings.excerpts import appended, exchanged, holds

LINK = '<a href="https://example.org/?a=1&amp;b=2">här</a>'
TEXT = (
    f"<p>Hej!<br><strong>Milen</strong> ger 25 kr &amp; mer.</p><ul><li>ett</li><li>två tre</li></ul><p>Se {LINK}</p>"
)
NEW = "<p>Nu <em>26</em></p>"


@pytest.mark.parametrize(
    "passage", ["<p>Milen ger 25 kr &amp; mer.</p>", "<p>mer.</p><p>ett</p>", "<p><em>Se</em> här</p>"]
)
def test_a_passage_is_known_by_its_words_however_they_are_set(passage):
    assert holds(TEXT, passage)


@pytest.mark.parametrize("passage", ["<p>ilen ger</p>", "<p>Milen ger 26</p>", "<p>två ett</p>", "<p></p>", ""])
def test_half_a_word_another_word_and_nothing_are_no_passage(passage):
    assert not holds(TEXT, passage)


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        ("<p>Hej!</p>", TEXT.replace("<p>Hej!<br>", f"{NEW}<p>")),
        ("<p>Milen ger 25 kr &amp; mer.</p>", f"<p>Hej!</p>{NEW}" + TEXT[TEXT.index("<ul>") :]),
        ("<p>25 kr</p>", TEXT.replace("ger 25 kr &amp;", f"ger</p>{NEW}<p>&amp;")),
        ("<ul><li>ett</li><li>två tre</li></ul>", TEXT[: TEXT.index("<ul>")] + NEW + f"<p>Se {LINK}</p>"),
        ("<p>tre</p>", TEXT.replace("två tre</li></ul>", f"två</li></ul>{NEW}")),
        ("<p>Se här</p>", TEXT.replace(f"<p>Se {LINK}</p>", NEW)),
        ("<p>här</p>", TEXT.replace(f" {LINK}</p>", f"</p>{NEW}")),
        ("<p>Någon annanstans</p>", TEXT),
    ],
)
def test_the_new_one_stands_where_the_old_one_stood(old, expected):
    assert exchanged(TEXT, old, NEW) == expected


def test_only_the_first_of_two_is_exchanged():
    assert exchanged("<p>A B</p><p>A B</p>", "<p>A B</p>", "<p>C</p>") == "<p>C</p><p>A B</p>"


def test_what_was_not_clean_is_cleaned_on_the_way():
    assert exchanged('<p data-block-key="x">Hej<br/>A B</p>', "<p>A B</p>", "<p>C</p>") == "<p>Hej</p><p>C</p>"


def test_it_is_added_in_paragraphs_of_its_own():
    assert appended("<p>Hej!</p>", "<p>A</p>") == "<p>Hej!</p><p>A</p>"
    assert appended("", "<p>A</p>") == "<p>A</p>"
