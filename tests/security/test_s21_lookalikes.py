"""Threat S21: links and senders that look like others. Shown is where it leads, and From has one fixed pattern."""

from __future__ import annotations

import email
import email.policy
import re

import pytest
from django.utils import timezone

from mailings import composing, messages
from templates_lib.render import lookalikes
from templates_lib.render.rich_text import clean_rich_text, honest_links
from tests.factories import make_mandate, make_user
from tests.mailings.conftest import own_post_office  # noqa: F401
from tests.mailings.design import BUTTON, FACTS, TEXT, filled, make_draft
from tests.mailings.post import make_members

CYRILLIC_A = "\u0430"
BANK = f"b{CYRILLIC_A}nk.example"
BANK_IN_ASCII = BANK.encode("idna").decode()

LIES = [
    ("https://union.example", "https://evil.example"),
    ("www.union.example", "https://union.example.evil.example"),
    ("union.example/pay", "https://evil.example/pay"),
    ("see https://union.example/vote now", "https://evil.example"),
    ("HTTPS://UNION.EXAMPLE", "https://evil.example"),
    ("https://union.example/vote", "https://union.example/login"),
    (f"https://{BANK}", "https://bank.example"),
    ("https://bank.example", f"https://{BANK}"),
    ("kansli@union.example", "mailto:kansli@evil.example"),
    ("kansli@union.example", "https://evil.example"),
    ("https://union.example", "mailto:kansli@union.example"),
]
TRUTHS = [
    ("Read more", "https://anything.example"),
    ("https://union.example", "https://union.example"),
    ("union.example", "https://www.union.example/"),
    ("https://union.example/vote", "https://union.example/vote/2027?from=mail"),
    ("https://union.example/vo…", "https://union.example/vote"),
    ("möte.example", f"https://{'möte.example'.encode('idna').decode()}"),
    ("kansli@union.example", "mailto:Kansli@union.example?subject=Hej"),
    ("Programmet.pdf", "https://union.example/files/7"),
    ("program.pdf", "https://union.example/files/7"),
    ("kl.18", "https://union.example"),
    ("Lind.Anna", "https://union.example"),
]


# --- links ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("shown", "target"), LIES)
def test_a_link_that_names_one_address_and_leads_to_another_is_known(shown, target):
    assert lookalikes.disagreement(shown, target) is not None


@pytest.mark.parametrize(("shown", "target"), TRUTHS)
def test_words_and_true_addresses_are_left_alone(shown, target):
    assert lookalikes.disagreement(shown, target) is None
    link = f'<p><a href="{target}">{shown}</a></p>'
    assert honest_links(link) == link


@pytest.mark.parametrize(("shown", "target"), LIES)
def test_in_rich_text_it_shows_where_it_leads(shown, target):
    written = honest_links(clean_rich_text(f'<p>Hej <a href="{target}">{shown}</a></p>'))
    href, words = re.fullmatch(r'<p>Hej <a href="([^"]*)">(.*)</a></p>', written).groups()
    assert words == href.removeprefix("mailto:")
    assert honest_links(written) == written


def test_neither_style_nor_a_line_break_hides_it():
    hidden = '<p><a href="https://evil.example/?a=1&amp;b=2">https://<b>un</b><i>ion</i>.example</a></p>'
    assert honest_links(clean_rich_text(hidden)) == (
        '<p><a href="https://evil.example/?a=1&amp;b=2">https://evil.example/?a=1&amp;b=2</a></p>'
    )


@pytest.fixture
def mandate(union):
    make_members(union.mandate(union.alice), 1)
    return union.mandate(union.alice)


WHERE = f"{FACTS}.where"
TYPED = {  # everywhere a link can be typed
    "rich text": {f"{TEXT}.text": '<p><a href="https://evil.example">https://union.example</a></p>'},
    "button": {f"{BUTTON}.link": {"url": "https://evil.example", "text": "https://union.example"}},
    "place": {WHERE: {"name": "https://union.example", "address": "", "url": "https://evil.example"}},
    "address": {WHERE: {"name": "Online", "address": "union.example/meet", "url": "https://evil.example"}},
}


@pytest.mark.parametrize("where", TYPED)
def test_wherever_it_is_typed_it_is_refused_and_never_drawn(mandate, where):
    draft = make_draft(mandate, values={**filled(), **TYPED[where]})
    problems = [one for one in composing.check(draft, now=timezone.now()) if one.code == "look_alike"]
    assert [(one.blocking, one.key) for one in problems] == [(True, next(iter(TYPED[where])))]
    assert "evil.example" in str(problems[0].message)
    html = composing.mail(draft, language="sv")
    leading = re.findall(r'<a[^>]*href="https://evil\.example[^"]*"[^>]*>(.*?)</a>', html, re.DOTALL)
    assert not any("union.example" in re.sub("<[^>]+>", "", words) for words in leading)


# --- letters of other alphabets ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("host", "odd"),
    [
        ("union.example", False),
        ("möte.example", False),
        ("пример.рф", False),  # wholly in another alphabet: what it looks like is what it is
        (BANK, True),
        (BANK_IN_ASCII, True),
        ("\u0440\u0430\u0443.example", True),  # р, а and у, all of them Cyrillic
        ("b\u0251nk.example", True),  # ɑ, a Latin letter that no language here has
        ("un\u0131on.example", True),  # ı without its dot
    ],
)
def test_a_host_that_mixes_alphabets_is_odd(host, odd):
    assert lookalikes.is_odd(host) == odd
    assert lookalikes.plain_host(host).isascii() or not odd


@pytest.mark.parametrize(
    "values",
    [
        {f"{TEXT}.text": f'<p><a href="https://{BANK}/x">Läs mer</a></p>'},
        {f"{TEXT}.text": f"<p>Gå till https://{BANK}/x</p>"},
        {f"{BUTTON}.link": {"url": f"https://{BANK}/x", "text": "Läs mer"}},
    ],
)
def test_it_is_warned_of_and_named_in_ascii(mandate, values):
    problems = composing.check(make_draft(mandate, values={**filled(), **values}), now=timezone.now())
    assert [(one.code, one.blocking, one.key) for one in problems] == [("odd_host", False, next(iter(values)))]
    assert BANK_IN_ASCII in str(problems[0].message)


def test_in_the_mail_its_link_is_in_ascii(mandate):
    link = f'<p><a href="https://{BANK}/x">https://{BANK}/x</a></p>'
    html = composing.mail(make_draft(mandate, values={**filled(), f"{TEXT}.text": link}), language="sv")
    assert f'href="https://{BANK_IN_ASCII}/x"' in html
    assert BANK not in html


# --- the sender -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name",
    [
        "Anna Lind",
        "Ordförande <ceo@bank.example>",
        '"Banken" <ceo@bank.example>,',
        "Anna\r\nBcc: x@example.org",
        "Anna\u202e Lind",
    ],
)
def test_whatever_somebody_is_called_from_is_name_union_at_our_own_address(union, settings, name):
    settings.UNION_NAME, settings.MAILING_FROM_ADDRESS = "Förbundet", "utskick@union.example.org"
    user = make_user("Zoe", language="sv")
    user.first_name, user.last_name = name[:80], ""
    user.save()
    draft = make_draft(make_mandate(user, union.branch_a))
    member = make_members(union.mandate(union.alice), 1)[0]
    face = composing.render(draft, language="sv", with_pdf=False)
    raw = messages.content_for(draft, face, member, date=timezone.now())
    message = email.message_from_bytes(raw, policy=email.policy.default)
    (sender,) = message["From"].addresses
    assert sender.addr_spec == "utskick@union.example.org"
    assert " ".join(sender.display_name.split()).endswith(", Förbundet")
    assert message["Bcc"] is None


@pytest.mark.parametrize(
    ("name", "stopped"),
    [("Anna Lind", False), ("Анна Петрова", False), ("Åse Ødegård", False), (f"{'А'}nna Lind", True)],
)
def test_a_name_that_mixes_alphabets_sends_nothing(union, name, stopped):
    user = make_user("Zoe", language="sv")
    user.first_name, user.last_name = name.split()
    user.save()
    make_members(union.mandate(union.alice), 1)
    draft = make_draft(make_mandate(user, union.branch_a))
    problems = composing.check(draft, now=timezone.now(), by=user)
    assert [(one.code, one.blocking) for one in problems] == ([("odd_name", True)] if stopped else [])
