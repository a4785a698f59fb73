"""Pictures: re-encoded, without where and when, shown only once a message shows them (threats S14 and S15)."""

import io

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from comms.people.models import User
from templates_lib import artwork, pictures
from templates_lib.models import Picture
from templates_lib.pictures import PictureRefused


def photo(size=(64, 48), *, kind="JPEG", mode="RGB", **options) -> bytes:
    out = io.BytesIO()
    colours = Image.merge("RGB", [Image.effect_noise(size, 90) for _ in range(3)])
    colours.convert(mode).save(out, kind, **options)
    return out.getvalue()


def with_place(size=(60, 40)) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Eve"
    exif[0x0112] = 6  # lying on its side
    exif.get_ifd(0x8825)[2] = (59.0, 20.0, 0.0)
    return photo(size, exif=exif, comment=b"secret note")


def test_a_photo_loses_place_and_camera_and_stands_upright(db):
    picture = pictures.store(with_place())
    content = bytes(picture.content)
    assert (picture.width, picture.height) == (40, 60)
    assert b"Camera of Eve" not in content
    assert b"secret note" not in content
    assert not Image.open(io.BytesIO(content)).getexif()


def test_a_large_photo_becomes_small(db):
    picture = pictures.store(photo((2400, 1000)))
    assert (picture.width, picture.height, picture.content_type) == (1200, 500, "image/jpeg")


def test_a_see_through_mark_stays_see_through(db):
    picture = pictures.store(artwork.mark())
    assert picture.content_type == "image/png"
    assert Image.open(io.BytesIO(picture.content)).mode == "RGBA"


def test_the_same_file_twice_is_one_row(db):
    upload = photo()
    assert pictures.store(upload) == pictures.store(upload)
    assert Picture.objects.count() == 1


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_usual_formats_are_taken(db, kind):
    assert pictures.store(photo(kind=kind)).pk


UPLOADS = {
    "empty": b"",
    "text": b"hello",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "broken": photo()[:300],
    "tiff": photo(kind="TIFF"),
    "30 megapixels": photo((6000, 5000), kind="PNG", mode="1"),
}


@pytest.mark.parametrize("upload", UPLOADS.values(), ids=UPLOADS)
def test_what_is_no_picture_for_us_is_refused_in_words(db, upload):
    with pytest.raises(PictureRefused) as refused:
        pictures.store(upload)
    assert str(refused.value.message).endswith((".", "first."))
    assert Picture.objects.count() == 0


def test_a_heavy_file_is_not_even_opened(db, settings):
    settings.MAX_UPLOAD_BYTES = 100
    with pytest.raises(PictureRefused):
        pictures.store(photo())


def test_a_stranger_sees_only_what_a_sent_message_shows(client, sign_in, union):
    picture = pictures.store(photo())
    assert client.get(picture.path).status_code == 404
    assert sign_in(union.alice).get(picture.path).status_code == 200
    Picture.objects.update(published=True)
    response = client.get(picture.path)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    assert "immutable" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.content == bytes(picture.content)


@pytest.mark.parametrize(
    "path", ["/i/" + "0" * 64 + ".jpg", "/i/x.jpg", "/i/../secret_key", "/media/../secret_key", "/media/x.jpg"]
)
def test_what_is_not_there_is_404(client, db, path):
    assert client.get(path).status_code == 404


def test_a_wrong_ending_is_404(client, db):
    picture = pictures.store(photo())
    Picture.objects.update(published=True)
    assert client.get(picture.path.replace(".jpg", ".png")).status_code == 404
    assert client.post(picture.path).status_code == 405


def test_staff_media_are_for_those_who_may_open_the_staff_screens(client, sign_in, union, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "a.txt").write_text("x")
    assert client.get("/media/a.txt").status_code == 404
    assert sign_in(union.alice).get("/media/a.txt").status_code == 404
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    response = staff.get("/media/a.txt")
    assert b"".join(response.streaming_content) == b"x"
    assert response["Cache-Control"] == "private, no-store"
    assert staff.get("/media/").status_code == 404


def test_staff_upload_a_picture_and_rename_it(sign_in, db):
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    upload = SimpleUploadedFile("a.jpg", photo(), "image/jpeg")
    staff.post("/admin/snippets/templates_lib/picture/add/", {"upload": upload, "title": "Fjäll"})
    picture = Picture.objects.get()
    assert picture.title == "Fjäll"
    staff.post(f"/admin/snippets/templates_lib/picture/edit/{picture.pk}/", {"title": "Fjällen"})
    assert [row.title for row in Picture.objects.all()] == ["Fjällen"]
    bad = SimpleUploadedFile("a.svg", b"<svg/>", "image/svg+xml")
    page = staff.post("/admin/snippets/templates_lib/picture/add/", {"upload": bad, "title": "x"})
    assert page.status_code == 200
    assert Picture.objects.count() == 1


def test_staff_choose_a_picture_by_looking(sign_in, db):
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    picture = pictures.store(photo())
    from templates_lib.wagtail_hooks import PictureViewSet

    page = staff.get(
        PictureViewSet().chooser_viewset.url_prefix and f"/admin/{PictureViewSet().chooser_viewset.url_prefix}/"
    )
    assert picture.path in page.content.decode()


def test_addresses_are_absolute(db):
    picture = pictures.store(photo())
    assert pictures.images([picture.pk])[picture.pk].url == f"{settings.BASE_URL}/i/{picture.pk}.jpg"
    assert pictures.contents([picture.pk]) == {picture.pk: bytes(picture.content)}
    assert pictures.images([]) == {}
