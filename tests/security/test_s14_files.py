"""A stored file is not for whoever guesses its address (threat S14): pictures, media, PDFs, all on the disk."""

from __future__ import annotations

import uuid
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from cms.models import Attachment, HomePage, MinutesPage, ShelfPage
from cms.sheets import pictures_of
from comms.people.models import User
from mailings.models import Mailing, MailingState, Rendition
from templates_lib import artwork, pictures
from templates_lib.models import Brand, Picture
from tests.library.shelves import document, figure, minutes, put
from tests.mailings.design import IMAGE, make_draft, make_template
from tests.templates_lib.test_pictures import photo

SECRET = b"%PDF-1.7 the secret of branch A"


@pytest.fixture
def draft(union) -> Mailing:
    return make_draft(union.mandate(union.alice))


@pytest.fixture
def uploaded(union, draft, sign_in) -> Picture:
    """A picture that Alice put into her draft on the text page."""
    upload = SimpleUploadedFile("a.jpg", photo(), "image/jpeg")
    reply = sign_in(union.alice).post(
        f"/invitations/{draft.public_id}/save/", {"version": draft.version, f"{IMAGE}.picture:file": upload}
    )
    assert reply.status_code == 302
    return Picture.objects.get()


def asked(client, path: str) -> int:
    return client.get(path).status_code


# --- pictures ---------------------------------------------------------------------------------------------------


def test_a_picture_in_a_draft_is_for_those_who_share_the_draft(union, uploaded, sign_in, client):
    assert asked(sign_in(union.alice), uploaded.path) == 200
    strangers = [client, *(sign_in(user) for user in (union.bob, union.charlie, union.dora))]
    assert [asked(stranger, uploaded.path) for stranger in strangers] == [404] * 4
    assert asked(sign_in(User.objects.create_superuser("staff@example.org")), uploaded.path) == 200


def test_the_same_file_uploaded_in_two_branches_is_for_both(union, uploaded, sign_in):
    other = make_draft(union.mandate(union.charlie))
    assert pictures.store(photo(), private=True) != uploaded  # noise: another picture every time
    Mailing.unscoped.filter(pk=other.pk).update(values={f"{IMAGE}.picture": {"sha256": uploaded.pk, "alt": "x"}})
    assert [asked(sign_in(user), uploaded.path) for user in (union.alice, union.charlie, union.bob)] == [200, 200, 404]


def test_a_picture_in_another_language_of_the_draft_is_seen_too(union, draft, sign_in):
    picture = pictures.store(photo(), private=True)
    assert asked(sign_in(union.alice), picture.path) == 404
    shown = {"en": {"values": {f"{IMAGE}.picture": {"sha256": picture.pk, "alt": "x"}}}}
    Mailing.unscoped.filter(pk=draft.pk).update(translations=shown)
    assert asked(sign_in(union.alice), picture.path) == 200
    assert asked(sign_in(union.charlie), picture.path) == 404


def test_once_sent_it_is_for_everybody(union, uploaded, sign_in, client):
    Picture.objects.update(published=True)
    assert [asked(one, uploaded.path) for one in (client, sign_in(union.charlie), sign_in(union.dora))] == [200] * 3


def test_staffs_own_pictures_are_for_representatives_with_a_live_mandate(union, sign_in, client):
    logo = pictures.store(artwork.mark())
    Brand.objects.create(unit=union.root, name="F", logo=logo)
    assert [asked(sign_in(user), logo.path) for user in (union.alice, union.bob, union.charlie)] == [200] * 3
    assert [asked(one, logo.path) for one in (client, sign_in(union.dora))] == [404] * 2


def test_what_staff_keep_too_is_private_no_longer(union, sign_in):
    upload = photo()
    assert pictures.store(upload, private=True).private
    assert not pictures.store(upload).private
    assert not pictures.store(upload, private=True).private
    assert asked(sign_in(union.charlie), Picture.objects.get().path) == 200


def test_a_hash_in_a_posted_form_opens_nothing(union, uploaded, sign_in):
    """Charlie names Alice's picture in his own draft: the form takes files, never hashes."""
    other = make_draft(union.mandate(union.charlie))
    posted = {"version": other.version, f"{IMAGE}.picture:sha256": uploaded.pk, f"{IMAGE}.picture:alt": "x"}
    sign_in(union.charlie).post(f"/invitations/{other.public_id}/save/", posted)
    assert asked(sign_in(union.charlie), uploaded.path) == 404


# --- staff media ---------------------------------------------------------------------------------------------------


@pytest.fixture
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    (tmp_path / "secret_key").write_text("s3cr3t")
    return settings.MEDIA_ROOT


@pytest.fixture
def stored(media, db) -> list[Path]:
    """An image with a thumbnail and a document, as Wagtail keeps them."""
    image = get_image_model().objects.create(
        title="x", file=ContentFile(photo(), "fjall.jpg"), file_hash=uuid.uuid4().hex[:40]
    )
    image.get_rendition("width-20")
    get_document_model().objects.create(title="x", file=ContentFile(b"<script>1</script>", "protokoll.html"))
    files = [path for path in media.rglob("*") if path.is_file()]
    assert len(files) == 3
    return files


def test_nothing_in_the_media_folder_is_for_representatives_or_strangers(stored, media, union, sign_in, client):
    people = [client, *(sign_in(user) for user in (union.alice, union.bob, union.charlie, union.dora))]
    for path in stored:
        address = f"/media/{path.relative_to(media)}"
        assert [asked(person, address) for person in people] == [404] * 5
        for elsewhere in ("documents", "admin/documents", "static", "files"):
            assert asked(client, f"/{elsewhere}/{path.relative_to(media)}") in {302, 404}


def test_a_page_among_the_documents_is_saved_not_opened(stored, media, db, sign_in):
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    for path in stored:
        reply = staff.get(f"/media/{path.relative_to(media)}")
        assert reply.status_code == 200
        assert reply["X-Content-Type-Options"] == "nosniff"
        assert (reply.get("Content-Disposition") == "attachment") == (path.suffix == ".html")
        assert "script-src" in reply["Content-Security-Policy"]
        b"".join(reply.streaming_content)


CLIMBS = [
    "../{name}", "..%2f{name}", "%2e%2e/{name}", "%2e%2e%2f{name}", "..%5c{name}", "x/../../{name}", "/{path}",
    "%2f{quoted}", "....//{name}", "..%00/{name}", "..%c0%af{name}", "..;/{name}",
]  # fmt: skip


@pytest.mark.parametrize("root", ["media", "static", "i"])
@pytest.mark.parametrize("climb", CLIMBS)
def test_no_address_climbs_out_of_a_folder(media, db, sign_in, client, climb, root):
    secret = media.parent / "secret_key"
    places = {"name": secret.name, "path": str(secret).lstrip("/"), "quoted": quote(str(secret)[1:], safe="")}
    address = f"/{root}/{climb.format(**places)}"
    for person in (client, sign_in(User.objects.create_superuser("staff@example.org"))):
        reply = person.get(address)
        assert reply.status_code in {301, 302, 400, 404}, address
        assert b"s3cr3t" not in b"".join(reply)


def test_nothing_on_this_machines_disk_answers_under_any_prefix(union, sign_in, client, settings, tmp_path):
    """Mail written to files, the journal, letters, the key, the database: whatever the server keeps."""
    settings.VAR_DIR = settings.MAIL_DIR = settings.JOURNAL_DIR = tmp_path
    kept = ["mail/ab/1.eml", "journal/1.journal", "letters/run.pdf", "letters/1/run.pdf", "secret_key", "db.sqlite3"]
    for name in kept:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(SECRET)
    prefixes = ("", "media/", "static/", "var/", "letters/", "files/", "invitations/", "i/", "m/", "media/../")
    for person in (client, sign_in(union.alice)):
        for address in (f"/{prefix}{name}" for prefix in prefixes for name in kept):
            reply = person.get(address, follow=True)
            assert reply.status_code == 404 or "/accounts/login/" in reply.redirect_chain[-1][0], address
            assert SECRET not in b"".join(reply)


# --- what hangs on a mailing ----------------------------------------------------------------------------------------


def files_of(mailing: Mailing) -> list[str]:
    """Every address under the mailing that could hand out a file."""
    from comms.people.checks import patterns

    routes = [route for route, _pattern in patterns() if route.startswith("invitations/<uuid:public_id>/")]
    assert "invitations/<uuid:public_id>/pdf/" in routes
    fills = {"<uuid:public_id>": str(mailing.public_id), "<slug:face>": "mail", "<slug:reason>": "no_address"}
    addresses = []
    for route in routes:
        for part, value in fills.items():
            route = route.replace(part, value)
        addresses.append("/" + route.replace("<uuid:run>", str(mailing.public_id)).replace("<int:n>", "1"))
    return addresses


def test_pdfs_and_letters_of_a_sent_invitation_are_not_there_for_another_branch(union, draft, sign_in, client):
    Mailing.unscoped.filter(pk=draft.pk).update(
        state=MailingState.DONE, confirmed_at=timezone.now(), confirmed_by=union.alice
    )
    Rendition.objects.create(mailing=draft, language="sv", subject="x", html="x", text="x", pdf=SECRET, pdf_name="a")
    address = f"/invitations/{draft.public_id}/pdf/"
    assert sign_in(union.alice).get(address).content == SECRET
    for address in files_of(draft):
        assert [asked(sign_in(user), address) for user in (union.charlie, union.dora)] == [404] * 2, address
        reply = client.get(address)
        assert reply.status_code == 404 or reply.url.startswith("/accounts/login/"), address


def test_the_template_of_a_draft_brings_its_own_pictures(union, sign_in):
    """What staff chose in a template is theirs, so every representative who may use it sees it."""
    hero = pictures.store(artwork.hero())
    template = make_template()
    body = [{**block.get_prep_value()} for block in template.body]
    next(block for block in body if block["type"] == "image")["value"]["picture"]["picture"] = hero.pk
    template.body = body
    template.save()
    assert asked(sign_in(union.charlie), hero.path) == 200


# --- what lies in the library -----------------------------------------------------------------------------------------


@pytest.fixture
def shelved(media, union) -> MinutesPage:
    """Minutes of branch B with a file, a picture and what was drawn of it: all that is stored of them."""
    shelf = put(ShelfPage(title="Möten"), under=HomePage.objects.get())
    page = minutes("Hemligt möte", under=shelf, units=(union.branch_b,), body=[figure()],
                   attachments=[Attachment(document=document())])  # fmt: skip
    assert len(list(media.rglob("*.*"))) == 4
    return page


def addresses_of(page: MinutesPage) -> list[str]:
    """Its file and its picture in every width, where they are read and where they would be if they were open."""
    file, image = page.attachments.get(), pictures_of(MinutesPage.objects.get(pk=page.pk)).pop()
    paths = [f"files/{file.public_id}/", *(f"pictures/{image}/{size}" for size in ("", "?width=480", "?width=960"))]
    return [f"/{place}/{page.public_id}/{path}" for place in ("library", "open") for path in paths]


def test_files_of_another_branch_are_not_there(union, shelved, sign_in, client):
    for address in addresses_of(shelved):
        expected = 200 if address.startswith("/library/") else 404
        assert asked(sign_in(union.charlie), address) == expected, address
        assert [asked(sign_in(user), address) for user in (union.alice, union.bob, union.dora)] == [404] * 3, address
        reply = client.get(address)
        assert reply.status_code == 404 or reply.url.startswith("/accounts/login/"), address


def test_no_stored_file_of_the_library_is_to_be_had_by_its_place_on_the_disk(union, shelved, media, sign_in, client):
    """Not even by those who may read the page."""
    stored = [path.relative_to(media) for path in media.rglob("*") if path.is_file()]
    for place in ("media", "documents", "images", "static", "files", "library"):
        for path in stored:
            assert asked(sign_in(union.charlie), f"/{place}/{path}") == 404
            assert asked(client, f"/{place}/{path}") == 404


def test_wagtails_own_doors_to_files_and_pages_are_not_mounted(union, shelved, sign_in, client):
    held = shelved.attachments.get().document
    image = get_image_model().objects.get()
    for address in (
        f"/documents/{held.pk}/{held.filename}", f"/images/{image.pk}/original/", f"/images/x/{image.pk}/width-20/",
        shelved.url_path, f"/{shelved.slug}/", "/api/v2/pages/", "/api/v2/documents/", "/sitemap.xml",
    ):  # fmt: skip
        assert asked(sign_in(union.charlie), address) == 404, address
        assert asked(client, address) == 404, address


def test_a_picture_of_another_page_opens_nothing_beside_a_page_one_may_read(union, shelved, sign_in):
    mine = put(ShelfPage(title="Alla"), under=HomePage.objects.get())
    image = get_image_model().objects.get()
    assert asked(sign_in(union.alice), f"/library/{mine.public_id}/pictures/{image.pk}/") == 404
