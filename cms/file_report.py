"""For staff: the files whose words the search does not know, and why."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.documents.permissions import permission_policy

from cms.models import FileText


def edit_url(row: FileText) -> str:
    return reverse("wagtaildocs:edit", args=[row.pk])


class UnreadFiles(ReportView):
    model = FileText
    page_title = _("Files without text")
    header_icon = "doc-full-inverse"
    index_url_name = "unread_files"
    index_results_url_name = "unread_files_results"
    permission_policy = permission_policy
    any_permission_required = ["add", "change"]
    is_searchable = False
    columns = [
        TitleColumn("document", label=_("File"), get_url=edit_url),
        Column("get_state_display", label=_("What we found")),
        DateColumn("at", label=_("Read")),
    ]

    def get_queryset(self) -> Any:
        return FileText.objects.unreadable().select_related("document").order_by("document__title")
