"""Posters, the picture, the text message and the preview's tabs: each at its own address, frozen once confirmed."""

from __future__ import annotations

import datetime
import io
import re
from urllib.parse import unquote

import pypdfium2
import pytest
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import pgettext
from PIL import Image

from mailings import composing, links, prints
from mailings.models import Mailing, MailingState
from templates_lib.models import GateRun
from templates_lib.pdf_worker import PdfFailed
from tests.factories import make_member
from tests.mailings.design import HEADING, make_draft


@pytest.fixture
def alice(union, sign_in):
    return sign_in(union.alice)


@pytest.fixture
def draft(union) -> Mailing:
    make_member("Åsa", "Lind", placed=[union.branch_a])
    return make_draft(union.mandate(union.alice))


@pytest.fixture
def sent(draft) -> Mailing:
    """The draft, confirmed and done."""
    return confirmed(draft)


def confirmed(draft: Mailing, *, languages: tuple[str, ...] = ("sv",)) -> Mailing:
    composing.freeze(draft, languages=languages)
    now = timezone.now()
    Mailing.unscoped.filter(pk=draft.pk).update(
        state=MailingState.DONE, confirmed_at=now, confirmed_by=draft.author, started_at=now, finished_at=now
    )
    return Mailing.unscoped.get(pk=draft.pk)


def url(name: str, mailing: Mailing, *more: str) -> str:
    return reverse(f"mailings:{name}", args=[mailing.public_id, *more])


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    said = " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())
    document.close()
    return said


def name_of(response) -> str:
    return unquote(response.headers["Content-Disposition"])


# --- the preview ----------------------------------------------------------------------------------------------------
def test_every_face_has_its_tab_and_its_address(alice, draft):
    page = alice.get(url("preview", draft)).content.decode()
    assert 'class="device phone"' in page, "most members read it there, so that is what one sees first"
    for face in ("phone", "desktop", "dark", "images-off", "text", "pdf", "poster", "square", "sms"):
        assert url("preview", draft, face) in page
        assert alice.get(url("preview", draft, face)).status_code == 200, face


@pytest.mark.parametrize("face", ["pdf", "poster", "square"])
def test_what_is_drawn_is_shown_as_a_picture_with_its_files_marked_as_drafts(alice, draft, face):
    page = alice.get(url("preview", draft, face))
    assert b"data:image/png;base64," in page.content
    assert 'alt=""' not in page.content.decode()
    for name, _label in page.context["papers"]:
        assert url("proof", draft, name) in page.content.decode()


@pytest.mark.parametrize("face", ["pdf", "poster", "square"])
def test_why_it_cannot_be_drawn_is_told_in_place(alice, draft, face, monkeypatch):
    def fail(*_args, **_kwargs):
        raise PdfFailed("picture")

    caches["memory"].clear()
    monkeypatch.setattr("templates_lib.pdf_worker.make_pdf", fail)
    page = alice.get(url("preview", draft, face))
    assert page.status_code == 200
    assert str(PdfFailed("picture").reason) in text(page)
    paper = page.context["papers"][0][0]
    told = alice.get(url("proof", draft, paper))
    assert told.status_code == 422
    assert str(PdfFailed("picture").reason) in text(told)


def test_dark_is_the_same_mail_with_its_dark_colours_on(alice, draft):
    light, dark = (alice.get(url(name, draft)).content.decode() for name in ("frame", "frame_dark"))
    assert "prefers-color-scheme: dark" in light
    assert light.replace("@media (prefers-color-scheme: dark)", "@media all") == dark
    assert url("frame_dark", draft) in alice.get(url("preview", draft, "dark")).content.decode()


def test_images_off_is_the_same_mail_in_a_frame_that_may_load_none(alice, draft):
    with_them, without = alice.get(url("frame", draft)), alice.get(url("frame_images_off", draft))
    assert with_them.content == without.content
    assert "img-src 'none'" in without.headers["Content-Security-Policy"]
    assert "img-src 'self'" in with_them.headers["Content-Security-Policy"]


def test_the_text_message_says_what_it_costs_and_what_makes_it_dear(alice, draft):
    draft.values[f"{HEADING}.text"] = "Möte i Máze"
    draft.save()
    page = alice.get(url("preview", draft, "sms"))
    assert "Möte i Máze" in text(page)
    assert (page.context["cost"].encoding, page.context["cost"].odd_characters) == ("UCS-2", ("á",))
    assert '<b class="odd">á</b>' in page.content.decode()


def noon(day: int) -> datetime.datetime:
    return datetime.datetime(2027, 3, day, 12, tzinfo=datetime.UTC)


def test_the_newest_passed_gate_run_of_the_pinned_design_is_told(alice, draft):
    def run(**fields):
        given = {"state": "passed", "revision": draft.revision, "finished_at": noon(12)}
        return GateRun.objects.create(template=draft.template, **{**given, **fields})

    assert alice.get(url("preview", draft)).context["tested_at"] is None
    run()
    run(state="refused", finished_at=noon(14))
    run(revision=draft.template.save_revision(), finished_at=noon(15))
    page = alice.get(url("preview", draft))
    assert page.context["tested_at"].day == 12
    assert "12 mars" in text(page)


# --- files ----------------------------------------------------------------------------------------------------------
def test_a_draft_s_files_are_marked_on_every_page_and_in_their_name(alice, draft):
    for name in ("poster-a4", "poster-a3", "pdf"):
        answer = alice.get(url("proof", draft, name), {"language": "sv"})
        assert answer.headers["Content-Type"] == "application/pdf"
        said = text_of(answer.content)
        assert mark() in said
        assert mark().lower() in name_of(answer)
    assert alice.get(url("proof", draft, "image")).content.startswith(b"\x89PNG")
    assert alice.get(url("proof", draft, "fax")).status_code == 404


def mark() -> str:
    with translation.override("sv"):
        return pgettext("message", "Draft")


def test_a_draft_has_no_unmarked_files(alice, draft):
    assert alice.get(url("print", draft, "poster-a4")).status_code == 404
    assert alice.get(url("pdf", draft)).status_code == 404


def test_confirmed_files_carry_no_mark_and_names_people_recognise(alice, sent):
    poster = alice.get(url("print", sent, "poster-a4"))
    assert text_of(poster.content).count(mark()) == 0
    assert "Kallelse till årsmöte – " in name_of(poster)
    assert name_of(poster).endswith("A4.pdf")
    picture = Image.open(io.BytesIO(alice.get(url("print", sent, "image")).content))
    assert (picture.format, picture.size) == ("PNG", (1080, 1080))
    assert alice.get(url("print", sent, "fax")).status_code == 404
    assert alice.get(url("proof", sent, "poster-a4")).url == url("sent", sent)


def test_what_is_handed_out_afterwards_is_what_was_confirmed(alice, sent):
    Mailing.unscoped.filter(pk=sent.pk).update(values={**sent.values, f"{HEADING}.text": "Något annat"})
    said = text_of(alice.get(url("print", sent, "poster-a4")).content)
    assert "Årsmöte på Folkets hus" in said
    assert "Något annat" not in said


def test_the_poster_leads_to_the_page_of_this_mailing(alice, sent):
    address = links.page_url(sent)
    assert address.removeprefix("http://") in text_of(alice.get(url("print", sent, "poster-a4")).content)
    assert address in sent.renditions.get().prints["sms"]


def test_the_same_page_is_drawn_once(alice, sent, monkeypatch):
    first = alice.get(url("print", sent, "poster-a4")).content
    monkeypatch.setattr("templates_lib.pdf_worker.make_pdf", None)
    assert alice.get(url("print", sent, "poster-a4")).content == first


def test_the_report_offers_files_a_text_and_an_address(alice, sent):
    page = alice.get(url("sent", sent)).content.decode()
    for name in prints.PAPERS:
        assert url("print", sent, name) in page
    assert f'value="{links.page_url(sent)}"' in page
    assert "Förbundet: Årsmöte på Folkets hus." in page


def test_a_report_from_before_there_were_posters_still_opens(alice, sent):
    sent.renditions.update(prints={})
    page = alice.get(url("sent", sent)).content.decode()
    assert url("pdf", sent) in page
    assert url("print", sent, "poster-a4") not in page


def test_those_above_take_files_of_what_was_sent_but_not_of_drafts(union, sign_in, draft):
    bob = sign_in(union.bob)
    assert bob.get(url("proof", draft, "poster-a4")).status_code == 404
    assert bob.get(url("print", confirmed(draft), "poster-a4")).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_report_with_files_costs_the_same_for_one_and_three_rows(
    rows, union, alice, sent, django_assert_num_queries
):
    for n in range(rows):
        sent.recipients.create(member=make_member(f"Åsa{n}"), language="sv", state="sent")
    with django_assert_num_queries(12):
        alice.get(url("sent", sent))
