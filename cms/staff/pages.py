"""All pages of the library in one list: what kind, who reads them, until when they are valid."""

from __future__ import annotations

import datetime
from collections import defaultdict
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import BooleanFilter
from wagtail.admin.filters import MultipleContentTypeFilter, WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.ui.tables.pages import PageStatusColumn, PageTitleColumn
from wagtail.admin.views.pages.listing import IndexView
from wagtail.admin.viewsets.pages import PageListingViewSet
from wagtail.models import Site, get_page_content_types

from cms.models import ArticlePage, AudienceUnit, LibraryPage
from cms.models.base import Audience

ASIDE = "library-aside"  # columns a small telephone does without
NAMED = 2  # units in the list; the rest are counted


class AudienceColumn(Column):
    """In words; the view sets `units_in_words` on every row (`name_units`)."""

    def get_value(self, instance: Any) -> Any:
        return instance.units_in_words


class ValidUntilColumn(Column):
    def get_value(self, instance: Any) -> Any:
        if not instance.valid_until:
            return ""
        day = date_format(instance.valid_until, "SHORT_DATE_FORMAT")
        if instance.valid_until >= timezone.localdate():
            return day
        return format_html('{} <span class="w-status w-status--label">{}</span>', day, _("Expired"))


def name_units(pages: list[Any]) -> None:
    """Who reads each page, as its live row says. One query for all of them."""
    rows = AudienceUnit.objects.filter(page__in=[page.pk for page in pages]).order_by("sort_order")
    units: dict[int, list[str]] = defaultdict(list)
    for pk, name in rows.values_list("page", "unit__name"):
        units[pk].append(name)
    for page in pages:
        named = units[page.pk] if page.audience == Audience.UNITS else []
        more = _("%(names)s and %(n)d more") % {"names": ", ".join(named[:NAMED]), "n": len(named) - NAMED}
        page.units_in_words = (
            page.get_audience_display() if not named else more if len(named) > NAMED else ", ".join(named)
        )


def _kinds(request: Any) -> Any:
    return get_page_content_types(include_base_page_type=False).filter(app_label="cms")


class PageFilter(WagtailFilterSet):
    content_type = MultipleContentTypeFilter(label=gettext_lazy("Kind"), queryset=_kinds, widget=CheckboxSelectMultiple)
    expired = BooleanFilter(label=gettext_lazy("Expired"), method="by_expiry")

    class Meta:
        model = LibraryPage
        fields = ["language", "audience"]

    def by_expiry(self, rows: QuerySet[LibraryPage], name: str, value: bool) -> QuerySet[LibraryPage]:
        today: datetime.date = timezone.localdate()
        return rows.filter(valid_until__lt=today) if value else rows.exclude(valid_until__lt=today)


class PageIndexView(IndexView):
    add_item_label = gettext_lazy("New article")

    @cached_property
    def verbose_name_plural(self) -> str:
        return _("pages")

    def get_page_title(self) -> str:
        return _("All pages")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        rows = list(context["object_list"])
        name_units(rows)
        roots = Site.get_site_root_paths()
        for row in rows:  # Wagtail would ask for each row's address again
            row._wagtail_cached_site_root_paths = roots
        return context


class LibraryPages(PageListingViewSet):
    name = "library_pages"
    url_prefix = "library/pages"
    icon = "doc-full-inverse"
    menu_label = gettext_lazy("All pages")
    model = LibraryPage
    index_view_class = PageIndexView
    filterset_class = PageFilter
    columns = [
        PageTitleColumn("title", label=gettext_lazy("Title"), sort_key="title", classname="title"),
        Column("page_type_display_name", label=gettext_lazy("Kind"), sort_key="content_type__model", classname=ASIDE),
        AudienceColumn("audience", label=gettext_lazy("Who may read it"), sort_key="audience"),
        ValidUntilColumn("valid_until", label=gettext_lazy("Valid until"), sort_key="valid_until", classname=ASIDE),
        PageStatusColumn("status", label=gettext_lazy("Status"), sort_key="live", classname=ASIDE),
    ]

    def get_choose_parent_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """The button makes an article; other kinds are made where they shall lie."""
        return {**super().get_choose_parent_view_kwargs(**kwargs), "model": ArticlePage}
