"""Staff's screens for the library."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms.file_report import UnreadFiles


@hooks.register("register_admin_urls")
def report_urls() -> list[URLPattern]:
    return [
        path("reports/files/", UnreadFiles.as_view(), name="unread_files"),
        path("reports/files/results/", UnreadFiles.as_view(results_only=True), name="unread_files_results"),
    ]


class ReportItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        policy = UnreadFiles.permission_policy
        return bool(policy.user_has_any_permission(request.user, UnreadFiles.any_permission_required))


@hooks.register("register_reports_menu_item")
def report_item() -> MenuItem:
    return ReportItem(_("Files without text"), reverse("unread_files"), icon_name="doc-full-inverse", order=900)
