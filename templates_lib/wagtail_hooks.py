"""Staff's screens for the print shop: templates, brands, topics and pictures."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, LiveStatusTagColumn, UpdatedAtColumn
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views import chooser
from wagtail.snippets.views.snippets import EditView, SnippetViewSet, SnippetViewSetGroup

from templates_lib import gate
from templates_lib.forms import BrandForm, PictureForm
from templates_lib.models import Brand, InvitationTemplate, Picture, Topic


@hooks.register("before_publish")
def refuse_what_cannot_be_drawn(request: HttpRequest, instance: Any) -> HttpResponse | None:
    """A template that fails the gate stays a draft; staff read why in plain words."""
    if not isinstance(instance, InvitationTemplate) or not (objections := gate.objections(instance)):
        return None
    messages.error(request, _("Saved as a draft, but not published:"))
    for objection in objections[:8]:
        messages.error(request, objection)
    return redirect(InvitationTemplate.snippet_viewset.get_url_name("edit"), instance.pk)


class TemplateEditView(EditView):
    """Approving the last step of a workflow publishes, so it passes the same gate."""

    def workflow_action_action(self) -> HttpResponse | None:
        if self.workflow_action == "approve":
            refused = refuse_what_cannot_be_drawn(self.request, self.object)
            if refused is not None:
                return refused
        return super().workflow_action_action()


class TemplateViewSet(SnippetViewSet):
    model = InvitationTemplate
    icon = "mail"
    menu_label = _("Templates")
    list_display = ["name", "topic", LiveStatusTagColumn(), UpdatedAtColumn()]
    list_filter = ["topic"]
    search_fields = ["name"]
    edit_view_class = TemplateEditView
    panels = [
        FieldPanel("name"),
        FieldPanel("task"),
        FieldPanel("titles"),
        FieldPanel("descriptions"),
        FieldPanel("topic"),
        FieldPanel("subject"),
        FieldPanel("body"),
    ]


class BrandViewSet(SnippetViewSet):
    model = Brand
    icon = "view"
    menu_label = _("Brands")
    list_display = ["name", "unit", UpdatedAtColumn()]
    edit_handler = ObjectList(
        [
            FieldPanel("unit"),
            FieldPanel("name"),
            FieldPanel("logo"),
            MultiFieldPanel(
                [FieldPanel(name) for name in ("primary", "on_primary", "accent", "ink", "paper")], heading=_("Colours")
            ),
            FieldPanel("typeface"),
            FieldPanel("footer"),
            FieldPanel("website"),
            FieldPanel("sender_name"),
            FieldPanel("below_may"),
        ],
        base_form_class=BrandForm,
    )


class TopicViewSet(SnippetViewSet):
    model = Topic
    icon = "tag"
    menu_label = _("Topics")
    list_display = ["__str__", "category", UpdatedAtColumn()]
    panels = [FieldPanel("names"), FieldPanel("slug"), FieldPanel("category")]


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


class PictureChooser(chooser.SnippetChooserViewSet):
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


class PrintShop(SnippetViewSetGroup):
    menu_label = _("Print shop")
    menu_icon = "mail"
    items = (TemplateViewSet, BrandViewSet, TopicViewSet, PictureViewSet)


register_snippet(PrintShop)
