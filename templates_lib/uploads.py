"""What somebody uploads, taken in or refused in plain words: judged by content, pictures drawn anew without EXIF."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from templates_lib import filekinds, pictures


class UploadRefused(ValueError):
    """The upload is nothing we take; the message says why and what to do, lazily translated."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message


def judged(content: bytes, *, limit: int, name: str = "") -> tuple[bytes, filekinds.Kind]:
    """The bytes we keep and what they are. `limit` is in bytes; `name` is the file's own where plain text is welcome.

    Raises `UploadRefused`.
    """
    if len(content) > limit:
        raise UploadRefused(too_large(limit))
    try:
        kind = filekinds.judge(content, name=name)
        if kind and kind.picture:
            content, content_type, _size = pictures.reencode(content)
            return content, filekinds.Kind("png" if content_type == "image/png" else "jpg", content_type)
    except filekinds.Macros as error:
        raise UploadRefused(_("The file holds macros, small programs. Save it without them, or as PDF.")) from error
    except filekinds.OldOffice as error:
        old = _("This is an older Office format. Save it as PDF, or as docx, xlsx or pptx.")
        raise UploadRefused(old) from error
    except pictures.PictureRefused as error:
        raise UploadRefused(error.message) from error
    if kind is None:
        short = _("This kind of file cannot be used here. Use PDF, Word, Excel, PowerPoint, OpenDocument, JPEG or PNG.")
        raise UploadRefused(short)
    return content, kind


def too_large(limit: int) -> Any:
    """`limit` in bytes."""
    size = limit // (1024 * 1024)
    return _("The file is larger than %(limit)s MB. Choose a smaller one, or save it as PDF.") % {"limit": size}
