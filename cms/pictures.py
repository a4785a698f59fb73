"""Pictures of the library: kept without metadata, and ready in the sizes that readers get before anybody reads.

Nothing is drawn when a page is read: a GET writes nothing.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from wagtail.images.models import Image

from cms.sheets import WIDTHS, pictures_of
from templates_lib import pictures


class Bare(ContentFile):
    """A picture that has been drawn anew: no place, no camera, no drawing that runs (threat S15)."""


def bare(content: bytes, name: str) -> Bare:
    """The same picture without metadata, at most 1,200 pixels wide. Raises `pictures.PictureRefused`."""
    drawn, content_type, _size = pictures.reencode(content)
    ending = "png" if content_type == "image/png" else "jpg"
    return Bare(drawn, f"{PurePath(name).stem or 'picture'}.{ending}")


def strip(image: Image) -> None:
    """Before an image with a new file is stored, by whichever way it came."""
    file: Any = image.file
    if not file or file._committed or isinstance(file.file, Bare):
        return
    file.seek(0)
    image.file = bare(file.read(), file.name or "")
    image._set_image_file_metadata()


def prepare(page: object) -> None:
    """Draws the pictures of a page in their sizes, as far as they are not there."""
    for image in Image.objects.filter(pk__in=pictures_of(page)):
        image.get_renditions(*(f"width-{width}" for width in WIDTHS))


def drawn(image: Image, width: int) -> bytes:
    """The picture at one of `WIDTHS`; as it is kept when that size is not there."""
    rendition = image.renditions.filter(filter_spec=f"width-{width}", focal_point_key="").first()
    with (rendition or image).file.open("rb") as file:
        return bytes(file.read())
