"""Files and pictures of a page: for those who may read it, as what they are, under the name that staff gave."""

from __future__ import annotations

import io
import uuid

import pytest
from PIL import Image as Pillow

from cms.models import Attachment
from cms.sheets import pictures_of
from tests.library.shelves import PDF, article, document, figure, image, minutes
from tests.mailings.test_enclosures import DOCX, packed
from tests.templates_lib.test_pictures import photo, with_place

pytestmark = pytest.mark.django_db


def page_with(library, *held, **how):
    return article("Blanketter?", under=library.shelf, attachments=[Attachment(document=one) for one in held], **how)


def address(page, n: int = 0, prefix: str = "library") -> str:
    return f"/{prefix}/{page.public_id}/files/{page.attachments.all()[n].public_id}/"


def picture_of(page, prefix: str = "library") -> str:
    return f"/{prefix}/{page.public_id}/pictures/{pictures_of(type(page).objects.get(pk=page.pk)).pop()}/"


KINDS = [
    ("protokoll.pdf", PDF, "application/pdf", "inline"),
    ("brev.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "attachment"),
    ("lista.csv", b"a;b\n1;2\n", "text/csv", "attachment"),
    ("foto.jpg", photo(), "image/jpeg", "attachment"),
    ("sida.pdf", b"<!doctype html><script>alert(1)</script>", "application/octet-stream", "attachment"),
    ("makro.docx", packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
     "application/octet-stream", "attachment"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "kind", "how"), KINDS)
def test_a_file_is_served_as_what_its_content_is(union, library, sign_in, name, content, kind, how):
    page = page_with(library, document("Årets papper", content, name))
    reply = sign_in(union.alice).get(address(page))
    assert (reply.status_code, reply.content) == (200, content)
    assert reply["Content-Type"].split(";")[0] == kind
    assert reply["Content-Disposition"].startswith(how)
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Cache-Control"] == "private, no-store"
    assert ("sandbox" in reply["Content-Security-Policy"]) == (kind != "application/pdf")


def test_a_file_has_the_name_that_staff_gave_it(union, library, sign_in):
    page = page_with(library, document("Årets protokoll"))
    assert "%C3%85rets%20protokoll.pdf" in sign_in(union.alice).get(address(page))["Content-Disposition"]
    Attachment.objects.filter(page=page).update(name="Bara det/har.pdf")
    assert sign_in(union.alice).get(address(page))["Content-Disposition"] == 'inline; filename="Bara det-har.pdf"'


def test_its_address_lives_as_long_as_the_page(union, library, sign_in):
    page = page_with(library, document())
    before = address(page)
    page.save_revision().publish()
    page.refresh_from_db()
    assert address(page) == before
    assert sign_in(union.alice).get(before).status_code == 200


def test_a_file_that_is_gone_from_the_disk_is_not_there(union, library, sign_in):
    held = document()
    page = page_with(library, held)
    held.file.storage.delete(held.file.name)
    assert sign_in(union.alice).get(f"/library/{page.public_id}/").status_code == 200
    assert sign_in(union.alice).get(address(page)).status_code == 404


def test_a_file_goes_with_its_own_page_only(union, library, sign_in):
    """Its name beside the name of a page one may read opens nothing."""
    secret = minutes("Hemligt", under=library.meetings, units=(union.branch_b,),
                     attachments=[Attachment(document=document())])  # fmt: skip
    key = secret.attachments.get().public_id
    alice = sign_in(union.alice)
    for page in (secret.public_id, library.travel.public_id, uuid.uuid4()):
        assert alice.get(f"/library/{page}/files/{key}/").status_code == 404
    assert sign_in(union.charlie).get(address(secret)).status_code == 200


def test_what_is_only_in_a_draft_is_not_served(union, library, sign_in):
    page = page_with(library)
    page.attachments.add(Attachment(document=document(), public_id=(key := uuid.uuid4())))
    page.body = [figure(shown := image())]
    page.save_revision()
    for path in (f"files/{key}/", f"pictures/{shown.pk}/"):
        assert sign_in(union.alice).get(f"/library/{page.public_id}/{path}").status_code == 404


# --- pictures ---------------------------------------------------------------------------------------------------------
def test_a_picture_comes_in_two_widths_that_were_drawn_at_publishing(union, library, sign_in):
    page = article("Var?", under=library.shelf, body=[figure(image(photo((1100, 500)), "a.jpg"))])
    client, widths = sign_in(union.alice), {}
    for asked in ("", "?width=480", "?width=960", "?width=5000", "?width=x"):
        reply = client.get(picture_of(page) + asked)
        widths[asked] = Pillow.open(io.BytesIO(reply.content)).width
        assert (reply["Content-Type"], reply["Cache-Control"]) == ("image/jpeg", "private, no-store")
    assert widths == {"": 960, "?width=480": 480, "?width=960": 960, "?width=5000": 960, "?width=x": 960}
    shown = client.get(f"/library/{page.public_id}/").content.decode()
    assert 'width="1100" height="500"' in shown
    assert "480w" in shown


def test_looking_at_a_picture_draws_nothing(union, library, sign_in):
    page = article("Var?", under=library.shelf, body=[figure(shown := image(photo((1100, 500)), "a.jpg"))])
    assert {one.filter_spec for one in shown.renditions.all()} == {"width-480", "width-960"}
    shown.renditions.all().delete()
    assert sign_in(union.alice).get(picture_of(page)).status_code == 200
    assert not shown.renditions.exists()


def test_a_picture_that_no_text_shows_is_not_there(union, library, sign_in):
    article("Var?", under=library.shelf, body=[figure()])
    other = image(photo(), "b.jpg")
    alice = sign_in(union.alice)
    assert alice.get(f"/library/{library.travel.public_id}/pictures/{other.pk}/").status_code == 404


def test_a_page_whose_picture_was_deleted_is_still_read(union, library, sign_in):
    page = article("Var?", under=library.shelf, body=[figure(shown := image())])
    path = picture_of(page)
    type(shown).objects.filter(pk=shown.pk).delete()
    assert sign_in(union.alice).get(f"/library/{page.public_id}/").status_code == 200
    assert sign_in(union.alice).get(path).status_code == 404


def test_an_image_loses_place_and_camera_however_it_comes(db):
    held = image(with_place(), "semester.jpg")
    with held.file.open() as file:
        content = file.read()
    assert b"Camera of Eve" not in content
    assert not Pillow.open(io.BytesIO(content)).getexif()
    assert (held.width, held.height) == (40, 60)  # it stood on its side
    assert held.file_hash


# --- open to all ------------------------------------------------------------------------------------------------------
def test_what_is_open_to_all_is_read_with_the_link_alone(union, library, client):
    page = page_with(library, document(), open_to_all=True, language="nb", body=[figure()])
    reply = client.get(f"/open/{page.public_id}/")
    shown = reply.content.decode()
    assert (reply.status_code, reply["X-Robots-Tag"], reply["Content-Language"]) == (200, "noindex", "nb")
    assert "<nav" not in shown
    assert "/library/" not in shown
    for path in (address(page, prefix="open"), picture_of(page, "open")):
        assert path in shown
        assert client.get(path).status_code == 200
    page.unpublish()
    assert client.get(f"/open/{page.public_id}/").status_code == 404


def test_an_open_page_names_nobody_and_only_open_pages(union, library, client):
    from cms.models import RelatedPage
    from comms.people.models import User

    User.objects.filter(pk=union.sara.pk).update(is_staff=True)
    other = article("Öppen granne?", under=library.shelf, open_to_all=True)
    page = article("Öppen?", under=library.shelf, open_to_all=True, responsible=User.objects.get(pk=union.sara.pk))
    page.related_pages = [RelatedPage(related=one) for one in (other, library.travel, library.minutes_b)]
    page.save_revision().publish()
    shown = client.get(f"/open/{page.public_id}/").content.decode()
    assert "Öppen granne?" in shown
    for secret in ("Sara", "reseersättning", "Årsmöte", "Avdelning"):
        assert secret not in shown


def test_a_shelf_is_never_open(union, library, client):
    library.shelf.open_to_all = True
    library.shelf.save_revision().publish()
    assert client.get(f"/open/{library.shelf.public_id}/").status_code == 404


def test_no_list_of_pages_leaves_the_house():
    """No sitemap, no feed, no API: what is for somebody is found by them, signed in."""
    from comms.people.checks import patterns

    routes = [route.lower() for route, _pattern in patterns() if not route.startswith("admin/")]
    assert "library/" in routes
    assert not [route for route in routes if any(word in route for word in ("sitemap", "feed", "api", "rss", "robots"))]
