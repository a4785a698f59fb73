"""Forms of the staff screens that need more than their fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from comms.people.models import Unit
from templates_lib import brands, pictures
from templates_lib.models import Brand, Picture
from templates_lib.render.document import TYPEFACES

OF_THE_UNION = ("union", "region", "branch", "club")  # an employer's units use the branch's brand


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


class UnitField(forms.ModelChoiceField):
    """Every unit with its place in the tree, so that the third “Avdelning 1” is told from the others."""

    def label_from_instance(self, obj: Any) -> str:
        return "\u2003" * (obj.depth - 1) + obj.name


class BrandForm(WagtailAdminModelForm):
    """Refuses what could not be read, here or in a unit below, and what is set further up.

    An empty field says what it inherits; one that may not be set here cannot be typed into.
    """

    unit = UnitField(Unit.objects.filter(kind__in=OF_THE_UNION, ended_on=None).order_by("path"), label=_("Unit"))
    below_may = forms.MultipleChoiceField(
        label=_("Units below may set"),
        required=False,
        choices=list(Brand.PART_NAMES.items()),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above = brands.inherited(self.instance)
        if above is None:
            return
        closed = set(brands.closed(self.instance))
        for name in brands.OWN:
            if name in self.fields:
                self._inherit(name, getattr(above, name), closed=name in closed)

    def _inherit(self, name: str, value: Any, *, closed: bool) -> None:
        field = self.fields[name]
        if name not in brands.BESIDE and value:
            words = gettext("inherited: %(value)s") % {"value": value}
            field.widget.attrs["placeholder"] = words
            if name == "typeface":
                field.choices = [("", words), *((one, one) for one in TYPEFACES)]  # type: ignore[attr-defined]
        if closed and not getattr(self.instance, name):
            field.help_text = gettext("Set further up.")
            field.widget.attrs["readonly"] = True

    def _post_clean(self) -> None:
        super()._post_clean()
        for field, problem in brands.objections(self.instance).items():
            if field in self.fields:
                self.add_error(field, problem)
