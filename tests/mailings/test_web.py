"""The page a poster leads to: for whoever has the address, once confirmed; it names nobody and says who is nobody."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from comms.people.tokens import seal
from comms.privacy.logs import MAILED
from mailings import composing, links
from mailings.models import Mailing, MailingState, Rendition
from tests.factories import make_member
from tests.mailings.design import make_draft
from tests.mailings.test_prints import confirmed


@pytest.fixture
def draft(union) -> Mailing:
    make_member("Åsa", "Lind", placed=[union.branch_a])
    return make_draft(union.mandate(union.alice))


def path_of(mailing: Mailing) -> str:
    return links.page_url(mailing).removeprefix("http://127.0.0.1:8000")


def look(mailing: Mailing, client: Client | None = None, **asked: str):
    return (client or Client()).get(path_of(mailing), **asked)


def test_anybody_with_the_address_reads_it_and_nobody_lists_or_keeps_it(draft):
    page = look(confirmed(draft))
    assert page.status_code == 200
    assert "Välkommen till årsmötet" in page.content.decode()
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]
    assert "private" in page.headers["Cache-Control"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert not page.cookies


def test_it_names_no_member_and_says_nothing_about_being_one(draft):
    words = look(confirmed(draft)).content.decode()
    assert "Åsa" not in words
    assert "[[" not in words
    assert "/u/" not in words
    mail = draft.renditions.get().html
    for personal in ("medlem i", "you are a member"):
        assert personal not in words
    assert mail != words


def test_a_member_and_a_stranger_and_a_representative_see_the_same(union, sign_in, draft):
    sent = confirmed(draft)
    assert look(sent).content == look(sent, sign_in(union.alice)).content == look(sent, sign_in(union.charlie)).content


def test_the_pictures_it_shows_are_published(draft):
    sent = confirmed(draft)
    assert not sent.renditions.get().pictures.filter(published=False).exists()


# --- before and without confirmation ------------------------------------------------------------------------------
def test_a_draft_has_no_page_even_with_its_true_address(draft):
    composing.freeze(draft, languages=["sv"])
    assert look(draft).status_code == 404


@pytest.mark.parametrize("state", ["hold", "scheduled", "sending", "paused", "done"])
def test_it_answers_in_every_state_after_the_confirmation(draft, state):
    sent = confirmed(draft)
    Mailing.unscoped.filter(pk=sent.pk).update(state=state, due_at=timezone.now())
    assert look(sent).status_code == 200


def test_what_waits_for_approval_has_none(draft):
    sent = confirmed(draft)
    Mailing.unscoped.filter(pk=sent.pk).update(state=MailingState.AWAITING_APPROVAL)
    assert look(sent).status_code == 404


def test_what_was_stopped_before_it_began_has_none_and_what_was_stopped_midway_keeps_it(draft):
    sent = confirmed(draft)
    Mailing.unscoped.filter(pk=sent.pk).update(state=MailingState.CANCELLED)
    assert look(sent).status_code == 200
    Mailing.unscoped.filter(pk=sent.pk).update(started_at=None)
    assert look(sent).status_code == 404


def test_what_was_confirmed_before_there_were_pages_has_none(draft):
    sent = confirmed(draft)
    sent.renditions.update(prints={})
    assert look(sent).status_code == 404


# --- its address --------------------------------------------------------------------------------------------------
def test_the_address_is_short_enough_to_print_and_its_token_is_masked_in_logs(draft):
    token = path_of(draft).split("/")[2]
    assert len(token) == 28
    assert token not in MAILED.sub(r"\1…", f'"GET {path_of(draft)} HTTP/1.1"')


def test_a_token_that_was_altered_opens_nothing(draft):
    path = path_of(confirmed(draft))
    token = path.split("/")[2]
    for place, letter in enumerate(token):
        forged = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        assert Client().get(f"/p/{forged}/").status_code == 404, place


@pytest.mark.parametrize("purpose", ["web", "unsubscribe", "Page", ""])
def test_a_token_for_another_purpose_opens_nothing(draft, purpose):
    sent = confirmed(draft)
    assert Client().get(f"/p/{seal(purpose, links.MAILING.pack(sent.pk))}/").status_code == 404
    assert Client().get(f"/m/{seal('page', links.MAILING.pack(sent.pk))}/").status_code == 404


@pytest.mark.parametrize("payload", [b"", b"\0" * 3, b"\0" * 5, b"\xff" * 4, b"\0" * 16], ids=repr)
def test_even_a_sealed_payload_must_name_a_mailing(draft, payload):
    confirmed(draft)
    assert Client().get(f"/p/{seal('page', payload)}/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_done_to_it(draft, method):
    assert getattr(Client(), method)(path_of(confirmed(draft))).status_code == 405


# --- its language -------------------------------------------------------------------------------------------------
@pytest.fixture
def spoken(draft) -> Mailing:
    """Confirmed in Swedish, Norwegian and English, each page saying its own language."""
    sent = confirmed(draft)
    for language in ("nb", "en"):
        one = sent.renditions.get(language="sv")
        web = one.prints["web"].replace('lang="sv"', f'lang="{language}"')
        Rendition.objects.create(
            mailing=sent, language=language, subject=one.subject, html=one.html, text=one.text, pdf=one.pdf,
            pdf_name=one.pdf_name, prints={**one.prints, "web": web},
        )  # fmt: skip
    return sent


@pytest.mark.parametrize(
    ("asked", "header", "expected"),
    [
        ("nb", "", "nb"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "no,en;q=0.5", "nb"),
        ("", "da,en;q=0.5", "en"),  # there is no Danish one
        ("da", "nn", "nb"),
        ("", "fi", "sv"),
        ("xx", "", "sv"),
        ("en", "nb", "en"),
    ],
)
def test_it_comes_in_the_language_asked_for(spoken, asked, header, expected):
    page = Client().get(path_of(spoken), {"language": asked} if asked else {}, HTTP_ACCEPT_LANGUAGE=header)
    assert page.headers["Content-Language"] == expected
    assert f'lang="{expected}"' in page.content.decode().split("<body")[0]
    assert "Accept-Language" in page.headers["Vary"]


def test_the_other_languages_are_one_press_away(spoken):
    words = look(spoken, HTTP_ACCEPT_LANGUAGE="sv").content.decode()
    assert '<b lang="sv" aria-current="true">Svenska</b>' in words
    assert 'href="?language=nb"' in words
    assert 'href="?language=en"' in words
    assert "language=da" not in words


def test_one_language_needs_no_switch(draft):
    assert "?language=" not in look(confirmed(draft)).content.decode()
