"""Pictures in messages: taken in, re-encoded without metadata, named by their content."""

from __future__ import annotations

import datetime
import hashlib
import io
import warnings
from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from PIL import Image as Pillow
from PIL import ImageOps

from comms.people.scope import Scope
from templates_lib.models import Picture
from templates_lib.render.document import Image

MAX_PIXELS = 25_000_000
MAX_WIDTH = 1200  # pixels
MAX_HEIGHT = 2400
SCREEN = 16 / 9
PLACES = {"top": 0.0, "middle": 0.5, "bottom": 1.0}  # the top is the left side of a picture wider than a screen
FEW = 64  # colours of a drawing; photos, even grey ones, have more
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "MPO")

witnesses: list[Callable[[Scope, str], bool]] = []  # who can say that the scope's own drafts show a picture (sha256)


class PictureRefused(ValueError):
    """The upload is no picture we can use; the message says why, lazily translated."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message


def store(upload: bytes, *, private: bool = False) -> Picture:
    """The picture as we keep it: at most 1,200 pixels wide, no EXIF; PNG if see-through or of few colours, else JPEG.

    The same upload gives the same row. `private` is one for a draft, see `may_see`. Raises `PictureRefused`.
    """
    return keep(*reencode(upload), private=private)


def keep(content: bytes, content_type: str, size: tuple[int, int], *, private: bool = False) -> Picture:
    """The row of an already re-encoded picture, made when it is new; what staff keep is private no longer."""
    sha256 = hashlib.sha256(content).hexdigest()
    fields = {"content": content, "content_type": content_type, "width": size[0], "height": size[1]}
    picture, _made = Picture.objects.get_or_create(sha256=sha256, defaults={**fields, "private": private})
    if picture.private and not private:
        picture.private = False
        picture.save(update_fields=["private"])
    return picture


def may_see(user: Any, picture: Picture, *, on: datetime.date) -> bool:
    """Whether somebody may look at the picture on that day (threat S14).

    Everybody once a sent message shows it; before that those who may open the staff screens, whoever holds a live
    mandate as far as staff's own pictures go, and for a private one only those who share a draft that shows it.
    """
    if picture.published or user.has_perm("wagtailadmin.access_admin"):
        return True
    scope = Scope.of(user, on=on) if user.is_authenticated else None
    if not scope:
        return False
    return not picture.private or any(shows(scope, picture.sha256) for shows in witnesses)


def reencode(upload: bytes) -> tuple[bytes, str, tuple[int, int]]:
    """(content, content type, (width, height)). Raises `PictureRefused`."""
    if len(upload) > settings.MAX_UPLOAD_BYTES:
        raise PictureRefused(_("The file is too large."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = Pillow.open(io.BytesIO(upload), formats=FORMATS)
            if opened.width * opened.height > MAX_PIXELS:
                raise PictureRefused(_("The picture has more than 25 million pixels. Make it smaller first."))
            picture: Pillow.Image = ImageOps.exif_transpose(opened)
            picture.thumbnail((MAX_WIDTH, MAX_HEIGHT), Pillow.Resampling.LANCZOS)
            see_through = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
            picture = picture.convert("RGBA" if see_through else "RGB")
    except PictureRefused:
        raise
    except Exception as error:  # a broken file can raise anything in a decoder
        raise PictureRefused(_("This is not a picture we can read. Use a JPEG or PNG file.")) from error
    bare = Pillow.new(picture.mode, picture.size)  # a new picture carries no metadata
    bare.paste(picture)
    out = io.BytesIO()
    if (see_through and min(picture.getchannel("A").tobytes()) < 255) or bare.convert("RGB").getcolors(FEW):
        bare.save(out, "PNG", optimize=True)
        return out.getvalue(), "image/png", bare.size
    bare.convert("RGB").save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return out.getvalue(), "image/jpeg", bare.size


def part_of(sha256: str, place: str) -> Picture:
    """The part of a stored picture that is as wide as a screen (16:9), kept as a picture of its own.

    `place` is a key of `PLACES`: where along the longer side it lies. Raises `Picture.DoesNotExist`, and
    `PictureRefused` when it cannot be read.
    """
    whole = Picture.objects.get(pk=sha256)
    cut = Pillow.open(io.BytesIO(bytes(whole.content))).crop(box(whole.width, whole.height, PLACES[place]))
    out = io.BytesIO()
    cut.save(out, "PNG")
    return store(out.getvalue(), private=whole.private)


def box(width: int, height: int, share: float) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) in pixels of the largest 16:9 part, with that share of what is cut off before it."""
    wide, high = min(width, round(height * SCREEN)), min(height, round(width / SCREEN))
    left, top = round((width - wide) * share), round((height - high) * share)
    return left, top, left + wide, top + high


def images(wanted: Collection[str]) -> dict[str, Image]:
    """The pictures with these sha256 as they appear in a message, alt text still empty; unknown ones are left out."""
    rows = Picture.objects.filter(pk__in=wanted) if wanted else ()
    return {row.sha256: row.drawn() for row in rows}


def contents(wanted: Iterable[str]) -> dict[str, bytes]:
    """sha256 -> file content, what `pdf_worker.make_pdf` asks for."""
    return {
        sha: bytes(content) for sha, content in Picture.objects.filter(pk__in=wanted).values_list("sha256", "content")
    }
