"""What attached files say is read once, in a limited process, and never troubles a reader."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pikepdf
import pytest
from django.utils import timezone

from cms import extracting, tasks
from cms.models import Attachment, FileText
from cms.models.files import text_of
from comms.people.models import User
from templates_lib import bell
from templates_lib.render.pdf import pdf_bytes
from tests.library.shelves import article, document
from tests.templates_lib.test_pictures import photo

pytestmark = pytest.mark.django_db
WORDS = "Milersättning för förtroendevalda"
PAPER = f"<html lang=sv><title>x</title><body><h1>{WORDS}</h1><p>Ingen ska betala själv."


def zipped(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return out.getvalue()


def pdf() -> bytes:
    return pdf_bytes(PAPER, {}, kind="invitation")


def locked() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as opened:
        opened.save(out, encryption=pikepdf.Encryption(user="hemligt", owner="hemligt"))
    return out.getvalue()


def docx() -> bytes:
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    rel = "http://schemas.openxmlformats.org"
    return zipped(**{
        "[Content_Types]_DOT_xml": f'<Types xmlns="{rel}/package/2006/content-types"/>',
        "_rels__.rels": f'<Relationships xmlns="{rel}/package/2006/relationships"><Relationship Id="r1" Type="{rel}'
        '/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word__document_DOT_xml": f"<w:document {w}><w:body><w:p><w:r><w:t>{WORDS}</w:t></w:r></w:p></w:body>"
        "</w:document>",
    })  # fmt: skip


def xlsx() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append([WORDS, 25])
    book.save(out)
    return out.getvalue()


def odt() -> bytes:
    text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    return zipped(
        mimetype="application/vnd.oasis.opendocument.text",
        content_DOT_xml=f'<x xmlns:t="{text}"><t:p>{WORDS[:5]}<t:span>{WORDS[5:]}</t:span></t:p></x>',
    )


def pptx() -> bytes:
    a = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    return zipped(**{
        "[Content_Types]_DOT_xml": "<Types/>", "ppt__presentation_DOT_xml": "<x/>",
        "ppt__slides__slide1_DOT_xml": f"<x {a}><a:p><a:r><a:t>{WORDS}</a:t></a:r></a:p></x>",
    })  # fmt: skip


READ = {"a.pdf": pdf, "a.docx": docx, "a.xlsx": xlsx, "a.odt": odt, "a.pptx": pptx,
        "a.txt": lambda: WORDS.encode(), "a.csv": lambda: WORDS.encode("cp1252")}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_the_words_of_a_file_are_found(name):
    held = document(content=READ[name](), name=name)
    state, text = extracting.read(held)
    assert (state, WORDS in " ".join(text.split())) == ("read", True)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
) + "]><x>&j;</x>"  # fmt: skip
TROUBLE = {
    "locked": ("a.pdf", locked, "locked"),
    "broken pdf": ("a.pdf", lambda: b"%PDF-1.7 rubbish %%EOF", "broken"),
    "broken docx": ("a.docx", lambda: zipped(
        **{"[Content_Types]_DOT_xml": "", "word__document_DOT_xml": "<"}), "broken"),
    "a bomb of entities": ("a.odt", lambda: zipped(
        mimetype="application/vnd.oasis.opendocument.text", content_DOT_xml=BOMB), "broken"),
    "no file of ours": ("a.pdf", lambda: b"<script>", "broken"),
    "empty": ("a.txt", lambda: b" \n", "empty"),
    "a picture": ("a.jpg", photo, "picture"),
}  # fmt: skip


@pytest.mark.parametrize("name", TROUBLE)
def test_a_file_that_cannot_be_read_is_noted_and_troubles_nobody(name, library, union, sign_in):
    called, make, state = TROUBLE[name]
    held = document(content=make(), name=called)
    page = article("Fil?", under=library.shelf, attachments=[Attachment(document=held)])
    extracting.extract(held.pk, now=timezone.now())
    assert (held.read_as.state, held.read_as.text) == (state, "")
    assert text_of(page) == ""
    assert sign_in(union.alice).get(f"/library/{page.public_id}/").status_code == 200


def test_a_file_that_takes_too_long_or_too_much_is_left(monkeypatch):
    monkeypatch.setattr(extracting, "WALL", 0.01)
    assert extracting.run(pdf(), "pdf") == ("too_large", "")
    monkeypatch.undo()
    huge = io.BytesIO()
    with zipfile.ZipFile(huge, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
        archive.writestr("content.xml", b"<x>" + b" " * 50_000_000 + b"</x>")
    assert extracting.run(huge.getvalue(), "odt") == ("too_large", "")


def test_when_a_file_is_read_the_pages_that_have_it_are_indexed_again(library, monkeypatch):
    held = document(content=WORDS.encode(), name="a.txt")
    page = article("Fil?", under=library.shelf, attachments=[Attachment(document=held)])
    article("Utkast?", under=library.shelf, attachments=[Attachment(document=held)], live=False)
    told = []
    monkeypatch.setattr(extracting.indexing, "index", lambda one: told.append(one.pk))
    tasks.extract(held.pk)
    assert told == [page.pk]
    assert text_of(page) == WORDS


def test_an_upload_rings_the_bell_and_the_sweep_finds_what_nobody_heard(
    monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr(bell, "ring", lambda task, *ids: rung.append((task, ids)))
    with django_capture_on_commit_callbacks(execute=True):
        held = document(content=WORDS.encode(), name="a.txt")
    assert rung == [("cms.tasks.extract", (held.pk,))]
    assert extracting.sweep(now=timezone.now()) == 1
    assert extracting.sweep(now=timezone.now()) == 0
    other = document(content=b"Annan text", name="b.txt")
    held.file = other.file.name  # staff have put another file in its place
    held.save()
    extracting.sweep(now=timezone.now())
    held.read_as.refresh_from_db()
    assert held.read_as.text == "Annan text"


def test_a_document_that_is_gone_is_no_error(db):
    tasks.extract(12345)
    assert not FileText.objects.exists()


def test_staff_see_which_files_could_not_be_read(union, sign_in):
    for name, content in (("Låst", locked()), ("Hel", pdf())):
        extracting.extract(document(name, content).pk, now=timezone.now())
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    shown = staff.get("/admin/reports/files/").content.decode()
    assert "Låst" in shown
    assert "Hel<" not in shown
    assert sign_in(union.alice).get("/admin/reports/files/").status_code == 404
