"""The text face: the same facts and links as the mail, lines one can read anywhere."""

import dataclasses
import re

import pytest

from templates_lib.render import merge
from templates_lib.render.document import Block, Entry, RichText
from templates_lib.render.mjml import mail_html
from templates_lib.render.text import fragment, plain_text
from tests.templates_lib.test_mail import FACTS


def test_every_link_of_the_mail_is_in_the_text(document):
    html, text = mail_html(document), plain_text(document)
    for link in re.findall(r'<a href="([^"]*)"', html):
        address = link.replace("&amp;", "&").removeprefix("mailto:").removeprefix("tel:")
        assert address in text.replace(" ", "")


def test_every_fact_of_the_mail_is_in_the_text(document):
    text = plain_text(document)
    for fact in FACTS:
        assert fact in " ".join(text.split())
    assert merge.hole("unsubscribe_url") in text
    assert merge.hole("first_name") in text


@pytest.mark.parametrize("language", ["sv", "nb", "da", "en"])
def test_lines_are_short_and_hold_no_markup(make_document, language):
    text = plain_text(make_document(language=language, intro="<p>" + "ord " * 300 + "</p>"))
    assert [line for line in text.splitlines() if len(line) > 76 and "://" not in line] == []
    assert not re.search(r"</?[a-z]+>|&[a-z]+;|\n{3}", text)
    assert text.endswith("\n")


def test_a_link_shows_where_it_leads():
    link = '<a href="https://example.org/a?b=1&amp;c=2">mer <em>här</em></a>'
    html = RichText(f'<p>Läs {link}, <a href="mailto:a@b.se">a@b.se</a></p>')
    assert fragment(html) == "Läs mer här <https://example.org/a?b=1&c=2>, a@b.se"


def test_a_long_line_of_an_agenda_or_a_quote_keeps_its_place(document):
    long = "ord " * 30
    agenda = Block("agenda", {"heading": "Program", "entries": (Entry(long, "18.00–19.00"), Entry(long, "9.30"))})
    quote = Block("quote", {"text": long, "who": ""})
    text = plain_text(dataclasses.replace(document, blocks=(agenda, quote)))
    lines = text.splitlines()
    assert lines[:2] == ["Program", "-------"]
    assert [line[:13].rstrip() for line in lines[2:6]] == ["18.00–19.00", "", "9.30", ""]
    assert all(line[13:].startswith("ord") for line in lines[2:6])
    assert [line[:5] for line in lines[7:]] == ["> ord", "> ord"]


def test_a_list_has_signs():
    assert fragment(RichText("<ol><li>ett</li><li>två</li></ol>")).split() == ["1.", "ett", "2.", "två"]
