"""“Was this right?”: what readers have answered, page by page."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.auth import permission_required
from wagtail.admin.viewsets.base import ViewSet

from cms.models import LibraryPage, Verdict
from cms.staff.screens import ListScreen, Request

allowed = permission_required("cms.change_verdict")
OPEN = ~Q(line="") & Q(dealt_on=None)


@method_decorator(allowed, name="dispatch")
class AnswerList(ListScreen):
    page_title = gettext_lazy("Answers from readers")
    header_icon = "comment"
    template_name = "cms/staff/answers.html"

    def rows(self, on: datetime.date) -> QuerySet[LibraryPage]:
        """Pages somebody has answered about; those with lines that wait first, then those most were unhappy with."""
        waiting = ~Q(verdicts__line="") & Q(verdicts__dealt_on=None, verdicts__isnull=False)
        counted = LibraryPage.objects.filter(verdicts__isnull=False).annotate(
            yes=Count("verdicts", filter=Q(verdicts__right=True)),
            no=Count("verdicts", filter=Q(verdicts__right=False)),
            waiting=Count("verdicts", filter=waiting),
        )
        lines = Prefetch("verdicts", Verdict.objects.filter(OPEN).order_by("-on", "-pk"), to_attr="lines")
        return counted.order_by("-waiting", "-no", "title", "pk").prefetch_related(lines)


@allowed
@require_POST
def dealt(request: Request, pk: int) -> HttpResponse:
    verdict = get_object_or_404(Verdict, pk=pk)
    Verdict.objects.filter(pk=verdict.pk, dealt_on=None).update(dealt_on=timezone.localdate())
    messages.success(request, _("Marked as dealt with."))
    return redirect("library_answers:index")


class AnswerScreens(ViewSet):
    name = "library_answers"
    url_prefix = "library/answers"
    icon = "comment"
    menu_label = gettext_lazy("Answers from readers")

    def get_urlpatterns(self) -> list[Any]:
        return [path("", AnswerList.as_view(), name="index"), path("<int:pk>/dealt/", dealt, name="dealt")]
