"""Typed text is never a template (threat S5): whatever looks like code comes out letter by letter, in every face."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import types

import pypdfium2
import pytest
from django.conf import settings

from mailings.skeleton import Letterhead, compile_message
from templates_lib import artwork, pictures
from templates_lib.pdf_worker import make_pdf
from templates_lib.render import merge
from templates_lib.render.html import print_html
from templates_lib.render.mjml import mail_html
from templates_lib.render.text import plain_text
from tests.factories import make_topic
from tests.security import hostile

pytestmark = pytest.mark.once  # says nothing about the database

INJECTIONS = [
    "{{7*7}}", "{{ 7*'7' }}", "{% debug %}", "{% load static %}", "{% include 'message.mjml' %}", "{# comment #}",
    "{{ settings.SECRET_KEY }}", "{{ config.items() }}", "{{ self.__init__.__globals__ }}", "{{ document.sender }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{%raw%}x{%endraw%}", "{{request|attr('application')}}",
    "{0}", "{first_name}", "{0.__class__.__init__.__globals__}", "{settings.SECRET_KEY}", "%(first_name)s", "%s%s%n",
    "$first_name", "${7*7}", "#{7*7}", "<%= 7*7 %>", "@(7*7)", "*{7*7}", "[[password]]", "[[unsubscribe_url]]",
    "[[web_url]]", "[[ [[", "[[first_name.__class__]]", "[[__class__]]", "[[secret_key]]", "[[]]",
    "[[first_name|safe]]", "zq0qz", "zq1qz zq99qz", "<mj-text>x</mj-text>", "<mj-include path='/etc/passwd'/>",
    "</mj-raw></mj-body>", "<mj-raw>", "<!-- mj -->", "<![CDATA[x]]>", "<!--[if mso]>x<![endif]-->", "&lt;b&gt;",
    "\\1 \\g<0> \\n", "=?utf-8?q?x?=", "{{", "}}", "{%", "%}", "<?php echo 7*7 ?>", "<#assign x=7*7>${x}",
    "asset:0", "a\\' b", "{{constructor.constructor('return 1')()}}",
]  # fmt: skip


@pytest.fixture
def template(db):
    return hostile.whole_template(make_topic())


@pytest.fixture
def picture(db) -> str:
    return pictures.store(artwork.mark()).pk


CUT = {"poster_a4", "poster_a3", "square", "sms", "calendar"}  # may end a line with an ellipsis where it would not fit


def missing(typed: hostile.Typed, seen: str, *, cut: bool) -> list[str]:
    """What is shown otherwise than it was typed (or, cut, than its beginning and an ellipsis)."""
    found = []
    for said in map(hostile.squeezed, typed.said.values()):
        mark = said[:8]
        shown = seen.partition(mark)[2].partition("…")[0]
        if mark in seen and said not in seen and not (cut and shown and said.startswith(mark + shown)):
            found.append(said)
    return found


ALL = range(len(INJECTIONS))


@pytest.mark.parametrize(
    "first", [pytest.param(n, marks=() if n % 14 == 0 else pytest.mark.slow, id=INJECTIONS[n][:30]) for n in ALL]
)
def test_it_comes_out_letter_by_letter(template, picture, first):
    """The whole list over all slots, begun at another place each time: in the end everything in every slot."""
    texts = INJECTIONS[first:] + INJECTIONS[:first]
    typed = hostile.typed(template, texts, picture=picture)
    document = hostile.document(template, typed.values, texts[0])
    for name, html in hostile.pages(document).items():
        seen = hostile.words(html)
        assert missing(typed, seen, cut=name in CUT) == [], name
        assert hostile.squeezed(texts[0]) in seen, name
        assert settings.SECRET_KEY not in html
        if name in {"mail", "print", "web"}:
            assert [said for said in typed.said.values() if said[:8] not in seen] == [], name
    for name, page in hostile.texts(document).items():
        assert missing(typed, hostile.squeezed(page), cut=name in CUT) == [], name


FORGED = ["\ue000unsubscribe_url\ue001", "\ue000first_name\ue001", "\ue000", "\ue001", "\ue000unit",
          "\ue000\ue000first_name\ue001\ue001"]  # fmt: skip


def test_a_hole_cannot_be_typed(template, picture):
    """The two signs that mark a hole are private use: cleaning takes them from everything typed."""
    typed = hostile.typed(template, FORGED, picture=picture, as_code=True)
    document = hostile.document(template, typed.values, "".join(FORGED))
    empty = hostile.document(template, {}, "x")
    empty_pages, empty_texts = hostile.pages(empty), hostile.texts(empty)
    assert {name: holes(html) for name, html in hostile.pages(document).items()} == {
        name: holes(html) for name, html in empty_pages.items()
    }
    assert {name: holes(page) for name, page in hostile.texts(document).items()} == {
        name: holes(page) for name, page in empty_texts.items()
    }
    assert holes(document.subject + document.preheader) == set()


def holes(source: str) -> set[str]:
    """Names of the holes; a lone sign counts as one."""
    return set(merge.HOLE.findall(source)) | set(merge.HOLE.sub("", source)) & {merge.OPEN, merge.CLOSE}


@pytest.mark.parametrize("name", [*INJECTIONS, *FORGED, "[[first_name]]", "[[unit]]", "<b>Eve</b>", '" onclick="x'])
def test_a_members_name_is_a_name(make_message, name):
    """In the subject, both bodies and the To line of the mail that leaves."""
    shown = merge.clean_line(name)
    subject, text, html = make_message(first_name=name, last_name="LAST", unit="UNIT")
    assert subject == f"Hej {shown} LAST".replace("  ", " ").rstrip()
    assert f"Hej {shown}".rstrip() in text
    assert hostile.squeezed(f"Hej{shown}") in hostile.words(html)
    assert hostile.dangers(html) == []
    assert settings.SECRET_KEY not in subject + text + html


@pytest.fixture(scope="module")
def make_message():
    """`make_message(first_name=…)`: (subject, text, html) as a mail program reads them."""

    @dataclasses.dataclass
    class Face:
        language: str = "sv"
        subject: str = f"Hej {merge.hole('first_name')} {merge.hole('last_name')}"
        html: str = (
            f'<html><body><p title="{merge.hole("first_name")}">Hej {merge.hole("first_name")}, {merge.hole("unit")}'
            f'</p><a href="{merge.hole("web_url")}">x</a></body></html>'
        )
        text: str = f"Hej {merge.hole('first_name')}\n{merge.hole('unit')}\n"
        pdf_name: str = "a.pdf"
        prints = types.MappingProxyType({})

    head = Letterhead(from_name="A", from_address="a@example.org", reply_to="a@example.org", list_id="x.example.org")
    skeleton = compile_message(Face(), head)

    def make(**values: str) -> tuple[str, str, str]:
        raw = skeleton.message(
            to="a@example.com", date="Mon, 1 Jan 2027 10:00:00 +0000", message_id="<1@example.org>",
            values={"web_url": "https://example.org/m/1/", **values},
        )  # fmt: skip
        message = email.message_from_bytes(raw, policy=email.policy.default)
        bodies = [message.get_body((kind,)).get_content() for kind in ("plain", "html")]
        return str(message["Subject"]), *bodies

    return make


def test_a_field_in_a_members_name_is_not_filled_again():
    source = f"{merge.hole('first_name')} {merge.hole('unit')}"
    values = {"first_name": f"{merge.hole('unit')}[[unit]]", "unit": "[[first_name]]"}
    assert merge.fill(source, values, context="text") == "unit[[unit]] [[first_name]]"


def test_nests_of_fields_are_read_once(template):
    """Only the innermost field is one, and what it brings is not read again."""
    nests = {"[[[first_name]]]": "[Åsa]", "[[[[first_name]]]]": "[[Åsa]]", "[[[[first_name]]_name]]": "[[Åsa_name]]"}
    for typed, read in nests.items():
        values = {slot.key: typed for slot in template.slots("sv") if slot.type == "short_text"}
        document = hostile.document(template, values, "x")
        for source in (mail_html(document), plain_text(document)):
            context = "html" if source.startswith("<") else "text"
            filled = merge.fill(source, {"first_name": "Åsa", "web_url": "#", "unsubscribe_url": "#"}, context=context)
            seen = hostile.words(filled) if context == "html" else hostile.squeezed(filled)
            assert hostile.squeezed(read) in seen


def test_on_paper_it_is_printed_letter_by_letter(template):
    """One real PDF with the whole list in it."""
    lines = [text for text in INJECTIONS if text.isascii() and len(text) < 50]
    rich = "".join(f"<p>{merge.escape_html(text)}</p>" for text in lines)
    values = {slot.key: rich for slot in template.slots("sv") if slot.type == "rich_text"}
    html = print_html(hostile.document(template, values, "{{7*7}}"))
    pdf = pypdfium2.PdfDocument(make_pdf(html, {}))
    printed = hostile.squeezed("".join(page.get_textpage().get_text_range() for page in pdf)).replace("\ufffe", "")
    pdf.close()
    assert len(lines) > 45
    assert [text for text in lines if hostile.squeezed(text) not in printed] == []


def test_a_draft_with_code_in_every_slot_is_sent_as_it_was_typed(template, picture):
    """Subject and preview text hold fields only where they are on the list."""
    document = hostile.document(template, {}, "[[first_name]] [[password]] {{7*7}}")
    assert document.subject == document.preheader == f"{merge.hole('first_name')} [[password]] {{{{7*7}}}}"
