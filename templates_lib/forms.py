"""Forms of the staff screens that need more than their fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from templates_lib import brands, pictures
from templates_lib.models import Brand, Picture


class TitleForm(WagtailAdminModelForm):
    class Meta:
        model = Picture
        fields = ["title"]


class PictureForm(TitleForm):
    """Saving gives the stored picture: the same file twice is one row."""

    TitleOnly = TitleForm

    upload = forms.FileField(label=_("File"), help_text=_("JPEG or PNG. Place and camera are removed from photos."))

    def clean_upload(self) -> Any:
        upload = self.cleaned_data["upload"]
        try:
            self.stored = pictures.reencode(upload.read())
        except pictures.PictureRefused as refused:
            raise forms.ValidationError(refused.message) from refused
        return upload

    def save(self, commit: bool = True) -> Picture:
        picture = pictures.keep(*self.stored)
        picture.title = self.cleaned_data["title"] or picture.title
        picture.save(update_fields=["title"])
        return picture


class BrandForm(WagtailAdminModelForm):
    """Refuses what could not be read, here or in a unit below, and what is set further up."""

    below_may = forms.MultipleChoiceField(
        label=_("Units below may set"),
        required=False,
        choices=list(Brand.PART_NAMES.items()),
        widget=forms.CheckboxSelectMultiple,
    )

    def _post_clean(self) -> None:
        super()._post_clean()
        for field, problem in brands.objections(self.instance).items():
            self.add_error(field, problem)
