"""“Expired”: pages whose last valid day has passed, and one click for another year."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.viewsets.base import ViewSet

from cms import expiry
from cms.models import Entry, LibraryPage
from cms.staff.screens import ListScreen, Request


class ExpiredList(ListScreen):
    page_title = gettext_lazy("Expired")
    header_icon = "history"
    template_name = "cms/staff/expired.html"

    def rows(self, on: datetime.date) -> QuerySet[Entry]:
        return expiry.expired(on)


@require_POST
def extend(request: Request, pk: int) -> HttpResponse:
    """Valid for a year from today. Somebody else's lock is respected."""
    page = get_object_or_404(LibraryPage, pk=pk, live=True).specific
    may = page.permissions_for_user(request.user)
    if not may.can_publish() or may.page_locked():
        raise PermissionDenied
    until = expiry.extend(page, by=request.user, on=timezone.localdate())
    words = {"title": page.title, "day": date_format(until, "SHORT_DATE_FORMAT")}
    messages.success(request, _("“%(title)s” is valid until %(day)s.") % words)
    return redirect("library_expired:index")


class ExpiredScreens(ViewSet):
    name = "library_expired"
    url_prefix = "library/expired"
    icon = "history"
    menu_label = gettext_lazy("Expired")

    def get_urlpatterns(self) -> list[Any]:
        return [path("", ExpiredList.as_view(), name="index"), path("<int:pk>/extend/", extend, name="extend")]
