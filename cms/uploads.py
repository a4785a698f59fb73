"""What staff may put into the library: files judged by their content, pictures drawn anew (threats S14 and S15)."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.forms import BaseImageForm

from cms.pictures import Bare, bare
from templates_lib import uploads
from templates_lib.pictures import PictureRefused


class ImageForm(BaseImageForm):
    """Every form in Wagtail that takes an image."""

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if "file" not in self.changed_data or isinstance(upload, Bare):
            return upload
        upload.seek(0)
        try:
            return bare(upload.read(), upload.name)
        except PictureRefused as refused:
            raise ValidationError(refused.message) from refused


class DocumentForm(BaseDocumentForm):
    """Every form in Wagtail that takes a document."""

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if "file" not in self.changed_data:
            return upload
        upload.seek(0)
        try:
            content, kind = uploads.judged(upload.read(), limit=settings.MAX_UPLOAD_BYTES, name=upload.name)
        except uploads.UploadRefused as refused:
            raise ValidationError(refused.message) from refused
        return ContentFile(content, f"{PurePath(upload.name).stem or 'document'}.{kind.ending}")
