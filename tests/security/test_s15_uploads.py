"""What somebody uploads is read, drawn anew and stripped: no place, no camera, no drawing that runs (threat S15)."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms
from wagtail.images import get_image_model

from comms.people.models import User
from templates_lib import pictures
from templates_lib.models import Picture
from templates_lib.pictures import PictureRefused, reencode
from tests.mailings.design import IMAGE, make_draft

CANARIES = [b"KANARIE-EXIF", b"KANARIE-XMP", b"KANARIE-COMMENT", b"KANARIE-TEXT", b"KANARIE-ICC", b"KANARIE-TAIL",
            b"KANARIE-IPTC", b"KANARIE-THUMB"]  # fmt: skip
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>KANARIE-XMP <exif:GPSLatitude>59,20N</exif:GPSLatitude></x:xmpmeta>"
PLACE = (59.0, 20.0, 12.5)


def canvas(size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Image.Image:
    """Noise, with a red upper left corner so that one sees how it stands."""
    picture = Image.merge("RGB", [Image.effect_noise(size, 90) for _ in range(3)])
    picture.paste("#ff0000", (0, 0, size[0] // 3, size[1] // 3))
    return picture.convert(mode)


def exif(orientation: int = 6) -> Image.Exif:
    made = Image.Exif()
    made[0x010F] = made[0x0110] = made[0x9C9C] = "KANARIE-EXIF"  # maker, model, comment
    made[0x0112] = orientation
    made.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0KANARIE-EXIF"  # the user's comment
    made.get_ifd(0x8825).update({1: "N", 2: PLACE, 3: "E", 4: PLACE})
    return made


def profile() -> bytes:
    """A colour profile with words in it."""
    icc = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    return bytes(icc) + b"KANARIE-ICC"


def jpeg(orientation: int = 6) -> bytes:
    out = io.BytesIO()
    canvas().save(
        out, "JPEG", exif=exif(orientation), icc_profile=profile(), comment=b"KANARIE-COMMENT", quality=95, xmp=XMP
    )
    iptc = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", 12) + b"KANARIE-IPTC"
    segment = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
    return out.getvalue()[:2] + segment + out.getvalue()[2:] + b"KANARIE-TAIL"


def png() -> bytes:
    out = io.BytesIO()
    canvas().save(out, "PNG", exif=exif(), icc_profile=profile())
    words = {b"tEXt": b"Comment\0KANARIE-TEXT", b"iTXt": b"XML:com.adobe.xmp\0\0\0\0\0" + XMP}
    chunks = b"".join(chunk(kind, content) for kind, content in words.items())
    return out.getvalue()[:33] + chunks + out.getvalue()[33:] + b"KANARIE-TAIL"


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def webp() -> bytes:
    out = io.BytesIO()
    canvas().save(out, "WEBP", exif=exif(), icc_profile=profile(), xmp=XMP, lossless=True)
    return out.getvalue() + b"KANARIE-TAIL"


def mpo() -> bytes:
    """Two pictures in one file, as telephones make them: the second must not travel along."""
    out = io.BytesIO()
    canvas().save(out, "MPO", save_all=True, append_images=[canvas()], exif=exif(), comment=b"KANARIE-THUMB")
    return out.getvalue() + b"KANARIE-TAIL"


def gif() -> bytes:
    out = io.BytesIO()
    canvas(mode="P").save(out, "GIF", comment=b"KANARIE-COMMENT", save_all=True, append_images=[canvas(mode="P")])
    return out.getvalue() + b"KANARIE-TAIL"


FORMATS = {"JPEG": jpeg, "PNG": png, "WEBP": webp, "MPO": mpo, "GIF": gif}


@pytest.mark.once
@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_of_the_upload_but_its_picture_is_kept(kind):
    upload = FORMATS[kind]()
    assert any(canary in upload for canary in CANARIES), "nothing to lose"
    content, content_type, _size = reencode(upload)
    assert [canary for canary in CANARIES if canary in content] == []
    kept = Image.open(io.BytesIO(content))
    assert kept.format == {"image/jpeg": "JPEG", "image/png": "PNG"}[content_type]
    assert not kept.getexif()
    assert getattr(kept, "n_frames", 1) == 1
    assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    assert b"GPS" not in content
    assert b"adobe" not in content.lower()


@pytest.mark.once
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_as_it_was_taken(orientation):
    """The camera's note is applied before it is thrown away (EXIF 2.3, tag 274): the corner moves with it."""
    content, _type, size = reencode(jpeg(orientation))
    assert size == ((60, 40) if orientation < 5 else (40, 60))
    shown = Image.open(io.BytesIO(content)).convert("RGB")
    right, low = size[0] - 3, size[1] - 3
    corners = {"upper left": (2, 2), "upper right": (right, 2), "lower right": (right, low), "lower left": (2, low)}
    red = {name for name, at in corners.items() if is_red(shown.getpixel(at))}
    clockwise = ("upper left", "upper right", "lower right", "lower left")
    expected = {1: 0, 2: 1, 3: 2, 4: 3, 5: 0, 6: 1, 7: 2, 8: 3}[orientation]
    assert red == {clockwise[expected]}


def is_red(pixel: tuple[int, int, int]) -> bool:
    return pixel[0] > 180 and max(pixel[1:]) < 90


SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
HTML = b"<!doctype html><script>alert(1)</script>"
PDF = b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF"
NOT_PICTURES = {
    "svg": SVG,
    "svg behind a declaration": b"<?xml version='1.0'?>\n<!-- x -->" + SVG,
    "svg, compressed": zlib.compress(SVG),
    "pdf": PDF,
    "html": HTML,
    "javascript": b"alert(1)//\xff\xd8\xff",
    "gif by name only": b"GIF89a=1;alert(1)//",
    "png by name only": b"\x89PNG\r\n\x1a\n" + HTML,
    "jpeg by name only": b"\xff\xd8\xff\xe0" + HTML,
    "bmp": b"BM" + b"\0" * 60,
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n",
    "zip": b"PK\x03\x04" + b"\0" * 60,
    "icon": b"\0\0\1\0\1\0" + b"\0" * 60,
    "xbm": b"#define x_width 8\n#define x_height 8\nstatic char x_bits[] = {0};",
    "ppm": b"P6 1 1 255\n\0\0\0",
    "nothing": b"",
    "spaces": b" " * 100,
}


@pytest.mark.once
@pytest.mark.parametrize("name", NOT_PICTURES)
def test_what_is_no_picture_is_refused_in_plain_words(name):
    with pytest.raises(PictureRefused) as refused:
        reencode(NOT_PICTURES[name])
    said = str(refused.value.message)
    assert said.endswith((".", "first."))
    assert not any(word in said for word in ("Error", "Exception", "PIL", "decoder", "Traceback"))


POLYGLOTS = {
    "a gif that is javascript": lambda: gif() + b"/*" + b"*/=1;alert('KANARIE-TAIL')//",
    "a jpeg with a page behind": lambda: jpeg() + HTML + b"KANARIE-TAIL",
    "a png with a page inside": lambda: png()[:33] + chunk(b"tEXt", b"x\0" + HTML + b"KANARIE-TEXT") + png()[33:],
    "a png with php behind": lambda: png() + chunk(b"teSt", b"<?php echo 'KANARIE-TEXT' ?>"),
    "a jpeg that is a pdf": lambda: jpeg() + PDF + b"KANARIE-TAIL",
    "a jpeg that is a zip": lambda: jpeg() + b"PK\x05\x06" + b"\0" * 18,
    "an svg in a comment": lambda: jpeg().replace(b"KANARIE-COMMENT", b"<svg onload=x/>"),
}


@pytest.mark.once
@pytest.mark.parametrize("name", POLYGLOTS)
def test_a_file_that_is_two_things_is_only_a_picture_afterwards(name):
    content, content_type, _size = reencode(POLYGLOTS[name]())
    assert content[:4] in {b"\x89PNG", b"\xff\xd8\xff\xe0"}
    assert content_type in {"image/png", "image/jpeg"}
    for word in (*CANARIES, b"<script", b"<svg", b"<?php", b"%PDF", b"PK\x05\x06", b"alert(", b"<!doctype"):
        assert word not in content, word
    assert content.endswith((b"IEND\xaeB`\x82", b"\xff\xd9")), "nothing hangs on behind"


# --- through the doors ------------------------------------------------------------------------------------------------


def upload(content: bytes, name: str = "a.jpg", kind: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


@pytest.mark.parametrize("name", ["svg", "pdf", "html", "png by name only"])
@pytest.mark.parametrize("called", ["a.jpg", "a.svg", "a.png.svg"])
def test_a_representative_is_told_and_nothing_is_kept(union, sign_in, name, called):
    draft = make_draft(union.mandate(union.alice))
    sent = {"version": draft.version, f"{IMAGE}.picture:file": upload(NOT_PICTURES[name], called)}
    reply = sign_in(union.alice).post(f"/invitations/{draft.public_id}/save/", sent, HTTP_ACCEPT="application/json")
    assert reply.status_code == 422
    assert reply.json()["errors"][f"{IMAGE}.picture:file"]
    assert not Picture.objects.exists()


def test_a_representatives_photo_is_stripped_on_its_way_in(union, sign_in):
    draft = make_draft(union.mandate(union.alice))
    sent = {"version": draft.version, f"{IMAGE}.picture:file": upload(jpeg())}
    assert sign_in(union.alice).post(f"/invitations/{draft.public_id}/save/", sent).status_code == 302
    picture = Picture.objects.get()
    served = sign_in(union.alice).get(picture.path).content
    assert served == bytes(picture.content)
    assert [canary for canary in CANARIES if canary in served] == []
    assert "a.jpg" not in (picture.title, str(picture))  # not even the name of the file


STAFF_DOORS = ["/admin/snippets/templates_lib/picture/add/"]


@pytest.mark.parametrize("name", ["svg", "pdf", "html", "postscript"])
def test_staff_are_told_as_well(db, sign_in, name):
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    for door in STAFF_DOORS:
        for called, kind in (("a.svg", "image/svg+xml"), ("a.png", "image/png")):
            page = staff.post(door, {"upload": upload(NOT_PICTURES[name], called, kind), "title": "x"})
            assert page.status_code == 200
            assert page.context["form"].errors["upload"]
    assert not Picture.objects.exists()


def test_staffs_photo_is_stripped_on_its_way_in(db, sign_in):
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    staff.post(STAFF_DOORS[0], {"upload": upload(jpeg()), "title": "Fjäll"})
    assert [canary for canary in CANARIES if canary in bytes(Picture.objects.get().content)] == []


@pytest.mark.parametrize("called", ["a.svg", "a.png", "a.jpg", "a.svgz"])
def test_wagtails_own_pictures_take_no_drawing_that_runs(db, sign_in, settings, tmp_path, called):
    settings.MEDIA_ROOT = tmp_path
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    for door, field in (("/admin/images/add/", "file"), ("/admin/images/multiple/add/", "files[]")):
        staff.post(door, {"title": "x", field: upload(SVG, called, "image/svg+xml")}, HTTP_X_REQUESTED_WITH="x")
    assert not get_image_model().objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_same_door_takes_a_picture(db, sign_in, settings, tmp_path):
    """Otherwise the test above would prove nothing."""
    settings.MEDIA_ROOT = tmp_path
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    staff.post("/admin/images/add/", {"title": "x", "file": upload(jpeg())})
    assert get_image_model().objects.count() == 1


def test_the_database_holds_only_what_was_drawn_anew(db):
    for make in FORMATS.values():
        pictures.store(make())
    for picture in Picture.objects.all():
        assert [canary for canary in CANARIES if canary in bytes(picture.content)] == []
        assert picture.content_type in Picture.ENDINGS


def stored(folder) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", FORMATS)
def test_staffs_photo_for_the_library_is_stripped_on_its_way_in(db, sign_in, settings, tmp_path, kind):
    settings.MEDIA_ROOT = tmp_path
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    called = {"JPEG": "a.jpg", "MPO": "a.jpg", "PNG": "a.png", "GIF": "a.gif", "WEBP": "a.webp"}[kind]
    staff.post("/admin/images/add/", {"title": "x", "file": upload(FORMATS[kind](), called)})
    (content,) = stored(tmp_path)
    assert [canary for canary in CANARIES if canary in content] == []
    get_image_model().objects.get().get_renditions("width-20", "width-50")
    assert [canary for canary in CANARIES for one in stored(tmp_path) if canary in one] == []


DOCUMENTS = "/admin/documents/add/", "/admin/documents/multiple/add/"


@pytest.mark.parametrize("name", ["svg", "html", "javascript", "postscript", "zip", "ppm", "nothing"])
@pytest.mark.parametrize("called", ["a.pdf", "a.txt", "a.svg", "a.html"])
def test_the_library_takes_no_document_that_can_run(db, sign_in, settings, tmp_path, name, called):
    settings.MEDIA_ROOT = tmp_path
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    for door, field in zip(DOCUMENTS, ("file", "files[]"), strict=True):
        staff.post(door, {"title": "x", field: upload(NOT_PICTURES[name], called)}, HTTP_X_REQUESTED_WITH="x")
    told = [content for content in stored(tmp_path) if not called.endswith("txt")]  # as plain text it runs nowhere
    assert told == []


def test_the_library_takes_a_document_and_a_picture_without_its_place(db, sign_in, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    for content, called in ((PDF, "avtal.pdf"), (jpeg(), "karta.jpg"), (b"a;b", "lista.csv")):
        staff.post(DOCUMENTS[0], {"title": called, "file": upload(content, called)})
    assert {path.name for path in tmp_path.rglob("*.*")} == {"avtal.pdf", "karta.jpg", "lista.csv"}
    assert [canary for canary in CANARIES for one in stored(tmp_path) if canary in one] == []


def test_a_document_that_is_too_large_is_refused(db, sign_in, settings, tmp_path):
    settings.MEDIA_ROOT, settings.MAX_UPLOAD_BYTES = tmp_path, 10
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    staff.post(DOCUMENTS[0], {"title": "x", "file": upload(PDF, "avtal.pdf")})
    assert stored(tmp_path) == []
