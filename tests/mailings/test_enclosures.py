"""Documents on a mailing: what is taken in, who may open them, for how long, and that they are frozen with it."""

from __future__ import annotations

import datetime
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from comms.people.models import Member
from comms.people.scope import Scope
from comms.people.tokens import seal
from comms.privacy.logs import MAILED
from mailings import by_clock, composing, dispatch, enclosures, lifecycle, links
from mailings.drafts import NotADraft
from mailings.models import Enclosure, Mailing, Recipient
from templates_lib import filekinds
from templates_lib.uploads import UploadRefused
from tests.factories import make_member
from tests.mailings.design import make_draft
from tests.mailings.post import send_everything

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def packed(*names: str, said: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if said:
            archive.writestr("mimetype", said)
        for name in names:
            archive.writestr(name, "<x/>")
    return out.getvalue()


def photo(kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    Image.effect_noise((80, 60), 90).convert("RGB").save(out, kind, exif=exif)
    return out.getvalue()


DOCX = packed("[Content_Types].xml", "word/document.xml")
ODT = packed("content.xml", said="application/vnd.oasis.opendocument.text")


@pytest.fixture
def draft(union) -> Mailing:
    make_member("Åsa", "Lind", placed=[union.branch_a], email="asa@example.com")
    make_member("Nils", "Ek", placed=[union.branch_a], email="nils@example.com", language="en")
    return make_draft(union.mandate(union.alice))


def add(draft: Mailing, name: str = "Budget 2027.pdf", content: bytes = PDF) -> Enclosure:
    return enclosures.add(mailing=draft, name=name, content=content, by=draft.author, now=timezone.now())


def fresh(mailing: Mailing) -> Mailing:
    return Mailing.unscoped.select_related("mandate__user", "mandate__unit", "unit", "topic").get(pk=mailing.pk)


def confirm(draft: Mailing) -> Mailing:
    now = timezone.now()
    scope = Scope.of(draft.author, on=timezone.localdate())
    mailing = fresh(draft)
    lifecycle.confirm(mailing=mailing, by=draft.author, scope=scope, now=now)
    return mailing


def sent(draft: Mailing) -> Mailing:
    mailing = confirm(draft)
    by_clock.start_due(now=mailing.due_at)
    send_everything()
    return fresh(mailing)


def path_of(mailing: Mailing, n: int = 1, **which) -> str:
    recipient = Recipient.unscoped.get(mailing=mailing, **which)
    return f"{links.documents_url(recipient.public_id)}{n}/".removeprefix("http://127.0.0.1:8000")


def url(name: str, mailing: Mailing, *more) -> str:
    return reverse(f"mailings:{name}", args=[mailing.public_id, *more])


# --- what is taken in ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (PDF, "pdf"),
        (DOCX, "docx"),
        (packed("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        (packed("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
        (ODT, "odt"),
        (packed(said="application/vnd.oasis.opendocument.spreadsheet"), "ods"),
        (photo(), "jpg"),
        (photo("PNG"), "jpg"),  # a photo stays one, whatever it came as
    ],
    ids=["pdf", "docx", "xlsx", "pptx", "odt", "ods", "jpg", "png"],
)
def test_the_content_says_what_a_file_is_and_not_its_name(draft, content, ending):
    assert add(draft, "Budget 2027.exe", content).name == f"Budget 2027.{ending}"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"hello", HTML, SVG, b"MZ\x90\x00", b"PK\x03\x04 broken", packed("a.txt"), packed("word/document.xml"),
        b"%PDF-1.7 never ends", b"\x89PNG\r\n\x1a\n broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old word",
        packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        packed("Basic/Standard/Module1.xml", said="application/vnd.oasis.opendocument.text"),
        packed("evil.html", said="text/html"), b"<?xml version='1.0'?>" + SVG, HTML + PDF,
    ],
    ids=range(16),
)  # fmt: skip
def test_what_may_run_or_is_not_on_the_list_is_refused_and_changes_nothing(draft, content):
    with pytest.raises(UploadRefused):
        add(draft, "budget.pdf", content)
    assert not Enclosure.objects.exists()
    assert fresh(draft).version == draft.version


def test_a_zip_with_very_many_parts_is_not_looked_through(monkeypatch):
    monkeypatch.setattr(filekinds, "ENTRIES", 1)
    assert filekinds.judge(DOCX) is None


def test_a_photo_loses_what_it_says_about_the_place(draft):
    assert b"where I live" in photo()
    assert b"where I live" not in bytes(add(draft, "Lokal.jpg", photo()).content)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Förslag till budget.pdf", "Förslag till budget.pdf"),
        ("C:\\Users\\alice\\budget.pdf", "budget.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("📎 budget.final.pdf", "budget.final.pdf"),
        ("a\r\nX-Evil: 1.pdf", "a X-Evil 1.pdf"),
        ("\u202efdp.exe", "fdp.pdf"),
        ("[[first_name]].pdf", "[[first_name]].pdf"),
        ("å" * 300 + ".pdf", "å" * 100 + ".pdf"),
        ("…", "….pdf"),
        (".pdf", "document.pdf"),
        ("", "document.pdf"),
    ],
)
def test_a_name_is_one_harmless_line(draft, typed, kept):
    assert add(draft, typed).name == kept


def test_number_and_size_have_a_limit(draft, settings):
    settings.DOCUMENT_MAX_COUNT, settings.DOCUMENT_MAX_BYTES = 2, 1024 * 1024
    add(draft)
    with pytest.raises(UploadRefused, match="1 MB"):
        add(draft, content=PDF + b" " * 1024 * 1024 + b"%%EOF")
    add(draft)
    with pytest.raises(UploadRefused, match="2"):
        add(draft)


# --- taken out, put back, frozen ----------------------------------------------------------------------------------
def test_a_document_that_was_taken_out_can_be_put_back_and_keeps_its_number(draft):
    first, second = add(draft), add(draft, "Motioner.docx", DOCX)
    assert enclosures.remove(mailing=draft, n=first.n, now=timezone.now())
    assert not enclosures.remove(mailing=draft, n=first.n, now=timezone.now())
    assert [one.n for one in enclosures.kept(draft)] == [second.n]
    assert enclosures.put_back(mailing=draft, n=first.n, now=timezone.now())
    assert [one.n for one in enclosures.kept(draft)] == [1, 2]
    assert add(draft).n == 3


def test_there_must_be_room_to_put_one_back(draft, settings):
    settings.DOCUMENT_MAX_COUNT = 1
    enclosures.remove(mailing=draft, n=add(draft).n, now=timezone.now())
    add(draft)
    assert not enclosures.put_back(mailing=draft, n=1, now=timezone.now())


def test_every_change_is_a_version_so_that_nobody_approves_another_list(draft):
    before = fresh(draft)
    add(draft)
    with pytest.raises(lifecycle.NotNow):
        lifecycle.confirm(
            mailing=before, by=draft.author, scope=Scope.of(draft.author, on=timezone.localdate()), now=timezone.now()
        )


def test_after_the_confirmation_nothing_changes_and_undo_gives_it_back(draft):
    add(draft)
    gone = add(draft, "Borttagen.pdf")
    enclosures.remove(mailing=draft, n=gone.n, now=timezone.now())
    mailing = confirm(draft)
    for change in (
        lambda: add(mailing),
        lambda: enclosures.remove(mailing=mailing, n=1, now=timezone.now()),
        lambda: enclosures.put_back(mailing=mailing, n=gone.n, now=timezone.now()),
    ):
        with pytest.raises(NotADraft):
            change()
    assert [one.name for one in Enclosure.objects.filter(mailing=mailing)] == ["Budget 2027.pdf"]
    lifecycle.undo(mailing=mailing, by=draft.author, now=timezone.now())
    assert enclosures.remove(mailing=mailing, n=1, now=timezone.now())


# --- in the message -----------------------------------------------------------------------------------------------
def test_each_reader_gets_links_of_their_own_in_mail_and_text(draft, settings):
    add(draft)
    add(draft, "Motioner.docx", DOCX)
    mailing = sent(draft)
    for recipient in Recipient.unscoped.filter(mailing=mailing):
        assert recipient.state == "sent"
        [mail] = settings.MAIL_DIR.rglob(f"{recipient.public_id.hex}*.eml")
        content = mail.read_bytes().replace(b"=\r\n", b"").replace(b"=3D", b"=")
        begin = links.documents_url(recipient.public_id).encode()
        assert content.count(begin + b"1/") == content.count(begin + b"2/") == 2
        for other in Recipient.unscoped.filter(mailing=mailing).exclude(pk=recipient.pk):
            assert links.documents_url(other.public_id).encode() not in content


def test_the_heading_speaks_the_readers_language_and_a_name_is_never_a_field(draft):
    add(draft, "[[first_name]] & <b>.pdf")
    for language, heading in (("sv", "Dokument"), ("en", "Documents")):
        page = enclosures.put_into(composing.document(draft, language=language), draft)
        [block] = [block for block in page.blocks if block.kind == "documents"]
        assert page.language != language or block.heading == heading
    html = composing.mail(draft, language="sv")
    assert "[[first_name]] &amp; b.pdf" in html
    assert html.index("b.pdf") < html.index("alice@example.org")


def test_paper_names_the_documents_and_the_open_page_does_not(draft):
    add(draft)
    rendition = confirm(draft).renditions.get(language="sv")
    assert "Budget 2027.pdf" in rendition.prints["letter"]
    assert "documents_url" not in rendition.prints["letter"]
    assert "Budget 2027.pdf" not in rendition.prints["web"]
    assert "Budget 2027.pdf" not in rendition.prints["poster_a4"]


def test_a_message_without_documents_is_as_before(draft):
    before = composing.mail(draft, language="sv")
    one = add(draft)
    assert composing.mail(draft, language="sv") != before
    enclosures.remove(mailing=draft, n=one.n, now=timezone.now())
    assert composing.mail(draft, language="sv") == before


def test_the_web_copy_leads_to_the_readers_own_documents(draft):
    add(draft)
    mailing = sent(draft)
    recipient = Recipient.unscoped.get(mailing=mailing, address="asa@example.com")
    page = Client().get(links.web_url(recipient.public_id).removeprefix("http://127.0.0.1:8000"))
    assert f"{links.documents_url(recipient.public_id)}1/" in page.content.decode()


def test_a_test_to_oneself_leads_into_the_portal(draft, settings):
    add(draft)
    dispatch.send_test(mailing=fresh(draft), user=draft.author)
    [mail] = settings.MAIL_DIR.rglob("test-*.eml")
    content = mail.read_bytes().replace(b"=\r\n", b"").decode()
    assert f"{links.own_documents_url(draft)}1/" in content
    assert links.own_documents_url(draft).endswith(url("document", draft, 1).removesuffix("1/"))


# --- opened by members --------------------------------------------------------------------------------------------
def test_a_member_opens_it_without_signing_in_and_it_can_do_nothing_here(draft):
    add(draft)
    mailing = sent(draft)
    reply = Client().get(path_of(mailing, address="asa@example.com"))
    assert (reply.status_code, reply.content) == (200, PDF)
    assert reply.headers["Content-Type"] == "application/pdf"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="Budget 2027.pdf"'
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert "private" in reply.headers["Cache-Control"]
    assert "no-store" in reply.headers["Cache-Control"]
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    assert not reply.cookies


def test_looking_ten_times_changes_nothing(draft):
    add(draft)
    mailing = sent(draft)
    before = list(Recipient.unscoped.order_by("pk").values()), Mailing.unscoped.values().get(pk=mailing.pk)
    for _n in range(10):
        assert Client().get(path_of(mailing, address="asa@example.com")).status_code == 200
    assert before == (list(Recipient.unscoped.order_by("pk").values()), Mailing.unscoped.values().get(pk=mailing.pk))


def test_when_its_time_is_over_one_page_says_so_in_the_members_language(draft, settings):
    add(draft)
    mailing = sent(draft)
    started = timezone.now() - datetime.timedelta(days=settings.DOCUMENT_DAYS)
    Mailing.unscoped.filter(pk=mailing.pk).update(started_at=started + datetime.timedelta(minutes=1))
    assert Client().get(path_of(mailing, address="nils@example.com")).status_code == 200
    Mailing.unscoped.filter(pk=mailing.pk).update(started_at=started)
    page = Client().get(path_of(mailing, address="nils@example.com"))
    assert page.status_code == 410
    assert page.headers["Content-Language"] == "en"
    assert "no longer here" in page.content.decode()
    assert PDF not in page.content
    assert not page.cookies


def test_an_erased_member_and_one_who_is_gone_have_no_link_any_more(draft):
    add(draft)
    mailing = sent(draft)
    path = path_of(mailing, address="asa@example.com")
    Member.unscoped.filter(email="asa@example.com").update(erased_at=timezone.now())
    assert Client().get(path).status_code == 404
    other = path_of(mailing, address="nils@example.com")
    Recipient.unscoped.filter(address="nils@example.com").update(member=None)
    assert Client().get(other).status_code == 404


@pytest.mark.parametrize("state", ["queued", "claimed", "deferred", "failed", "skipped"])
def test_whoever_cannot_have_the_mail_has_no_document(draft, state):
    add(draft)
    mailing = sent(draft)
    later = timezone.now() if state == "deferred" else None
    Recipient.unscoped.filter(address="asa@example.com").update(state=state, reason="cancelled", next_at=later)
    assert Client().get(path_of(mailing, address="asa@example.com")).status_code == 404


@pytest.mark.parametrize("state", ["committing", "unknown", "delivered", "complained"])
def test_whoever_may_have_it_can_open_it_at_once(draft, state):
    add(draft)
    mailing = sent(draft)
    Recipient.unscoped.filter(address="asa@example.com").update(state=state)
    assert Client().get(path_of(mailing, address="asa@example.com")).status_code == 200


def test_undone_means_that_no_link_answers(draft):
    add(draft)
    mailing = confirm(draft)
    path = path_of(mailing, address="asa@example.com")
    lifecycle.undo(mailing=mailing, by=draft.author, now=timezone.now())
    assert Client().get(path).status_code == 404


def test_tokens_for_another_purpose_or_number_open_nothing(draft):
    add(draft)
    mailing = sent(draft)
    path = path_of(mailing, address="asa@example.com")
    token = path.split("/")[2]
    assert Client().get(path.replace("/1/", "/2/")).status_code == 404
    assert Client().get(f"/m/{token}/").status_code == 404
    assert Client().get(f"/u/{token}/").status_code == 404
    recipient = Recipient.unscoped.get(address="asa@example.com").public_id.bytes
    for purpose in ("web", "unsubscribe", "page", "Documents"):
        assert Client().get(f"/d/{seal(purpose, recipient)}/1/").status_code == 404
    for payload in (b"", b"\0" * 15, b"\0" * 16, b"\xff" * 17):
        assert Client().get(f"/d/{seal('documents', payload)}/1/").status_code == 404
    assert token not in MAILED.sub(r"\1…", f'"GET {path} HTTP/1.1"')


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_done_to_it(draft, method):
    add(draft)
    assert getattr(Client(), method)(path_of(sent(draft), address="asa@example.com")).status_code == 405


# --- handled by representatives -----------------------------------------------------------------------------------
def upload(name: str = "Budget.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def test_alice_adds_looks_takes_out_and_puts_back(union, sign_in, draft):
    alice = sign_in(union.alice)
    files = [upload(), upload("Ond.pdf", HTML), upload("Motioner.docx", DOCX)]
    page = alice.post(url("document_add", draft), {"document": files}, follow=True)
    said = [str(message) for message in page.context["messages"]]
    assert [one.name for one in enclosures.kept(draft)] == ["Budget.pdf", "Motioner.docx"]
    assert any("Ond.pdf" in line for line in said)
    assert 'id="documents"' in page.content.decode()
    assert alice.get(url("document", draft, 1)).content == PDF
    page = alice.post(url("document_remove", draft, 1), follow=True)
    assert url("document_put_back", draft, 1) in page.content.decode()
    assert alice.get(url("document", draft, 1)).status_code == 404
    alice.post(url("document_put_back", draft, 1))
    assert alice.get(url("document", draft, 1)).status_code == 200


def test_nothing_chosen_is_said(union, sign_in, draft):
    page = sign_in(union.alice).post(url("document_add", draft), follow=True)
    assert [message.tags for message in page.context["messages"]] == ["error"]


def test_a_file_above_the_limit_is_not_read(union, sign_in, draft, settings):
    settings.DOCUMENT_MAX_BYTES = 10
    sign_in(union.alice).post(url("document_add", draft), {"document": upload()})
    assert not Enclosure.objects.exists()


def test_after_the_confirmation_the_pages_say_that_they_are_locked(union, sign_in, draft):
    add(draft)
    mailing = confirm(draft)
    alice = sign_in(union.alice)
    for name, more in (("document_add", ()), ("document_remove", (1,)), ("document_put_back", (1,))):
        files = {"document": upload()} if name == "document_add" else {}
        reply = alice.post(url(name, mailing, *more), files)
        assert (reply.status_code, reply.url) == (302, url("sent", mailing))
    assert Enclosure.objects.count() == 1
    report = alice.get(url("sent", mailing)).content.decode()
    assert url("document", mailing, 1) in report
    assert "/documents/add/" not in report


def test_the_region_opens_those_of_what_was_sent_and_not_of_a_draft(union, sign_in, draft):
    add(draft)
    bob = sign_in(union.bob)
    assert bob.get(url("document", draft, 1)).status_code == 404
    mailing = confirm(draft)
    assert bob.get(url("document", mailing, 1)).status_code == 200
    assert bob.post(url("document_remove", mailing, 1)).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_documents_costs_one_query(union, sign_in, draft, rows, django_assert_num_queries):
    for _n in range(rows):
        add(draft)
    alice = sign_in(union.alice)
    mailing = sent(draft)
    with django_assert_num_queries(19):
        alice.get(url("sent", mailing))
