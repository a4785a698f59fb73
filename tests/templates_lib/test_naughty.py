"""Strings that break programs, through every type of slot: no crash, nothing runs, the mail still parses."""

import re

import pytest

from templates_lib import brands, build
from templates_lib.render.document import Sender
from templates_lib.render.html import print_html
from templates_lib.render.mjml import mail_html
from templates_lib.render.text import plain_text
from templates_lib.slots import PARTS, problems
from tests.templates_lib.test_mail import Outline

pytestmark = pytest.mark.once  # says nothing about the database

TAGS = {
    "html", "head", "title", "meta", "style", "body", "div", "table", "tbody", "tr", "td", "a", "img", "span", "p",
    "br", "h1", "h2", "ul", "ol", "li", "strong", "em",
}  # fmt: skip


def hostile(slot_type: str, text: str):
    return dict.fromkeys(PARTS[slot_type], text) if slot_type in PARTS else text


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.slow), 11])
@pytest.mark.parametrize("slot_type", [*PARTS, "short_text", "rich_text", "date_time", "choice", "lines"])
def test_any_string_in_any_slot_is_inert(make_document, template, naughty_strings, slot_type, every):
    slots = template.slots("sv")
    names = [slot.key.split(".")[1] for slot in slots if slot.type == slot_type] or ["picture"]
    for text in naughty_strings[len(slot_type) :: every]:
        value = hostile(slot_type, text)
        document = make_document(**dict.fromkeys(names, value))
        html = mail_html(document)
        outline = Outline(html)
        assert (outline.open, outline.crossed) == ([], [])
        assert {tag for tag, _ in outline.tags} <= TAGS
        assert not [key for _, attributes in outline.tags for key in attributes if key.startswith("on")]
        assert all(re.match(r"https?://|mailto:|tel:|\ue000", a["href"]) for tag, a in outline.tags if tag == "a")
        assert "<mj-" not in html
        assert plain_text(document)
        assert Outline(print_html(document)).crossed == []


def test_any_string_can_be_the_subject(make_document, naughty_strings):
    for text in naughty_strings[::11]:
        document = make_document(subject=text)
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u200b]", document.subject)
        assert len(document.subject) <= 200
        assert Outline(mail_html(document)).crossed == []


def test_every_string_can_be_checked(template, naughty_strings):
    slots = template.slots("sv")
    for text in naughty_strings:
        values = {slot.key: hostile(slot.type, text) for slot in slots}
        assert all(str(problem.message) for problem in problems(slots, values, "sv"))
        assert all(
            isinstance(problem.code, str) for problem in problems(slots, {slot.key: text for slot in slots}, "sv")
        )


def test_the_senders_own_name_is_inert(make_document, template, unit):
    evil = Sender("<b>Eve</b>{{7*7}}", '"><script>', "[[first_name]]", "a@b.se\r\nBcc: x", "+46<script>")
    html = mail_html(build.document(template, {}, language="sv", brand=brands.brand_for(unit), sender=evil))
    assert "&lt;b&gt;Eve&lt;/b&gt;{{7*7}}" in html
    assert "<script" not in html
    assert "Bcc" not in html
