"""Staff's screens for the library."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from cms.file_report import UnreadFiles
from cms.staff.answers import AnswerScreens
from cms.staff.choosing import unit_chooser
from cms.staff.expired import ExpiredScreens
from cms.staff.pages import LibraryPages
from cms.staff.unfound import UnfoundScreens
from cms.staff.words import BestBetViewSet, SubjectViewSet, SynonymsViewSet


class LibraryGroup(SnippetViewSetGroup):
    menu_label = _("Library")
    menu_icon = "folder-open-inverse"
    menu_order = 150
    items = (
        LibraryPages,
        UnfoundScreens,
        AnswerScreens,
        ExpiredScreens,
        SynonymsViewSet,
        BestBetViewSet,
        SubjectViewSet,
    )


register_snippet(LibraryGroup)


@hooks.register("register_admin_viewset")
def choosing() -> Any:
    return unit_chooser


@hooks.register("insert_global_admin_css")
def style() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("cms/admin.css"))


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
