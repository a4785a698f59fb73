"""Staff's pictures, chosen by looking at them."""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.snippets.views import chooser
from wagtail.snippets.views.snippets import SnippetViewSet

from templates_lib.forms import PictureForm
from templates_lib.models import Picture
from templates_lib.staff.choosing import Chooser


class Thumbnail(Column):
    """The picture itself, small."""

    def get_value(self, instance: Picture) -> str:
        return format_html('<img src="{}" alt="" width="96" loading="lazy">', instance.path)


class ShownPictures(chooser.BaseSnippetChooseView):
    """Pictures are chosen by looking at them."""

    @property
    def columns(self) -> list[Column]:
        return [Thumbnail("thumbnail", label=_("Picture")), *super().columns]


class ChoosePicture(chooser.ChooseView, ShownPictures):
    pass


class ChoosePictureResults(chooser.ChooseResultsView, ShownPictures):
    pass


class PictureChooser(Chooser):
    choose_view_class = ChoosePicture
    choose_results_view_class = ChoosePictureResults
    creation_form_class = PictureForm
    create_action_label = _("Upload")
    creation_tab_label = _("Upload")


class PictureViewSet(SnippetViewSet):
    model = Picture
    icon = "image"
    menu_label = _("Pictures")
    list_display = [Thumbnail("thumbnail", label=_("Picture")), "__str__", "width", "height"]
    chooser_viewset_class = PictureChooser
    edit_handler = ObjectList([FieldPanel("upload"), FieldPanel("title")], base_form_class=PictureForm)

    @cached_property
    def _titled(self) -> ObjectList:
        return ObjectList([FieldPanel("title")], base_form_class=PictureForm.TitleOnly).bind_to_model(Picture)

    def get_edit_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Another picture is another row: only the title can be changed."""
        return {**super().get_edit_view_kwargs(**kwargs), "panel": self._titled}

    def get_form_class(self, for_update: bool = False) -> Any:
        return self._titled.get_form_class() if for_update else super().get_form_class()
