"""What our own screens in Wagtail have in common: its frame, and a list in pages."""

from __future__ import annotations

import datetime
from abc import abstractmethod
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from comms.people.models import User

ROWS = 50


class Request(HttpRequest):
    user: User


class Screen(WagtailAdminTemplateMixin, TemplateView):
    request: Request

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.get_page_title()}]


class ListScreen(Screen):
    """`rows` in pages of fifty, as `page`."""

    @abstractmethod
    def rows(self, on: datetime.date) -> QuerySet[Any]:
        """What the list shows on a day."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(self.rows(timezone.localdate()), ROWS).get_page(self.request.GET.get("p"))
        return {**super().get_context_data(**kwargs), "page": page}
