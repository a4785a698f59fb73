"""Staff's screens for the print shop: templates, brands, topics and pictures."""

from __future__ import annotations

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from templates_lib.staff import field_adapter, retirement  # noqa: F401  (the adapter registers itself)
from templates_lib.staff.brands import BrandViewSet, TopicViewSet
from templates_lib.staff.pictures import PictureViewSet
from templates_lib.staff.templates import TemplateViewSet


class PrintShop(SnippetViewSetGroup):
    menu_label = _("Print shop")
    menu_icon = "mail"
    items = (TemplateViewSet, BrandViewSet, TopicViewSet, PictureViewSet)


register_snippet(PrintShop)
hooks.register("register_log_actions", retirement.register_actions)


@hooks.register("insert_global_admin_css")
def style() -> str:
    """Our style sheet, and the two words it writes beside every field of a block."""
    return format_html(
        '<link rel="stylesheet" href="{}"><style>:root{{--print-shop-open:"{}";--print-shop-locked:"{}"}}</style>',
        static("templates_lib/admin.css"),
        gettext("Filled in by the representative"),
        gettext("Locked"),
    )
