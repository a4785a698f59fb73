"""Brands and topics: what a unit sets itself, what it inherits, and how that looks."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import UpdatedAtColumn
from wagtail.snippets.views.snippets import SnippetViewSet

from templates_lib.forms import BrandForm
from templates_lib.models import Brand, Topic
from templates_lib.staff.choosing import Chooser


class BrandViewSet(SnippetViewSet):
    model = Brand
    icon = "view"
    menu_label = _("Brands")
    list_display = ["__str__", "unit", UpdatedAtColumn(label=_("Updated"))]
    edit_handler = ObjectList(
        [
            FieldPanel("unit"),
            MultiFieldPanel([FieldPanel("name"), FieldPanel("logo"), FieldPanel("sender_name")], heading=_("Sender")),
            MultiFieldPanel(
                [FieldPanel(name) for name in ("primary", "on_primary", "accent", "ink", "paper")],
                heading=_("Colours"),
                classname="brand-colours",
            ),
            FieldPanel("typeface"),
            MultiFieldPanel([FieldPanel("footer"), FieldPanel("website")], heading=_("Footer")),
            FieldPanel("below_may"),
        ],
        base_form_class=BrandForm,
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Brand]:
        return Brand.objects.select_related("unit")


class TopicViewSet(SnippetViewSet):
    model = Topic
    icon = "tag"
    menu_label = _("Topics")
    chooser_viewset_class = Chooser
    list_display = ["__str__", "category", UpdatedAtColumn(label=_("Updated"))]
    panels = [FieldPanel("names"), FieldPanel("slug"), FieldPanel("category"), FieldPanel("neutral")]
